"""The control of BSR: sums over batches, the right mode, and a model that reads is told from one that does not."""

import math

import pytest
import torch

from protclip.benchmarks.reconstruction import ReconstructionBatch, reconstruction_metrics
from protclip.model.configuration import ProtCLIPConfig
from protclip.model.losses import residue_cross_entropy
from protclip.model.modeling import MASK_TOKEN, ProtCLIPModel, is_residue
from protclip.model.processing import collate_residues, residue_tokens
from protclip.model.residue_parts import TextStates, without_text

TEXT = {
    "hidden_size": 16,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "intermediate_size": 16,
    "vocab_size": 64,
}
ESM = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32}


@pytest.fixture
def model():
    torch.manual_seed(0)
    sizes = {"projection_dim": 16, "projection_hidden_dim": 16, "num_prototypes": 4}
    return ProtCLIPModel(
        ProtCLIPConfig(text_config=TEXT, protein_config=ESM, residue_objectives=True, **sizes)
    ).eval()


def states(letters):
    """A text that says which residue is hidden: its token is a unit vector of the letter."""
    rows = torch.eye(16)[["ACDE".index(letter) for letter in letters]]
    return TextStates(states=rows[:, None], mask=torch.ones(len(letters), 1, dtype=torch.bool))


def make_batch(letters, seed):
    """Proteins with a hidden stretch of one letter, which nothing but the text tells."""
    around = "".join(
        chr(c) for c in torch.randint(70, 73, (8,), generator=torch.Generator().manual_seed(seed))
    )
    tokens = collate_residues([residue_tokens(around + letter * 3 + around) for letter in letters])
    hidden = torch.zeros_like(tokens.input_ids, dtype=torch.bool)
    hidden[:, 9:12] = True
    right, wrong = states(letters), states(letters[1:] + letters[:1])
    texts = {"matched": right, "shuffled": wrong, "no_text": without_text(right)}
    return ReconstructionBatch(tokens=tokens, hidden=hidden, texts=texts)


def loss_of(model, batch):
    features = model.residue_features(
        batch.tokens.input_ids.masked_fill(batch.hidden, MASK_TOKEN), batch.tokens.attention_mask
    )
    masks = is_residue(batch.tokens.input_ids), batch.hidden
    logits = model.reconstruct(features, masks, batch.texts["matched"])
    return residue_cross_entropy(logits, batch.tokens.input_ids[batch.hidden])


def test_metrics_are_means_over_all_hidden_residues(model):
    batches = [make_batch("ACDE", 1), make_batch("AC", 2)]
    for mode in (True, False):
        found = reconstruction_metrics(model.train(mode), batches)
        assert model.training == mode
    assert found["bsr/num_residues"] == 18
    parts = [loss_of(model.eval(), batch).item() for batch in batches]
    assert found["bsr/matched_loss"] == pytest.approx((parts[0] * 12 + parts[1] * 6) / 18, rel=1e-5)
    assert 0 <= found["bsr/matched_accuracy"] <= 1


def test_a_model_that_learned_to_read_the_text_loses_with_another_one(model):
    before = reconstruction_metrics(model, [make_batch("ACDE", 9)])
    assert before["bsr/matched_loss"] == pytest.approx(before["bsr/shuffled_loss"], abs=0.1)
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    model.train()
    for step in range(150):
        optimizer.zero_grad()
        loss_of(model, make_batch("ACDE", step)).backward()
        optimizer.step()
    found = reconstruction_metrics(model, [make_batch("ACDE", 999)])
    assert found["bsr/matched_accuracy"] == 1.0
    assert found["bsr/matched_loss"] < 0.2
    assert found["bsr/shuffled_accuracy"] == 0.0
    assert found["bsr/shuffled_loss"] > math.log(4)
    assert found["bsr/no_text_loss"] > found["bsr/matched_loss"] + 0.5
