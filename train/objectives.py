"""The losses of a run over a batch that may be spread over processes.

Only the losses' assembly lives here; each is a pure function of `protclip.model.losses`.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from protclip.model.losses import global_contrast, term_contrast
from protclip.model.modeling import ProtCLIPModel
from protclip.model.processing import TokenBatch
from train.corpus import Corpus, Ints
from train.distributed import World
from train.loader import PairBatch, positive_mask
from train.residue_inputs import ResidueInputs
from train.residue_objectives import ResidueOutputs, residue_losses, residue_pass
from train.run_sections import ObjectivesSection

KMER_KEEP_SHARE = 0.7
"""Share of k-mers a training step sees: without this noise the tables memorise their proteins."""
MIN_TERM_PROTEINS = 20
"""Terms of fewer training proteins are no targets of the term contrast."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TermTargets:
    """A step's draw of GO terms: their places in the vocabulary, features of their names, frequency logits."""

    terms: Tensor
    features: Tensor
    prior_logits: Tensor


@dataclass(frozen=True, slots=True, kw_only=True)
class Paraphrases:
    """Pairs of texts of the same term, as features (P, D_text)."""

    name_features: Tensor
    other_features: Tensor


class Embedded(NamedTuple):
    """What one forward pass returns (DDP wants a plain tuple of tensors)."""

    protein: Tensor
    text: Tensor
    term: Tensor
    name: Tensor
    other: Tensor
    scale: Tensor
    term_scale: Tensor
    residues: ResidueOutputs = ResidueOutputs()


class TrainingModel(nn.Module):
    """The model and the scale of the term contrast, in one forward pass, so that DDP sees every gradient.

    What no loss of the run reaches takes no gradient: DDP would wait for it.
    """

    def __init__(self, model: ProtCLIPModel, weights: ObjectivesSection) -> None:
        super().__init__()
        self.model, self.compat = model, weights.compat
        self.term_log_scale = nn.Parameter(torch.tensor(math.log(10.0)))
        self.term_log_scale.requires_grad_(bool(weights.term))
        unreached = tuple(_unreached(model, weights))
        for name, parameter in model.named_parameters():
            if name.startswith(unreached):
                parameter.requires_grad_(False)

    def forward(
        self,
        tokens: TokenBatch,
        text_features: Tensor,
        term: Tensor,
        name: Tensor,
        other: Tensor,
        residues: ResidueInputs | None = None,
    ) -> Embedded:
        """Embed proteins and four sets of text features; empty sets give empty rows."""
        model = self.model
        pooled, of_residues = self._proteins(tokens, residues)
        # One pass for all texts: four small matrix products cost more than a large one.
        sizes = [len(text_features), len(term), len(name), len(other)]
        text, terms, names, others = model.project_text(torch.cat([text_features, term, name, other])).split(
            sizes
        )
        return Embedded(
            protein=model.project_protein(pooled),
            text=text,
            term=terms,
            name=names,
            other=others,
            scale=model.scale,
            term_scale=self.term_log_scale.exp(),
            residues=of_residues,
        )

    def _proteins(self, tokens: TokenBatch, residues: ResidueInputs | None) -> tuple[Tensor, ResidueOutputs]:
        """Pooled features, and what the objectives over residues give."""
        model, outputs = self.model, ResidueOutputs()
        if residues is not None:
            features_BLD, outputs = residue_pass(model, tokens, residues, self.compat)
            if model.protein_model is not None:
                return model.pool_residues(features_BLD, tokens.input_ids), outputs
        # A tower of k-mers alone is pooled on its own; noise is for tables that learn, not for frozen ones.
        ids, attention = tokens.input_ids, tokens.attention_mask
        keep = KMER_KEEP_SHARE if next(model.protein_projection.parameters()).requires_grad else 1.0
        return model.protein_features(ids, attention, kmer_keep_share=keep), outputs


def _unreached(model: ProtCLIPModel, weights: ObjectivesSection) -> Iterator[str]:
    """Prefixes of the weights' names that no loss of the run has a gradient for."""
    contrast = weights.gc or weights.term
    rebuild = weights.bsr and not weights.compat.frozen_reconstruction
    reached = {
        ("kmers.", "protein_model.", "block_gate"): contrast or weights.pda or weights.mlm or rebuild,
        ("protein_projection.",): contrast or weights.pda or rebuild,
        ("text_projection.",): contrast or weights.paraphrase or rebuild,
        ("log_scale",): weights.gc or weights.paraphrase,
        ("mlm_head.",): weights.mlm,
        ("bsr_head.",): weights.bsr,
        ("fusion.",): rebuild,
        ("fusion.norm.",): rebuild and not weights.compat.plain_fusion,
        ("prototypes.", "local_log_scale"): weights.pda,
        ("protein_model.contact_head.",): False,
        ("protein_model.embeddings.word_embeddings.",): model.kmers is None,
    }
    for prefixes, on in reached.items():
        yield from prefixes if not on else ()


class Objectives:
    """Draws what the text-side losses need and adds up the weighted losses."""

    def __init__(
        self, weights: ObjectivesSection, corpus: Corpus, train_index: Ints, text_features: np.ndarray
    ) -> None:
        self.weights, self.corpus, self.text_features = weights, corpus, text_features
        frequency = np.asarray(corpus.has_term[train_index].sum(0), dtype=np.float64).ravel()
        self.targets = np.flatnonzero(frequency >= MIN_TERM_PROTEINS)
        share = np.clip(frequency / max(len(train_index), 1), 1e-7, 1 - 1e-7)
        self.prior_logits = torch.tensor(np.log(share / (1 - share)), dtype=torch.float32)
        self.with_paraphrase = np.flatnonzero([len(rows) > 1 for rows in corpus.vocabulary.texts_of])

    def draw_terms(self, rng: np.random.Generator, num_terms: int) -> TermTargets:
        """Terms of one step; none where the term contrast is off."""
        wanted = min(num_terms, len(self.targets)) if self.weights.term else 0
        chosen = np.sort(rng.choice(self.targets, wanted, replace=False)).astype(np.int64)
        return TermTargets(
            terms=torch.from_numpy(chosen),
            features=self._features(self.corpus.vocabulary.name_rows[chosen]),
            prior_logits=self.prior_logits[torch.from_numpy(chosen)],
        )

    def draw_paraphrases(self, rng: np.random.Generator, num_pairs: int) -> Paraphrases:
        """Names and other texts of one step; none where the paraphrase contrast is off."""
        wanted = min(num_pairs, len(self.with_paraphrase)) if self.weights.paraphrase else 0
        chosen = rng.choice(self.with_paraphrase, wanted, replace=False)
        texts_of = self.corpus.vocabulary.texts_of
        others = np.array([texts_of[k][rng.integers(1, len(texts_of[k]))] for k in chosen], dtype=np.int64)
        names = np.array([texts_of[k][0] for k in chosen], dtype=np.int64)
        return Paraphrases(name_features=self._features(names), other_features=self._features(others))

    def losses(
        self, batch: PairBatch, embedded: Embedded, targets: TermTargets, world: World
    ) -> dict[str, Tensor]:
        """Every loss that is on, unweighted."""
        found = {}
        if self.weights.gc:
            found["gc"] = self._global_contrast(batch, embedded, world)
        if self.weights.term:
            has_term = torch.from_numpy(
                self.corpus.has_term[batch.index.numpy()][:, targets.terms.numpy()].toarray()
            )
            device = embedded.protein.device
            prior, has_term = targets.prior_logits.to(device), has_term.to(device)
            loss = term_contrast(embedded.protein, embedded.term, has_term, prior, embedded.term_scale)
            # Per thousand terms, so that the weight means the same for any size of the draw.
            found["term"] = loss * (1000 / max(len(targets.terms), 1))
        if self.weights.paraphrase:
            pairs = embedded.name, embedded.other
            same = torch.eye(len(embedded.name), dtype=torch.bool, device=embedded.name.device)
            found["paraphrase"] = global_contrast(pairs, pairs, (same, same), embedded.scale)
        if batch.residues is not None:
            found |= residue_losses(batch.tokens, batch.residues, embedded.residues, world)
        return found

    def total(self, losses: dict[str, Tensor]) -> Tensor:
        """The weighted sum of the losses."""
        return torch.stack([getattr(self.weights, name) * loss for name, loss in losses.items()]).sum()

    def _global_contrast(self, batch: PairBatch, embedded: Embedded, world: World) -> Tensor:
        device = embedded.protein.device
        every = [
            world.gather_rows(t.to(device)).cpu() for t in (batch.index, batch.text_key, batch.is_term.long())
        ]
        index, keys, is_term = every
        fits_text = positive_mask(self.corpus, batch.index, keys, is_term).to(device)
        fits_protein = positive_mask(self.corpus, index, batch.text_key, batch.is_term).T.to(device)
        gathered = world.gather_rows(embedded.protein), world.gather_rows(embedded.text)
        local = embedded.protein, embedded.text
        return global_contrast(local, gathered, (fits_text, fits_protein), embedded.scale)

    def _features(self, rows: Ints) -> Tensor:
        return torch.from_numpy(self.text_features[rows].astype(np.float32))
