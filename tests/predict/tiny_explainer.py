"""A tiny random model with the parts for PDA and BSR; loaded by path, as tests cannot import each other."""

import runpy
from pathlib import Path

import torch

TESTS = Path(__file__).parents[1]
ENCODE = runpy.run_path(str(TESTS / "test_encode.py"))


def made(kind: str = "esm", *, parts: bool = True, seed: int = 5):
    """An encoder over a tiny model; k-mer tables get values that can be seen, the text tower ones that differ."""
    shape = ENCODE["TINY"]["SHAPES"][kind] | {"residue_objectives": parts, "num_prototypes": 6}
    encoder = ENCODE["make_encoder"](shape, seed=seed)
    with torch.no_grad():
        for table in encoder.model.kmers.tables if encoder.model.kmers is not None else ():
            table.normal_(std=1.0)
        if parts:
            for layer in (encoder.model.fusion.value, encoder.model.bsr_head[0], encoder.model.bsr_head[3]):
                layer.weight.normal_(std=0.5)
    return encoder
