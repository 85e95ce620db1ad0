"""Classes answered by their texts, with few examples or none (as ProtST does, Xu et al., ICML 2023).

Shapes: N proteins, C classes, E embedding.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from protclip.benchmarks.task_metrics import BEST, task_metrics
from protclip.benchmarks.tasks import Examples, LabelledTask
from protclip.errors import InputError

Floats = npt.NDArray[np.float32]
_SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)
"""Weights of the examples that validation proteins choose among; 0 is the text alone, 1 the examples alone."""


class TwoTowers(Protocol):
    """What embeds proteins and texts into one space: an `Encoder`."""

    name: str
    fingerprint: str

    def proteins(self, sequences: Sequence[str]) -> Floats:
        """Unit rows (N, E)."""
        ...

    def texts(self, texts: Sequence[str]) -> Floats:
        """Unit rows (N, E)."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptModel:
    """Scores a class by the cosine of its text with the protein, and by that of the mean of a few examples.

    Parameters
    ----------
    texts
        One for each class, in the order of the task's classes. A class whose text is empty scores 0.
    shots
        Training proteins of each class, drawn by the seed; a class that has fewer gives all it has. 0 is zero-shot.
    prompts
        Where the texts are from, for the name.

    Notes
    -----
    With shots the cosines with text and with examples are added, with weights chosen on the validation split:
    more labels than few-shot learning in the strict sense has. Where a protein has a set of classes, a cosine below 0
    counts as 0: it is the score that Fmax puts thresholds to.
    """

    encoder: TwoTowers
    texts: Sequence[str]
    shots: int = 0
    prompts: str = ""

    @property
    def name(self) -> str:
        """As in the table of results: "protclip-mini 5-shot (subloc_name)"."""
        way = f"{self.shots}-shot" if self.shots else "zero-shot"
        return f"{self.encoder.name} {way}" + (f" ({self.prompts})" if self.prompts else "")

    @property
    def fingerprint(self) -> str:
        """Of the checkpoint."""
        return self.encoder.fingerprint

    def predict(self, task: LabelledTask, *, seed: int) -> Floats:
        """Scores (N, C) of the test split.

        Raises
        ------
        InputError
            If the task's labels are numbers, or there is not one text for each class.
        """
        if task.kind == "regression":
            raise InputError(f"{task.name} asks for a number; texts answer benchmarks that ask for classes")
        if len(self.texts) != len(task.classes):
            raise InputError(
                f"{len(self.texts)} texts for the {len(task.classes)} classes of {task.name}; give one text for each "
                "class, in the order of the classes"
            )
        text_CE = self._text_rows()
        test_NE = self.encoder.proteins(task.splits["test"].sequences)
        class_CE = self._mixed(task, text_CE, seed) if self.shots else text_CE
        return _scores(task, test_NE @ class_CE.T)

    def _text_rows(self) -> Floats:
        known = [place for place, text in enumerate(self.texts) if text]
        found_KE = self.encoder.texts([self.texts[place] for place in known])
        rows_CE = np.zeros((len(self.texts), found_KE.shape[1]), np.float32)
        rows_CE[known] = found_KE
        return rows_CE

    def _mixed(self, task: LabelledTask, text_CE: Floats, seed: int) -> Floats:
        """Text and examples of each class with the weights that do best on the validation split."""
        drawn = draw_examples(task.splits["train"], self.shots, seed=seed)
        places, rows = np.unique(np.concatenate(drawn), return_inverse=True)
        train_NE = self.encoder.proteins([task.splits["train"].sequences[i] for i in places])
        ends = np.cumsum([len(d) for d in drawn])[:-1]
        # A class without an example keeps its text.
        means_CE = np.stack(
            [
                train_NE[r].mean(0) if len(r) else text
                for r, text in zip(np.split(rows, ends), text_CE, strict=True)
            ]
        )
        mixtures: list[Floats] = [
            ((1 - share) * text_CE + share * means_CE).astype(np.float32) for share in _SHARES
        ]
        valid = task.splits["valid"]
        valid_NE = self.encoder.proteins(valid.sequences)
        values = [
            task_metrics(task.kind, _scores(task, valid_NE @ class_CE.T), valid.targets)[BEST[task.kind]]
            for class_CE in mixtures
        ]
        return mixtures[int(np.argmax(values))]


def draw_examples(examples: Examples, shots: int, *, seed: int) -> list[npt.NDArray[np.int64]]:
    """Places of at most ``shots`` proteins of each class, in the order of the classes."""
    rng = np.random.default_rng(seed)
    found = [np.flatnonzero(column > 0) for column in examples.targets.T]
    return [rng.permutation(places)[:shots] for places in found]


def _scores(task: LabelledTask, cosines_NC: Floats) -> Floats:
    return np.clip(cosines_NC, 0, 1) if task.kind == "multi-label" else cosines_NC
