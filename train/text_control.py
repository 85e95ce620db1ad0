"""The control of BSR during a run: held-out residues rebuilt with the right text, a wrong one, and none."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch

from protclip.benchmarks.reconstruction import ReconstructionBatch, reconstruction_metrics
from protclip.model.masking import segment_mask
from protclip.model.modeling import ProtCLIPModel, is_residue
from protclip.model.processing import collate_residues
from protclip.model.residue_parts import without_text
from train.corpus import Ints
from train.residue_inputs import ResidueDraw

NUM_PROTEINS = 512
"""Held-out proteins that are rebuilt."""
_ROWS = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class TextControl:
    """Held-out proteins at these places of the corpus, with the same hidden residues at every evaluation."""

    draw: ResidueDraw
    index: Ints
    max_residues: int
    seed: int

    def metrics(self, model: ProtCLIPModel) -> dict[str, float]:
        """Loss and accuracy for the texts "matched", "shuffled" and "no_text" (`reconstruction_metrics`)."""
        return reconstruction_metrics(model, self._batches(), self.draw.weights.compat)

    def _batches(self) -> Iterator[ReconstructionBatch]:
        rng = np.random.default_rng(self.seed)
        others = other_texts(self.draw.corpus.text_keys[self.index, 0])
        for first in range(0, len(self.index), _ROWS):
            chosen = self.index[first : first + _ROWS]
            corpus = self.draw.corpus
            tokens = collate_residues([corpus.sequence_tokens(int(i))[: self.max_residues] for i in chosen])
            hidden = segment_mask(is_residue(tokens.input_ids).numpy(), rng, self.draw.weights.compat)
            matched = self.draw.texts(chosen)
            shuffled = self.draw.texts(self.index[others[first : first + _ROWS]])
            texts = {"matched": matched, "shuffled": shuffled, "no_text": without_text(matched)}
            yield ReconstructionBatch(tokens=tokens, hidden=torch.from_numpy(hidden), texts=texts)


def other_texts(keys: Ints) -> Ints:
    """For each place the next one, around the end, whose text is another; itself where all are equal."""
    found = np.arange(len(keys))
    for step in range(len(keys) - 1, 0, -1):
        candidate = (np.arange(len(keys)) + step) % len(keys)
        found = np.where(keys[candidate] != keys, candidate, found)
    return found
