"""What MLM, BSR and PDA read of a batch: which residues are hidden, text tokens, property features.

Shapes: B proteins, L tokens of a protein, T text tokens, K properties, D_text features of the text tower.
"""

from dataclasses import dataclass, fields, replace
from typing import Self

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from protclip.model.masking import independent_mask, segment_mask
from protclip.model.modeling import is_residue
from protclip.model.processing import TokenBatch
from protclip.model.residue_parts import TextStates
from protclip.records import PROPERTIES
from train.corpus import Corpus, Ints
from train.run_sections import ObjectivesSection
from train.token_states import TokenStates


@dataclass(frozen=True, slots=True, kw_only=True)
class ResidueInputs:
    """Beside the tokens themselves; None where the objective is off.

    Attributes
    ----------
    mlm_hidden, bsr_hidden
        Residues that MLM and BSR hide, bool (B, L).
    text
        Token states of each protein's biotext (BSR).
    property_features, property_present
        Features (B, K, D_text) of each property's text, and which take part (B, K) (PDA).
    """

    mlm_hidden: Tensor | None = None
    bsr_hidden: Tensor | None = None
    text: TextStates | None = None
    property_features: Tensor | None = None
    property_present: Tensor | None = None

    def to(self, device: torch.device) -> Self:
        """The same on a device; token states come as float32."""
        moved = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "text"}
        text = self.text
        if text is not None:
            text = TextStates(states=text.states.to(device).float(), mask=text.mask.to(device))
        return replace(self, text=text, **{k: v if v is None else v.to(device) for k, v in moved.items()})


class ResidueDraw:
    """Draws the inputs of a batch from the generator of that batch.

    Parameters
    ----------
    text_features
        Features (num_texts, D_text) of ``corpus.texts``.
    token_states
        Token states of the same texts; may be None where BSR is off.
    max_text_tokens
        The token states of a biotext's units, one after the other, are cut there.
    """

    def __init__(
        self,
        corpus: Corpus,
        text_features: npt.NDArray[np.float16],
        token_states: TokenStates | None,
        weights: ObjectivesSection,
        max_text_tokens: int,
    ) -> None:
        self.corpus, self.text_features, self.token_states = corpus, text_features, token_states
        self.weights, self.max_text_tokens = weights, max_text_tokens

    def draw(self, index: Ints, tokens: TokenBatch, rng: np.random.Generator) -> ResidueInputs:
        """Inputs of the proteins at these places of the corpus, for every objective that is on."""
        real_BL = is_residue(tokens.input_ids).numpy()
        inputs = ResidueInputs()
        if self.weights.mlm:
            inputs = replace(inputs, mlm_hidden=torch.from_numpy(independent_mask(real_BL, rng)))
        if self.weights.bsr:
            hidden_BL = torch.from_numpy(segment_mask(real_BL, rng, self.weights.compat))
            inputs = replace(inputs, bsr_hidden=hidden_BL, text=self.texts(index))
        if self.weights.pda:
            features, present = self.properties(index)
            inputs = replace(inputs, property_features=features, property_present=present)
        return inputs

    def texts(self, index: Ints) -> TextStates:
        """Token states (B, T, D_text) of biotexts in half precision, padded to the longest with zeros."""
        assert self.token_states is not None
        rows = [self.token_states.of(self.corpus.clauses_of(int(i)), self.max_text_tokens) for i in index]
        states = np.zeros((len(rows), max(map(len, rows)), self.token_states.width), dtype=np.float16)
        mask = np.zeros(states.shape[:2], dtype=np.bool_)
        for number, row in enumerate(rows):
            states[number, : len(row)], mask[number, : len(row)] = row, True
        return TextStates(states=torch.from_numpy(states), mask=torch.from_numpy(mask))

    def properties(self, index: Ints) -> tuple[Tensor, Tensor]:
        """Features (B, K, D_text) of property texts, the mean over their units, and which take part (B, K)."""
        features = np.zeros((len(index), len(PROPERTIES), self.text_features.shape[1]), dtype=np.float32)
        present = np.zeros(features.shape[:2], dtype=np.bool_)
        for number, i in enumerate(index):
            for k, rows in enumerate(self.corpus.properties_of(int(i))):
                if not len(rows) and self.weights.compat.labels_for_absent:
                    rows = self.corpus.label_rows[k : k + 1]
                if len(rows):
                    features[number, k] = self.text_features[rows].mean(0, dtype=np.float32)
                    present[number, k] = True
        return torch.from_numpy(features), torch.from_numpy(present)
