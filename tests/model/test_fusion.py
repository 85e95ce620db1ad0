"""Reconstruction from text against loops over residues and tokens: attention, heads, and where gradients go."""

import math

import pytest
import torch

from protclip.model.configuration import ESM_TOKENS, ProtCLIPConfig
from protclip.model.fusion import BiotextFusion
from protclip.model.losses import residue_cross_entropy
from protclip.model.modeling import MASK_TOKEN, ProtCLIPModel, is_residue
from protclip.model.processing import collate_residues, residue_tokens
from protclip.model.prototypes import PrototypeBank
from protclip.model.release_compat import PAPER, ReleaseCompat
from protclip.model.residue_parts import TextStates, gather_rows

WIDTH = 6
RELEASE = ReleaseCompat(plain_fusion=True, softmax_over_residues=True, no_padding_masks=True)


def values(*shape, seed):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def slow_fusion(fusion, residues, tokens):
    """The paper's form for one protein, all of whose residues and tokens are real."""
    fused = []
    for residue in residues:
        query = fusion.query(residue)
        powers = [torch.exp(torch.dot(query, fusion.key(t)) / math.sqrt(WIDTH)) for t in tokens]
        mixed = sum(p / sum(powers) * fusion.value(t) for p, t in zip(powers, tokens, strict=True))
        fused.append(fusion.norm(residue + mixed))
    return torch.stack(fused)


def fusion_case(seed=0):
    torch.manual_seed(seed)
    fusion = BiotextFusion(WIDTH)
    residues, text = (
        values(3, 5, WIDTH, seed=1).requires_grad_(),
        values(3, 7, WIDTH, seed=2).requires_grad_(),
    )
    residue_mask = torch.arange(5) < torch.tensor([5, 1, 3])[:, None]
    text_mask = torch.arange(7) < torch.tensor([7, 2, 0])[:, None]  # the last has no text at all
    return fusion, residues, residue_mask, text, text_mask


def test_the_fusion_equals_the_slow_one_with_gradients():
    grads, results = [], []
    for fast in (True, False):
        fusion, residues, residue_mask, text, text_mask = fusion_case()
        if fast:
            fused = fusion(residues, residue_mask, text, text_mask)[residue_mask]
        else:
            rows = [
                slow_fusion(fusion, residues[b, : residue_mask[b].sum()], text[b, : text_mask[b].sum()])
                for b in range(2)
            ]
            fused = torch.cat([*rows, fusion.norm(residues[2, :3])])
        weights = values(*fused.shape, seed=3)
        (fused * weights).sum().backward()
        results.append(fused.detach())
        grads.append([residues.grad, text.grad, *(p.grad for p in fusion.parameters())])
    torch.testing.assert_close(*results)
    for one, other in zip(*grads, strict=True):
        torch.testing.assert_close(one, other, atol=1e-5, rtol=1e-4)


def test_the_releases_fusion_is_normalised_over_residues_and_masks_nothing():
    fusion, residues, residue_mask, text, text_mask = fusion_case()
    every = torch.ones_like(residue_mask), torch.ones_like(text_mask)
    found = fusion(residues, every[0], text, every[1], RELEASE)
    for b in range(3):
        scores = fusion.query(residues[b]) @ fusion.key(text[b]).T / math.sqrt(WIDTH)
        expected = scores.softmax(0) @ fusion.value(text[b])
        torch.testing.assert_close(found[b], expected)


def test_no_token_at_all_leaves_the_residue():
    fusion, residues, residue_mask, *_ = fusion_case()
    empty, none = torch.zeros(3, 0, WIDTH), torch.zeros(3, 0, dtype=torch.bool)
    torch.testing.assert_close(fusion(residues, residue_mask, empty, none), fusion.norm(residues))


def test_gathered_rows_are_the_chosen_ones_in_order():
    rows = values(3, 6, 2, seed=4)
    chosen = torch.tensor([[0, 1, 0, 0, 1, 1], [0, 0, 0, 0, 0, 0], [1, 0, 0, 0, 0, 0]], dtype=torch.bool)
    gathered, real = gather_rows(rows, chosen)
    assert gathered.shape == (3, 3, 2)
    assert torch.equal(gathered[real], rows[chosen])
    none, nothing = gather_rows(rows, torch.zeros_like(chosen))
    assert none.shape == (3, 0, 2)
    assert not nothing.any()


def test_residue_cross_entropy_equals_the_slow_one_with_gradients():
    targets = torch.tensor([4, 23, 7])
    grads, results = [], []
    for fast in (True, False):
        logits = values(3, len(ESM_TOKENS), seed=5).requires_grad_()
        if fast:
            loss = residue_cross_entropy(logits, targets)
        else:
            pairs = zip(logits, targets, strict=True)
            loss = sum(torch.log(sum(torch.exp(x) for x in row)) - row[t] for row, t in pairs) / 3
        loss.backward()
        results.append(loss.detach())
        grads.append(logits.grad)
    torch.testing.assert_close(*results)
    torch.testing.assert_close(*grads)
    half = residue_cross_entropy(logits, targets, torch.tensor(6.0))
    torch.testing.assert_close(half, results[0] / 2)


def test_nothing_hidden_is_no_loss():
    logits = torch.zeros(0, len(ESM_TOKENS), requires_grad=True)
    loss = residue_cross_entropy(logits, torch.zeros(0, dtype=torch.long))
    loss.backward()
    assert loss == 0


def test_prototypes_are_a_soft_choice_that_is_noisy_in_training_alone():
    torch.manual_seed(0)
    bank, texts = PrototypeBank(5, WIDTH, 0.9), values(2, 3, WIDTH, seed=6)
    noisy = [bank.train()(texts) for _ in range(2)]
    assert not torch.allclose(*noisy)
    bank.eval()
    expected = torch.zeros(2, 3, WIDTH)
    for b in range(2):
        for k in range(3):
            powers = torch.stack([torch.exp(torch.dot(texts[b, k], row) / 0.9) for row in bank.weight])
            for power, row in zip(powers / powers.sum(), bank.weight, strict=True):
                expected[b, k] += power * row
    torch.testing.assert_close(bank(texts), expected)
    assert torch.equal(bank(texts), bank(texts))


@pytest.fixture
def residue_model(shape):
    torch.manual_seed(3)
    text = {
        "hidden_size": 16,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "intermediate_size": 16,
        "vocab_size": 64,
    }
    sizes = {"projection_dim": 8, "projection_hidden_dim": 12, "num_prototypes": 5}
    return ProtCLIPModel(ProtCLIPConfig(text_config=text, residue_objectives=True, **sizes, **shape)).eval()


def reconstruction(model, compat=PAPER):
    """Logits and targets of a batch of two, of which the second has no text."""
    tokens = collate_residues([residue_tokens("MKTAYIAKQR"), residue_tokens("ACD")])
    hidden = torch.zeros_like(tokens.input_ids, dtype=torch.bool)
    hidden[0, 3:6] = hidden[1, 1] = True
    masked = tokens.input_ids.masked_fill(hidden, MASK_TOKEN)
    features = model.residue_features(masked, tokens.attention_mask)
    text = TextStates(states=values(2, 4, 16, seed=7), mask=torch.tensor([[True] * 3 + [False], [False] * 4]))
    logits = model.reconstruct(features, (is_residue(masked), hidden), text, compat)
    return logits, tokens.input_ids[hidden]


def grads_of(model):
    return {name for name, p in model.named_parameters() if p.grad is not None and p.grad.abs().max() > 0}


def test_the_gradient_of_reconstruction_reaches_tower_projections_and_fusion(residue_model):
    model = residue_model
    if hasattr(model, "block_gate"):
        torch.nn.init.constant_(model.block_gate, 0.5)
    logits, targets = reconstruction(model)
    assert logits.shape == (4, len(ESM_TOKENS))
    residue_cross_entropy(logits, targets).backward()
    reached = {name.split(".")[0] for name in grads_of(model)}
    assert {"bsr_head", "fusion", "protein_projection", "text_projection"} <= reached
    if model.protein_model is not None:
        assert "protein_model" in reached
    assert not {"mlm_head", "prototypes", "text_model", "log_scale"} & reached


def test_in_the_release_reconstruction_trains_its_head_alone(residue_model):
    logits, targets = reconstruction(residue_model, ReleaseCompat(frozen_reconstruction=True))
    torch.testing.assert_close(logits, reconstruction(residue_model)[0])
    residue_cross_entropy(logits, targets).backward()
    assert {name.split(".")[0] for name in grads_of(residue_model)} == {"bsr_head"}


def test_both_ways_through_the_fusion_give_rows_in_the_same_order(residue_model):
    """With one text token only, a softmax over text is 1 whatever the residue: only the order can differ."""
    model = residue_model
    torch.nn.init.zeros_(model.fusion.query.weight)
    torch.nn.init.zeros_(model.fusion.query.bias)
    torch.nn.init.zeros_(model.fusion.value.weight)
    torch.nn.init.zeros_(model.fusion.value.bias)
    over_residues, _ = reconstruction(model, ReleaseCompat(softmax_over_residues=True))
    torch.testing.assert_close(over_residues, reconstruction(model)[0])


def test_property_texts_take_no_gradient(residue_model):
    residue_model.property_prototypes(values(2, 4, 16, seed=8)).sum().backward()
    assert grads_of(residue_model) == {"prototypes.weight"}
