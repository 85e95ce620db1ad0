"""Which rows of a batch are named when a loss is no number."""

import torch

from train.divergence import bad_rows, where_from


def test_a_row_is_bad_where_any_tensor_has_no_number_in_it():
    protein, text, losses = torch.ones(4, 3), torch.ones(4, 5, 3), torch.ones(4)
    assert bad_rows([protein, text, losses, None], 4) == []
    text[1, 4, 2], losses[3] = torch.inf, torch.nan
    assert bad_rows([protein, text, losses, None], 4) == [1, 3]


def test_what_is_told_of_the_batch():
    batch = [f"P{i}" for i in range(9)]
    assert where_from(["P7"], batch) == "no number comes of P7"
    assert where_from(batch[:6], batch) == "no number comes of P0, P1, P2, P3, P4, ..."
    for none_or_all in ([], batch):
        assert where_from(none_or_all, batch) == "batch of P0, P1, P2, P3, P4, ..."
