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

from protclip.errors import InputError
from protclip.model.losses import global_contrast, term_contrast
from protclip.model.modeling import ProtCLIPModel
from protclip.model.processing import TokenBatch
from train.config import ObjectivesSection
from train.corpus import Corpus, Ints
from train.distributed import World
from train.loader import PairBatch, positive_mask

KMER_KEEP_SHARE = 0.7
"""Share of k-mers a training step sees: without this noise the tables memorise their proteins."""
MIN_TERM_PROTEINS = 20
"""Terms of fewer training proteins are no targets of the term contrast."""
_NOT_BUILT = ("bsr", "pda", "mlm")
"""Objectives a run file can name and this program cannot train yet."""


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


class TrainingModel(nn.Module):
    """The model and the scale of the term contrast, in one forward pass, so that DDP sees every gradient.

    What no loss of the run reaches takes no gradient: DDP would wait for it.
    """

    def __init__(self, model: ProtCLIPModel, weights: ObjectivesSection) -> None:
        super().__init__()
        self.model = model
        self.term_log_scale = nn.Parameter(torch.tensor(math.log(10.0)))
        for unreached in self._unreached(weights):
            unreached.requires_grad_(False)

    def _unreached(self, weights: ObjectivesSection) -> Iterator[nn.Module | nn.Parameter]:
        model, esm = self.model, self.model.protein_model
        if not weights.term:
            yield self.term_log_scale
        if not (weights.gc or weights.paraphrase):
            yield model.log_scale
        if not (weights.gc or weights.term):
            names = ("kmers.", "protein_", "block_gate")
            yield from (p for name, p in model.named_parameters() if name.startswith(names))
        if esm is not None:
            yield esm.contact_head
            if model.kmers is not None:
                yield esm.embeddings.word_embeddings

    def forward(
        self, tokens: TokenBatch, text_features: Tensor, term: Tensor, name: Tensor, other: Tensor
    ) -> Embedded:
        """Embed proteins and four sets of text features; empty sets give empty rows."""
        model = self.model
        # Noise is for tables that learn; frozen ones are to be met as they will be used.
        learns = model.protein_projection[-1].weight.requires_grad
        pooled = model.protein_features(
            tokens.input_ids, tokens.attention_mask, kmer_keep_share=KMER_KEEP_SHARE if learns else 1.0
        )
        # One pass for all texts: four small matrix products cost more than a large one.
        sizes = [len(text_features), len(term), len(name), len(other)]
        text, terms, names, others = model.project_text(torch.cat([text_features, term, name, other])).split(
            sizes
        )
        return Embedded(
            model.project_protein(pooled), text, terms, names, others, model.scale, self.term_log_scale.exp()
        )


class Objectives:
    """Draws what the text-side losses need and adds up the weighted losses.

    Raises
    ------
    InputError
        If the run asks for a loss that cannot be trained yet.
    """

    def __init__(
        self, weights: ObjectivesSection, corpus: Corpus, train_index: Ints, text_features: np.ndarray
    ) -> None:
        asked = [f"objectives.{name} = 0" for name in _NOT_BUILT if getattr(weights, name)]
        if asked:
            raise InputError(
                f"only gc, term and paraphrase can be trained so far: set {', '.join(asked)} in the run file"
            )
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
        """Every loss that is on, unweighted; means over the local rows."""
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
