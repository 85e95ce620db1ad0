"""Gradients of a contrast from chunks equal those of the whole batch, the noise of the model included."""

from typing import NamedTuple

import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy, normalize

from train.grad_cache import cached_backward
from train.rng_state import same_draws


class Pairs(NamedTuple):
    protein: torch.Tensor
    text: torch.Tensor
    unused: torch.Tensor
    scale: torch.Tensor


class Towers(nn.Module):
    def __init__(self, dropout):
        super().__init__()
        torch.manual_seed(0)
        self.protein = nn.Sequential(nn.Linear(6, 16), nn.GELU(), nn.Dropout(dropout), nn.Linear(16, 8))
        self.text = nn.Linear(5, 8)
        self.log_scale = nn.Parameter(torch.tensor(1.2))

    def forward(self, proteins, texts):
        embedded = [
            normalize(tower(x), dim=-1) for tower, x in ((self.protein, proteins), (self.text, texts))
        ]
        return Pairs(*embedded, self.text(texts[:0]), self.log_scale.exp())


def contrast(pairs):
    logits = pairs.scale * pairs.protein @ pairs.text.T
    each = torch.arange(len(logits))
    return (cross_entropy(logits, each) + cross_entropy(logits.T, each)) / 2


@pytest.fixture
def data():
    torch.manual_seed(1)
    return torch.randn(10, 6), torch.randn(10, 5)


def gradients(model):
    return {name: p.grad.clone() for name, p in model.named_parameters()}


@pytest.mark.parametrize("chunk", [1, 3, 5, 10, 64])
def test_chunks_give_the_gradient_of_the_whole(data, chunk):
    whole, parts = Towers(0.0), Towers(0.0)
    loss = contrast(whole(*data))
    loss.backward()
    found = cached_backward(lambda rows: parts(*(d[rows] for d in data)), contrast, 10, chunk)
    assert found.item() == pytest.approx(loss.item(), abs=1e-6)
    expected = gradients(whole)
    assert min(g.abs().max() for g in expected.values()) > 1e-4
    for name, gradient in gradients(parts).items():
        torch.testing.assert_close(gradient, expected[name], atol=1e-6, rtol=1e-5)


def test_the_noise_of_the_two_passes_is_the_same(data):
    """With the same draws in one pass and a graph, chunk by chunk, the gradient is the same."""
    parts, plain = Towers(0.5), Towers(0.5)
    torch.manual_seed(3)
    cached_backward(lambda rows: parts(*(d[rows] for d in data)), contrast, 10, 4)
    after = torch.get_rng_state()
    torch.manual_seed(3)
    chunks = [plain(*(d[rows] for d in data)) for rows in (slice(0, 4), slice(4, 8), slice(8, 10))]
    assert torch.equal(torch.get_rng_state(), after)
    joined = [torch.cat(f) if f[0].ndim else f[0] for f in zip(*chunks, strict=True)]
    contrast(Pairs(*joined)).backward()
    for name, gradient in gradients(parts).items():
        torch.testing.assert_close(gradient, gradients(plain)[name], atol=1e-6, rtol=1e-5)


def test_all_chunks_but_the_last_are_held_back(data):
    model, held = Towers(0.0), []

    class Held:
        def __enter__(self):
            held.append("in")

        def __exit__(self, *error):
            held.append("out")

    def embed(rows):
        held.append(rows.start)
        return model(*(d[rows] for d in data))

    cached_backward(embed, contrast, 10, 4, Held)
    assert held == [0, 4, 8, "in", 0, "out", "in", 4, "out", 8]


def test_only_a_chunk_has_a_graph_at_a_time(data):
    model, alive = Towers(0.0), []

    def embed(rows):
        alive.append((torch.is_grad_enabled(), rows.stop - rows.start))
        return model(*(d[rows] for d in data))

    cached_backward(embed, contrast, 10, 5)
    assert alive == [(False, 5), (False, 5), (True, 5), (True, 5)]


def test_same_draws_leave_the_generators_where_one_pass_does():
    torch.manual_seed(0)
    expected = [torch.rand(2) for _ in range(3)]
    torch.manual_seed(0)
    first, second = same_draws(2)
    found = []
    for draw in (first, second):
        with draw:
            found.append(torch.rand(2))
    with first:
        assert torch.equal(torch.rand(2), found[0])
    assert torch.equal(torch.stack([*found, torch.rand(2)]), torch.stack(expected))
