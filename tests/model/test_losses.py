"""Losses against slow, obvious implementations: values and gradients."""

import math

import torch
from torch.nn.functional import normalize

from protclip.model.losses import global_contrast, soft_contrast, term_contrast


def unit(rows, seed, dim=8):
    generator = torch.Generator().manual_seed(seed)
    return normalize(torch.randn(rows, dim, generator=generator), dim=-1).requires_grad_()


def slow_soft_contrast(rows, columns, positive, scale):
    losses = []
    for i in range(len(rows)):
        logits = [scale * torch.dot(rows[i], column) for column in columns]
        log_sum = torch.log(sum(torch.exp(x) for x in logits))
        mine = [log_sum - x for j, x in enumerate(logits) if positive[i, j]]
        if mine:
            losses.append(sum(mine) / len(mine))
    return sum(losses) / len(losses)


def test_soft_contrast_equals_the_slow_one_with_gradients():
    positive = torch.tensor([[1, 0, 0, 1], [0, 1, 0, 0], [0, 0, 0, 0]], dtype=torch.bool)
    grads, values = [], []
    for loss_of in (soft_contrast, slow_soft_contrast):
        rows, columns, scale = unit(3, 0), unit(4, 1), torch.tensor(5.0, requires_grad=True)
        loss = loss_of(rows, columns, positive, scale)
        loss.backward()
        values.append(loss.detach())
        grads.append([rows.grad, columns.grad, scale.grad])
    torch.testing.assert_close(*values)
    for one, other in zip(*grads, strict=True):
        torch.testing.assert_close(one, other)


def test_one_positive_a_row_is_info_nce():
    rows, columns = unit(5, 2), unit(5, 3)
    scale = torch.tensor(7.0)
    expected = torch.nn.functional.cross_entropy(scale * rows @ columns.T, torch.arange(5))
    torch.testing.assert_close(soft_contrast(rows, columns, torch.eye(5, dtype=torch.bool), scale), expected)


def test_global_contrast_is_the_mean_of_both_directions():
    protein, text, scale = unit(4, 4), unit(4, 5), torch.tensor(3.0)
    positive = torch.eye(4, dtype=torch.bool)
    pairs = protein, text
    both = soft_contrast(protein, text, positive, scale) + soft_contrast(text, protein, positive, scale)
    torch.testing.assert_close(global_contrast(pairs, pairs, (positive, positive), scale), both / 2)


def test_equal_texts_are_never_negatives():
    """With the group in the mask, pulling a duplicate apart from its twin cannot lower the loss."""
    text = unit(1, 6).detach().repeat(2, 1)
    protein, scale = unit(2, 7), torch.tensor(10.0)
    together = soft_contrast(protein, text, torch.ones(2, 2, dtype=torch.bool), scale)
    torch.testing.assert_close(together, torch.tensor(math.log(2.0)))


def test_term_contrast_equals_the_slow_one_with_gradients():
    has_term = torch.tensor([[True, False, True], [False, False, True]])
    prior = torch.tensor([-1.0, -3.0, 0.5])
    grads, values = [], []
    for fast in (True, False):
        protein, term, scale = unit(2, 8), unit(3, 9), torch.tensor(4.0, requires_grad=True)
        if fast:
            loss = term_contrast(protein, term, has_term, prior, scale)
        else:
            loss = torch.zeros(())
            for i in range(2):
                for k in range(3):
                    p = torch.sigmoid(scale * torch.dot(protein[i], term[k]) + prior[k])
                    loss = loss - torch.log(p if has_term[i, k] else 1 - p) / 2
        loss.backward()
        values.append(loss.detach())
        grads.append([protein.grad, term.grad, scale.grad])
    torch.testing.assert_close(*values)
    for one, other in zip(*grads, strict=True):
        torch.testing.assert_close(one, other)
