"""PDA against a slow, obvious implementation in loops over residues and properties: values and gradients."""

import math

import pytest
import torch

from protclip.model.alignment import EPSILON, property_alignment, segment_weights
from protclip.model.release_compat import ReleaseCompat

WIDTH, THRESHOLD = 6, 0.3


def leaf(*shape, seed):
    values = torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return values.float().requires_grad_()


def slow_weights(similarities, threshold, epsilon):
    low, high = min(similarities), max(similarities)
    if high - low < epsilon:
        return [torch.tensor(1 / (len(similarities) + epsilon))] * len(similarities)
    scaled = [(s - low) / (high - low + epsilon) for s in similarities]
    kept = [s if s >= threshold else torch.zeros(()) for s in scaled]
    return [s / (sum(kept) + epsilon) for s in kept]


def cosine(one, other):
    return torch.dot(one, other) / (one.norm() * other.norm())


def slow_cross_entropy(logits, own):
    return torch.log(sum(torch.exp(x) for x in logits)) - logits[own]


def slow_alignment(residues, prototypes, scale, threshold, *, one_way=False, epsilon=EPSILON):
    """Of one protein, whose residues and properties are all real."""
    segments = []
    for prototype in prototypes:
        weights = slow_weights([torch.dot(prototype, residue) for residue in residues], threshold, epsilon)
        segments.append(sum(w * residue for w, residue in zip(weights, residues, strict=True)))
    count = len(prototypes)
    forward = backward = torch.zeros(())
    for k in range(count):
        forward = (
            forward + slow_cross_entropy([scale * cosine(segments[k], p) for p in prototypes], k) / count
        )
        backward = (
            backward + slow_cross_entropy([scale * cosine(d, prototypes[k]) for d in segments], k) / count
        )
    return forward if one_way else (forward + backward) / 2


LENGTHS = (7, 1, 12, 5)
PROPERTIES = ((0, 1, 2, 3), (1, 2), (0, 3), (2,))
"""Proteins of several lengths, one of a single residue, one with a single property."""


def inputs():
    residues = leaf(len(LENGTHS), max(LENGTHS) + 2, WIDTH, seed=0)
    prototypes = leaf(len(LENGTHS), 4, WIDTH, seed=1)
    scale = torch.tensor(5.0, requires_grad=True)
    places = torch.arange(max(LENGTHS) + 2)
    real = torch.stack([(places >= 1) & (places <= length) for length in LENGTHS])
    present = torch.tensor([[k in each for k in range(4)] for each in PROPERTIES])
    return residues, prototypes, (real, present), scale


@pytest.mark.parametrize("one_way", [False, True])
@pytest.mark.parametrize("threshold", [0.0, THRESHOLD, 0.9])
def test_the_alignment_equals_the_slow_one_with_gradients(one_way, threshold):
    residues, prototypes, masks, scale = inputs()
    compat = ReleaseCompat(one_way_alignment=one_way)
    loss, counts = property_alignment(residues, prototypes, masks, scale, threshold, compat)
    assert counts.tolist() == [True, True, True, False]
    assert loss[3] == 0
    loss.sum().backward()
    other_residues, other_prototypes, _, other_scale = inputs()
    slow = [
        slow_alignment(
            other_residues[b, 1 : length + 1],
            [other_prototypes[b, k] for k in present],
            other_scale,
            threshold,
            one_way=one_way,
        )
        for b, (length, present) in enumerate(zip(LENGTHS[:3], PROPERTIES[:3], strict=True))
    ]
    torch.testing.assert_close(loss[:3], torch.stack(slow))
    sum(slow).backward()
    torch.testing.assert_close(residues.grad, other_residues.grad, atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(prototypes.grad, other_prototypes.grad, atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(scale.grad, other_scale.grad, atol=1e-5, rtol=1e-4)
    assert residues.grad[0].abs().max() > 1e-3


def test_what_padding_holds_does_not_matter():
    residues, prototypes, masks, scale = inputs()
    before, _ = property_alignment(residues, prototypes, masks, scale, THRESHOLD)
    filled = torch.where(masks[0][..., None], residues, 1e4)
    after, _ = property_alignment(filled, prototypes, masks, scale, THRESHOLD)
    torch.testing.assert_close(after, before)


def test_what_an_absent_property_holds_does_not_matter():
    residues, prototypes, masks, scale = inputs()
    before, _ = property_alignment(residues, prototypes, masks, scale, THRESHOLD)
    filled = torch.where(masks[1][..., None], prototypes, -50.0)
    after, _ = property_alignment(residues, filled, masks, scale, THRESHOLD)
    torch.testing.assert_close(after, before)


def test_nothing_present_gives_no_loss_and_finite_gradients():
    residues, prototypes, (real, present), scale = inputs()
    loss, counts = property_alignment(
        residues, prototypes, (real, torch.zeros_like(present)), scale, THRESHOLD
    )
    loss.sum().backward()
    assert not counts.any()
    assert loss.tolist() == [0.0] * len(LENGTHS)
    assert all(torch.isfinite(x.grad).all() for x in (residues, prototypes, scale))


def test_weights_are_a_distribution_over_the_residues_above_the_threshold():
    similarity = torch.tensor([[[0.0, 0.1, 0.29, 0.3, 1.0, 9.0]]])
    real = torch.tensor([[True] * 5 + [False]])
    weights = segment_weights(similarity, real, THRESHOLD)[0, 0]
    torch.testing.assert_close(weights, torch.tensor([0, 0, 0, 0.3, 1.0, 0]) / 1.3)


def test_equal_similarities_weigh_alike_and_have_no_number_in_the_release():
    similarity, real = torch.full((1, 1, 4), 2.0), torch.tensor([[True, True, True, False]])
    even = segment_weights(similarity, real, THRESHOLD)[0, 0]
    torch.testing.assert_close(even, torch.tensor([1, 1, 1, 0]) / 3)
    assert segment_weights(similarity, real, THRESHOLD, epsilon=0.0)[0, 0, :3].isnan().all()
    residues, prototypes, masks, scale = inputs()
    loss, _ = property_alignment(
        residues, prototypes, masks, scale, THRESHOLD, ReleaseCompat(no_epsilon=True)
    )
    assert [math.isnan(x) for x in loss.tolist()] == [False, True, False, False]


def test_segments_that_match_their_own_property_have_a_lower_loss():
    """Two motifs, two properties: the loss falls when each prototype points at its own residues."""
    residues = torch.eye(4)[[0, 0, 1, 1]][None]
    real, present = torch.ones(1, 4, dtype=torch.bool), torch.ones(1, 2, dtype=torch.bool)
    scale = torch.tensor(10.0)
    apart, _ = property_alignment(residues, torch.eye(4)[None, :2], (real, present), scale, THRESHOLD)
    same, _ = property_alignment(residues, torch.ones(1, 2, 4), (real, present), scale, THRESHOLD)
    assert apart.item() < 0.01
    torch.testing.assert_close(same[0], torch.tensor(math.log(2.0)))


def test_half_precision_outside_does_not_reach_the_similarities():
    residues, prototypes, masks, scale = inputs()
    large = residues * 400, prototypes * 400  # their dot products are beyond 65504
    plain, _ = property_alignment(*large, masks, scale, THRESHOLD)
    with torch.autocast("cpu", torch.float16):
        inside, _ = property_alignment(*large, masks, scale, THRESHOLD)
    torch.testing.assert_close(inside, plain)
