"""Marginals of the MLM head against a loop that hides one residue after the other."""

import runpy
from pathlib import Path

import numpy as np
import pytest
import torch

from protclip.model.configuration import ESM_TOKENS
from protclip.predict.marginals import masked_marginals, why_no_marginals, wild_type_marginals
from protclip.sequence import RESIDUES

tiny_encoder = runpy.run_path(str(Path(__file__).with_name("tiny_encoder.py")))["tiny_encoder"]
SEQUENCE = "MKTAYIAKQRQISFVKSHFSRQLEERLX"
COLUMNS = [ESM_TOKENS.index(residue) for residue in RESIDUES]


@pytest.fixture(scope="module")
def encoder():
    return tiny_encoder(blocks=1, residue_objectives=True)


def slow(encoder, sequence, hide):
    """Token by token, over the whole sequence, through the model's own parts."""
    rows = []
    for place in range(len(sequence)):
        ids = encoder.processor.proteins([sequence]).input_ids
        if hide:
            ids[0, place + 1] = ESM_TOKENS.index("<mask>")
        with torch.no_grad():
            logits = encoder.model.mlm_head(encoder.model.residue_features(ids, torch.ones_like(ids)))
        chosen = logits[0, place + 1, COLUMNS].double()
        rows.append((chosen - chosen.exp().sum().log()).numpy())
    return np.stack(rows)


@pytest.mark.parametrize("max_tokens", [32, 100, 32_768])
def test_masked_marginals_equal_a_slow_loop_in_batches_of_any_size(encoder, max_tokens, monkeypatch):
    monkeypatch.setattr(encoder, "max_tokens", max_tokens)
    told = []
    found = masked_marginals(encoder, SEQUENCE, progress=lambda done, total: told.append((done, total)))
    np.testing.assert_allclose(found, slow(encoder, SEQUENCE, hide=True), atol=1e-5)
    assert told[-1] == (len(SEQUENCE), len(SEQUENCE))
    assert len(told) == -(-len(SEQUENCE) // max(max_tokens // (len(SEQUENCE) + 2), 1))


def test_wild_type_marginals_equal_a_slow_loop_and_see_the_residue(encoder):
    found = wild_type_marginals(encoder, SEQUENCE)
    np.testing.assert_allclose(found, slow(encoder, SEQUENCE, hide=False), atol=1e-5)
    assert np.abs(found - masked_marginals(encoder, SEQUENCE)).max() > 1e-3
    np.testing.assert_allclose(np.exp(found).sum(axis=1), 1)


@pytest.mark.parametrize("marginals", [masked_marginals, wild_type_marginals])
def test_a_position_of_a_long_protein_is_read_in_the_window_it_lies_deepest_in(marginals):
    short = tiny_encoder(blocks=1, residue_objectives=True, max_residues=10)
    found = marginals(short, SEQUENCE)
    # Windows of 10 with an overlap of 5 begin at 0, 5, 10, 15 and 18; place 12 is deepest in the one from 10 or 5.
    for place, start in ((0, 0), (11, 5), (27, 18)):
        window = marginals(short, SEQUENCE[start : start + 10])
        np.testing.assert_allclose(found[place], window[place - start], atol=1e-5)


def test_checkpoints_without_blocks_or_head_say_so_and_invent_nothing():
    kmers = tiny_encoder(blocks=0)
    assert why_no_marginals(kmers) == "tiny has no transformer blocks and no MLM head: there are no marginals"
    assert "tiny has no MLM head" in why_no_marginals(tiny_encoder(blocks=1))
    assert "no transformer blocks:" in why_no_marginals(tiny_encoder(blocks=0, residue_objectives=True))
    assert why_no_marginals(tiny_encoder(blocks=1, residue_objectives=True)) == ""
    with pytest.raises(ValueError, match="there are no marginals"):
        masked_marginals(kmers, SEQUENCE)
