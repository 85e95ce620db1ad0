"""The same proteins by a plain loop over transformers and by `Encoder`, with one set of random weights.

``python -m protclip.benchmarks.encoding_speed --shape 650M --num-proteins 16 --output results/scaling.csv``
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import click
import numpy as np
import numpy.typing as npt
import torch
from transformers import EsmModel

from protclip.batching import batches
from protclip.benchmarks.results import append_rows
from protclip.data.shards import MANIFEST, Manifest, read_shards
from protclip.devices import default_device, fast_dtype
from protclip.encode import Encoder
from protclip.model.configuration import ProtCLIPConfig
from protclip.model.modeling import ProtCLIPModel, is_residue, masked_mean
from protclip.model.processing import ProtCLIPProcessor, collate_residues, residue_tokens
from protclip.model.text_tower import MINILM, load_tokenizer, minilm_folder

Rows = npt.NDArray[np.float32]
SHAPES = {"8M": (6, 320), "150M": (30, 640), "650M": (33, 1280)}
"""Blocks and width of ESM-2 (Lin et al. 2023, table S1); all three have 20 heads and widen fourfold."""

LEAST_COSINE = 0.999


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Rows (n, E) of one way of encoding, with the seconds it took by the processor's clock and by the wall's."""

    name: str
    rows: Rows
    cpu_s: float
    wall_s: float


def random_model(layers: int, width: int, heads: int = 20, seed: int = 17) -> tuple[EsmModel, ProtCLIPModel]:
    """A transformers model as it is made by default, and ours around the very same weights."""
    torch.manual_seed(seed)
    esm = {
        "num_hidden_layers": layers,
        "hidden_size": width,
        "num_attention_heads": heads,
        "intermediate_size": 4 * width,
    }
    config = ProtCLIPConfig(protein_config=esm, text_source=MINILM)
    ours = ProtCLIPModel(config).eval()
    plain = EsmModel(config.protein_config).eval()
    assert ours.protein_model is not None
    weights = {k: v for k, v in plain.state_dict().items() if not k.startswith("pooler")}
    ours.protein_model.load_state_dict(weights, assign=True)
    return plain, ours


def plain_rows(
    plain: EsmModel, ours: ProtCLIPModel, sequences: Sequence[str], *, batch_size: int, dtype: torch.dtype
) -> Rows:
    """Unit rows (n, E) as one writes it first: batches in input order, each padded to its longest, no gradients."""
    device = next(plain.parameters()).device
    features = []
    with torch.no_grad(), torch.autocast(device.type, dtype, enabled=dtype != torch.float32):
        for batch in batches(sequences, batch_size):
            tokens = collate_residues([residue_tokens(sequence) for sequence in batch])
            ids, mask = tokens.input_ids.to(device), tokens.attention_mask.to(device)
            states = plain(input_ids=ids, attention_mask=mask).last_hidden_state
            features.append(masked_mean(states, is_residue(ids)).float())
    with torch.no_grad():
        return ours.project_protein(torch.cat(features)).cpu().numpy()


def compare(plain: EsmModel, ours: ProtCLIPModel, sequences: Sequence[str], *, batch_size: int) -> list[Run]:
    """The plain loop and `Encoder` in turn, in fp32 and, where the hardware multiplies it, in half precision.

    The first run is the plain loop in fp32. Each way is warmed up on one short protein.
    """
    device = next(plain.parameters()).device
    ours = ours.to(device)
    processor = ProtCLIPProcessor(load_tokenizer(minilm_folder()), ours.config.text_max_tokens)
    runs = []
    for dtype in dict.fromkeys((torch.float32, fast_dtype(device))):
        encoder = Encoder(ours, processor, name="random", fingerprint="none", dtype=dtype)

        def loop(given: Sequence[str], dtype: torch.dtype = dtype) -> Rows:
            return plain_rows(plain, ours, given, batch_size=batch_size, dtype=dtype)

        suffix = "fp32" if dtype == torch.float32 else str(dtype).removeprefix("torch.")
        runs.append(_timed(f"plain_{suffix}", loop, sequences))
        runs.append(_timed(f"encoder_{suffix}", encoder.proteins, sequences))
    return runs


def _timed(name: str, encode: Callable[[Sequence[str]], Rows], sequences: Sequence[str]) -> Run:
    encode(["MKV"])
    cpu, wall = time.process_time(), time.perf_counter()
    rows = encode(sequences)
    return Run(name=name, rows=rows, cpu_s=time.process_time() - cpu, wall_s=time.perf_counter() - wall)


def least_cosines(rows: Rows, reference: Rows) -> tuple[float, float]:
    """The least cosine of a row with its reference; and the same after the reference's mean was taken off both.

    Rows of random weights are much alike, so that the first is large for wrong rows too; the second is not.
    """
    centre = reference.mean(axis=0)
    return _least(rows, reference), _least(rows - centre, reference - centre)


def _least(a: Rows, b: Rows) -> float:
    cosines = (a * b).sum(1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)
    return float(cosines.min())


def measurements(runs: Sequence[Run]) -> dict[str, float]:
    """Seconds of every run, and of all but the first how many times faster they are and how like the first."""
    first = runs[0]
    found: dict[str, float] = {}
    for run in runs:
        found |= {f"{run.name}/cpu_s": run.cpu_s, f"{run.name}/wall_s": run.wall_s}
        if run is not first:
            found[f"{run.name}/times_faster"] = first.cpu_s / run.cpu_s
            found[f"{run.name}/least_cosine"], found[f"{run.name}/least_cosine_centred"] = least_cosines(
                run.rows, first.rows
            )
    return found


def every_kth(folder: Path, number: int, max_residues: int) -> list[str]:
    """So many sequences, evenly spaced over a folder of shards, cut at a length: both ways then see the same."""
    step = max(Manifest.read(folder / MANIFEST).num_proteins // number, 1)
    proteins = enumerate(read_shards(folder, "sequences", verify=False))
    found = [protein.sequence[:max_residues] for place, protein in proteins if place % step == step // 2]
    return found[:number]


@click.command()
@click.option("--shape", type=click.Choice(list(SHAPES)), required=True)
@click.option("--num-proteins", type=click.IntRange(2), default=128, show_default=True)
@click.option(
    "--batch-size", type=click.IntRange(1), default=16, show_default=True, help="Of the plain loop."
)
@click.option("--shards", type=click.Path(path_type=Path), default=Path("var/data/swissprot-goa"))
@click.option("--output", type=click.Path(path_type=Path), help="CSV file to append the rows to.")
def main(shape: str, num_proteins: int, batch_size: int, shards: Path, output: Path | None) -> None:
    """Encode the same proteins both ways and say how many times faster ours is, and how alike the rows are."""
    plain, ours = random_model(*SHAPES[shape])
    sequences = every_kth(shards, num_proteins, ours.config.max_residues)
    found = measurements(compare(plain.to(default_device()), ours, sequences, batch_size=batch_size))
    for metric, value in found.items():
        click.echo(f"{metric}\t{value:.4g}")
    if output is not None:
        residues = sum(map(len, sequences))
        facts = {
            "benchmark": f"encoding speed/ESM-2 {shape}",
            "model": f"random weights, ESM-2 {shape}",
            "data": f"{shards.name}, {residues} residues; plain loop in batches of {batch_size}; "
            f"{torch.get_num_threads()} threads",
            "n": len(sequences),
            "seed": 17,
        }
        command = (
            f"python -m protclip.benchmarks.encoding_speed --shape {shape} --num-proteins {num_proteins}"
        )
        append_rows(
            output,
            [facts | {"metric": metric, "value": value} for metric, value in found.items()],
            command=f"{command} --batch-size {batch_size}",
        )
    if (worst := min(v for k, v in found.items() if k.endswith("least_cosine"))) < LEAST_COSINE:
        raise click.ClickException(
            f"the rows differ: least cosine {worst:.5f}, at least {LEAST_COSINE} expected"
        )


if __name__ == "__main__":
    main()
