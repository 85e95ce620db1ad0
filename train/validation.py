"""How well held-out proteins and their texts find each other, measured during a run."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import torch

from protclip.benchmarks.held_out import MAX_SHARE, MIN_POSITIVES
from protclip.benchmarks.retrieval import average_precisions, partner_ranks, rank_metrics
from protclip.data.splits import Split, Splits, text_groups
from protclip.errors import InputError
from protclip.model.modeling import ProtCLIPModel
from protclip.model.processing import collate_residues
from train.corpus import Corpus, Ints
from train.residue_inputs import ResidueDraw
from train.text_control import NUM_PROTEINS, TextControl

_ROWS = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOut:
    """Proteins of one split, at most one a cluster, in shuffled order; ``text_control`` where BSR is trained."""

    corpus: Corpus
    index: Ints
    text_features: np.ndarray
    text_control: TextControl | None = None

    def with_text_control(self, draw: ResidueDraw, max_residues: int, seed: int) -> Self:
        """The same, which also rebuilds hidden residues of its first proteins with right and wrong texts."""
        index = self.index[:NUM_PROTEINS]
        return replace(
            self, text_control=TextControl(draw=draw, index=index, max_residues=max_residues, seed=seed)
        )

    def metrics(self, model: ProtCLIPModel) -> dict[str, float]:
        """MRR, recall and median rank in both directions over whole texts, and mean average precision of terms.

        Where BSR is trained, also how well hidden residues are rebuilt with and without their text.

        The model is put in eval mode and left in the mode it was in.
        """
        was_training = model.training
        model.eval()
        with torch.inference_mode():
            protein_NE, text_NE = self._proteins(model), self._texts(model)
            term_KE, has_term_KN = self._terms(model)
        model.train(was_training)
        groups = np.array(text_groups([int(k) for k in self.corpus.text_keys[self.index, 0]]), dtype=np.int64)
        found = rank_metrics(partner_ranks(text_NE, protein_NE, groups)).as_dict("text_to_protein")
        found |= rank_metrics(partner_ranks(protein_NE, text_NE, groups)).as_dict("protein_to_text")
        precision_K = average_precisions(term_KE @ protein_NE.T, has_term_KN)
        control = {} if self.text_control is None else self.text_control.metrics(model)
        return (
            found
            | control
            | {
                "term_retrieval/map": float(precision_K.mean()) if len(precision_K) else 0.0,
                "term_retrieval/num_terms": float(len(precision_K)),
            }
        )

    def _proteins(self, model: ProtCLIPModel) -> np.ndarray:
        rows = []
        for first in range(0, len(self.index), _ROWS):
            chosen = self.index[first : first + _ROWS]
            limit = model.config.max_residues
            tokens = collate_residues([self.corpus.sequence_tokens(int(i))[:limit] for i in chosen])
            ids, mask = tokens.input_ids.to(model.device), tokens.attention_mask.to(model.device)
            rows.append(model.project_protein(model.protein_features(ids, mask)).float().cpu().numpy())
        return np.concatenate(rows)

    def _texts(self, model: ProtCLIPModel) -> np.ndarray:
        features = [
            self.text_features[self.corpus.clauses_of(int(i))].mean(0, dtype=np.float32) for i in self.index
        ]
        return self._project(model, np.stack(features))

    def _terms(self, model: ProtCLIPModel) -> tuple[np.ndarray, np.ndarray]:
        has_term = self.corpus.has_term[self.index]
        counts = np.asarray(has_term.sum(0)).ravel()
        chosen = np.flatnonzero((counts >= MIN_POSITIVES) & (counts <= MAX_SHARE * len(self.index)))
        features = self.text_features[self.corpus.vocabulary.name_rows[chosen]].astype(np.float32)
        return self._project(model, features), has_term[:, chosen].toarray().T

    def _project(self, model: ProtCLIPModel, features: np.ndarray) -> np.ndarray:
        return model.project_text(torch.from_numpy(features).to(model.device)).float().cpu().numpy()


def held_out(
    corpus: Corpus, splits: Splits, split: Split, text_features: np.ndarray, *, limit: int, seed: int
) -> HeldOut:
    """At most ``limit`` proteins of a split, one of each cluster, drawn and ordered by the seed.

    Raises
    ------
    InputError
        If no protein of the corpus is in the split.
    """
    rng = np.random.default_rng(seed)
    places = rng.permutation([i for i, a in enumerate(corpus.accessions) if splits.of(a) == split])
    if not len(places):
        raise InputError(
            f"the data hold no annotated protein of the split {split!r}. Set evaluation.num_proteins = 0, "
            "or give data.splits the assignment that was made for them (protclip data split)"
        )
    one_each: dict[str, int] = {}
    for i in places:
        one_each.setdefault(splits.cluster_of[corpus.accessions[i]], int(i))
    index = np.array(list(one_each.values())[:limit], dtype=np.int64)
    return HeldOut(corpus=corpus, index=index, text_features=text_features)
