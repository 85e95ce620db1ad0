"""Explanations: the model's own parts give the tracks, each residue is hidden once, controls are what they say."""

import json
import runpy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from protclip import encode
from protclip.attribution import residue_contributions
from protclip.errors import InputError
from protclip.model.masking import LONGEST, SHORTEST, segment_cover
from protclip.model.modeling import MASK_TOKEN
from protclip.model.processing import collate_residues, residue_tokens
from protclip.predict import residue_tracks
from protclip.predict.explain import ExplainOptions, explain, shuffled_words
from protclip.predict.explain_export import explanation_json, explanation_text, track_table
from protclip.predict.residue_tracks import read_texts, reconstruction_gain, tracks_of
from protclip.records import Biotext, Protein

TINY = runpy.run_path(str(Path(__file__).with_name("tiny_explainer.py")))
SEQUENCE, SENTENCE = TINY["ENCODE"]["SEQUENCES"][0], "ATP binding protein kinase"
LONG = SEQUENCE + TINY["ENCODE"]["SEQUENCES"][3]  # two windows of the tiny model, which overlap
FEW = ExplainOptions(num_random=5)
KNOWN = Biotext(properties=(("FUNCTION", "kinase; ATP binding."), ("SUBCELLULAR LOCATION", "nucleus.")))


@pytest.fixture
def encoder(monkeypatch):
    monkeypatch.setattr(encode, "fast_dtype", lambda device: torch.float32)
    return TINY["made"]()


def test_without_the_parts_there_are_contributions_alone_and_a_sentence_says_so(monkeypatch):
    monkeypatch.setattr(encode, "fast_dtype", lambda device: torch.float32)
    bare = TINY["made"]("kmers", parts=False)
    found = explain(bare, SEQUENCE, SENTENCE, biotext=KNOWN, options=FEW)
    assert [track.name for track in found.tracks] == ["contribution"]
    assert "without the parts for PDA and BSR" in found.warnings[0]
    (expected,) = residue_contributions(bare, [SEQUENCE], bare.texts([SENTENCE])[0])
    np.testing.assert_array_equal(found.tracks[0].values, expected)


def test_with_the_parts_there_is_a_track_for_the_sentence_and_each_known_property(encoder):
    found = explain(encoder, SEQUENCE, SENTENCE, biotext=KNOWN, options=FEW)
    properties = ["pda_weight", "pda_weight:FUNCTION", "pda_weight:SUBCELLULAR LOCATION"]
    assert [track.name for track in found.tracks] == ["contribution", *properties, "bsr_gain"]
    assert not any("without the parts" in warning for warning in found.warnings)
    for name in properties:
        weights = found.track(name).values
        assert weights.sum() == pytest.approx(1, abs=1e-5)
        assert (weights == 0).any(), "the threshold leaves residues out"
    assert found.cosine == pytest.approx(
        float(encoder.proteins([SEQUENCE])[0] @ encoder.texts([SENTENCE])[0])
    )


def test_pda_weights_are_those_that_training_aligns(encoder):
    """The loss's own steps, over one protein and one property."""
    found = explain(encoder, SEQUENCE, SENTENCE, options=FEW).track("pda_weight").values
    model, batch = encoder.model, encoder.processor.proteins([SEQUENCE])
    with torch.no_grad():
        residues = model.protein_projection(model.residue_features(batch.input_ids, batch.attention_mask))[
            0, 1:-1
        ]
        text = torch.from_numpy(encoder.text_features([SENTENCE]))
        similarity = residues @ model.property_prototypes(text[None])[0, 0]
    scaled = (similarity - similarity.min()) / (similarity.max() - similarity.min())
    kept = torch.where(scaled < model.config.pda_threshold, 0.0, scaled)
    np.testing.assert_allclose(found, kept / kept.sum(), atol=1e-5)


@pytest.mark.parametrize("length", [1, 4, 5, 10, 11, 12, 53, 400])
def test_passes_hide_every_residue_exactly_once_in_stretches_of_5_to_10(length):
    masks = segment_cover(length, np.random.default_rng(length))
    np.testing.assert_array_equal(np.sum(masks, axis=0), np.ones(length))
    assert all(mask.any() for mask in masks)
    if length >= SHORTEST:
        for mask in masks:
            edges = np.flatnonzero(np.diff(np.pad(mask.astype(int), 1)))
            sizes = edges[1::2] - edges[::2]
            assert ((sizes >= SHORTEST) & (sizes <= LONGEST)).all()
    if length > 100:
        assert max(mask.mean() for mask in masks) < 0.25


def slow_gain(encoder, sequence, text, mask):
    """log p with the text less log p without, of the residues that one pass hides, one protein at a time."""
    model = encoder.model
    batch = collate_residues([residue_tokens(sequence)])
    ids = batch.input_ids
    hidden = torch.zeros_like(ids, dtype=torch.bool)
    hidden[0, 1:-1] = torch.from_numpy(mask)
    states = torch.from_numpy(encoder.text_token_states([text])[0]).float()
    with torch.no_grad():
        features = model.residue_features(ids.masked_fill(hidden, MASK_TOKEN), batch.attention_mask)
        residues = model.protein_projection(features)[0]
        tokens = model.text_projection(states)
        scores = model.fusion.query(residues) @ model.fusion.key(tokens).T / residues.shape[-1] ** 0.5
        mixed = scores.softmax(-1) @ model.fusion.value(tokens)
        both = [
            model.bsr_head(model.fusion.norm(each)).log_softmax(-1) for each in (residues + mixed, residues)
        ]
    at = torch.arange(ids.shape[1])
    return (both[0] - both[1])[at, ids[0]][1:-1].numpy()[mask]


def test_the_gain_is_what_the_text_adds_to_the_log_probability_of_hidden_residues(encoder):
    states = encoder.text_token_states([SENTENCE])[0]
    gain = reconstruction_gain(encoder, SEQUENCE, states, np.random.default_rng(3))
    assert gain.std() > 1e-3
    for mask in segment_cover(len(SEQUENCE), np.random.default_rng(3)):
        np.testing.assert_allclose(gain[mask], slow_gain(encoder, SEQUENCE, SENTENCE, mask), atol=1e-4)


def test_a_text_that_residues_cannot_see_gains_nothing(encoder):
    with torch.no_grad():
        encoder.model.fusion.value.weight.zero_()
        encoder.model.fusion.value.bias.zero_()
    states = encoder.text_token_states([SENTENCE])[0]
    gain = reconstruction_gain(encoder, SEQUENCE, states, np.random.default_rng(3))
    np.testing.assert_allclose(gain, 0, atol=1e-6)


def test_a_long_protein_is_read_in_windows_and_every_residue_has_a_gain(encoder, monkeypatch):
    seen = []
    real = residue_tracks._window_gain

    def spy(encoder, tokens, hidden, states):
        seen.append((len(tokens), int(hidden.sum())))
        return real(encoder, tokens, hidden, states)

    monkeypatch.setattr(residue_tracks, "_window_gain", spy)
    found = explain(encoder, LONG, SENTENCE, options=replace(FEW, num_random=0))
    size = encoder.config.max_residues
    assert all(length == size for length, _ in seen)
    assert sum(hidden for _, hidden in seen[:2]) == len(LONG)
    assert (found.track("bsr_gain").values != 0).mean() > 0.95
    assert any("2 windows" in warning for warning in found.warnings)


def test_the_same_seed_gives_the_same_explanation_and_another_hides_otherwise(encoder):
    one, again = (explanation_json(explain(encoder, SEQUENCE, SENTENCE, options=FEW)) for _ in range(2))
    assert one == again
    other = explain(encoder, SEQUENCE, SENTENCE, options=replace(FEW, seed=18))
    assert not np.array_equal(other.track("bsr_gain").values, json.loads(one)["tracks"][2]["values"])


def test_controls_are_the_same_words_and_an_unlike_sentence(encoder):
    found = explain(encoder, SEQUENCE, SENTENCE, options=FEW)
    by_kind = {control.kind: control for control in found.controls}
    assert sorted(by_kind["shuffled"].sentence.split()) == sorted(SENTENCE.split())
    assert by_kind["shuffled"].sentence != SENTENCE
    texts = read_texts(encoder, by_kind["other"].sentence)
    for track, expected in zip(
        by_kind["other"].tracks, tracks_of(encoder, SEQUENCE, texts, FEW.seed), strict=True
    ):
        np.testing.assert_array_equal(track.values, expected.values)
    itself = explain(encoder, SEQUENCE, SENTENCE, options=replace(FEW, other=SENTENCE))
    assert {c.kind: c.agreement for c in itself.controls}["other"] == pytest.approx(1)
    assert any("there is no match to explain" in warning for warning in itself.warnings)
    assert any("nearly the same track" in warning for warning in itself.warnings)


def test_random_residues_are_a_control_and_each_is_told_of(encoder):
    told = []
    found = explain(encoder, SEQUENCE, SENTENCE, options=FEW, progress=lambda *pair: told.append(pair))
    assert told == [(number, 5) for number in range(1, 6)]
    control = found.controls[-1]
    assert (control.kind, control.sentence) == ("residues", SENTENCE)
    shuffled = "".join(np.random.default_rng(FEW.seed).permutation(list(SEQUENCE)))
    texts = read_texts(encoder, SENTENCE)
    for track, expected in zip(control.tracks, tracks_of(encoder, shuffled, texts, FEW.seed), strict=True):
        np.testing.assert_array_equal(track.values, expected.values)
    assert control.cosine == pytest.approx(float(encoder.proteins([shuffled])[0] @ texts.vector), abs=1e-5)


def test_a_planted_motif_beats_shuffled_residues_and_a_plain_protein_does_not():
    """In a k-mer tower one stretch gets the k-mers that the sentence asks for."""
    bare = TINY["made"]("kmers", parts=False)
    sentence, motif, rng = "kinase", "WWWWWWWW", np.random.default_rng(1)
    plain = "".join(rng.choice(list("ACDEGHIKLN"), 120))
    planted = plain[:50] + motif + plain[58:]
    query = torch.from_numpy(bare.texts([sentence])[0])
    table = bare.model.kmers.tables[0]
    row = int(
        bare.model.kmers.rows(collate_residues([residue_tokens("WWW")]).input_ids, bare.model.kmers.kinds[0])[
            0
        ][0, 1]
    )
    with torch.no_grad():
        for each in bare.model.kmers.tables:
            each.mul_(0.1)
    for _ in range(200):  # ascend the cosine by the motif's row alone
        rows = table.detach()[row].clone().requires_grad_()
        (bare.model.project_protein(rows) @ query).backward()
        with torch.no_grad():
            table[row] += 0.5 * rows.grad
    found = explain(bare, planted, sentence, options=ExplainOptions(num_random=19))
    best = found.tracks[0].segments[0]
    assert 51 - 3 <= best.start <= best.end <= 58 + 3
    assert found.tracks[0].p_value == pytest.approx(1 / 20)
    assert explain(bare, plain, sentence, options=ExplainOptions(num_random=19)).tracks[0].p_value > 1 / 20


def test_one_word_cannot_be_shuffled(encoder):
    assert shuffled_words("kinase kinase", np.random.default_rng(0)) is None
    found = explain(encoder, SEQUENCE, "kinase", options=replace(FEW, num_random=0))
    assert [control.kind for control in found.controls] == ["other"]
    assert any("shuffled words is left out" in warning for warning in found.warnings)
    assert found.tracks[0].p_value is None


def test_exports_hold_the_numbers_of_the_tracks(encoder):
    protein = Protein(accession="P1", sequence=SEQUENCE)
    found = explain(encoder, protein, SENTENCE, options=FEW)
    header, *rows = [line.split("\t") for line in track_table(found).splitlines()]
    assert header[:5] == ["position", "residue", "contribution", "pda_weight", "bsr_gain"]
    assert {"contribution.shuffled", "bsr_gain.other"} <= set(header)
    assert "".join(row[1] for row in rows) == SEQUENCE
    assert [int(row[0]) for row in rows] == list(range(1, len(SEQUENCE) + 1))
    np.testing.assert_allclose(
        [float(row[4]) for row in rows], found.track("bsr_gain").values, rtol=1e-4, atol=1e-9
    )
    document = json.loads(explanation_json(found))
    assert document["accession"] == "P1"
    assert len(document["tracks"][0]["values"]) == len(SEQUENCE)
    assert [s["start"] for s in document["tracks"][0]["segments"]] == [
        s.start for s in found.tracks[0].segments
    ]
    best = found.tracks[0].segments[0]
    assert SEQUENCE[best.start - 1 : best.end] in explanation_text(found)


def test_what_cannot_be_explained_is_a_sentence(encoder):
    with pytest.raises(InputError, match="position 2"):
        explain(encoder, "M1K", SENTENCE)
    with pytest.raises(InputError, match="give at least a word"):
        explain(encoder, SEQUENCE, " ")
    with pytest.raises(InputError, match="give 0 or more"):
        ExplainOptions(num_random=-1)
    with pytest.raises(InputError, match="Tracks are contribution"):
        explain(encoder, SEQUENCE, SENTENCE, options=replace(FEW, num_random=0)).track("bsr")
