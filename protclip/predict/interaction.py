"""Whether two proteins interact, and how: calibrated probabilities from the embeddings of both.

The training data (SHS27k) has only pairs that interact. Pairs that do not are drawn at random
(`pair_head.random_non_pairs`), one for each pair that does, so ``probability`` answers: of pairs half of which
interact, would this be one? Of two proteins met by chance far fewer interact: at a prevalence p the odds are those
told here times p / (1 - p). It ranks pairs; it does not count partners. The types are given that the two interact,
and do not depend on prevalence.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from protclip.data.ppi_pairs import TYPES
from protclip.errors import FingerprintError, InputError
from protclip.predict.known_proteins import KnownProteins, NearestTraining
from protclip.predict.pair_head import PairHead
from protclip.predict.platt import Platt

Rows = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Interaction:
    """What is predicted of two proteins; their order makes no difference.

    ``probability`` (0 to 1) is that they interact at all, among pairs half of which do. ``types`` are (type,
    probability) in the order of `TYPES`, each given that they interact; several may hold. ``likely`` are the types
    above the threshold of the head. ``first_nearest`` and ``second_nearest`` tell how far each protein lies from
    those the head was fitted on, and ``warnings`` say in a sentence where that is far.
    """

    first: str
    second: str
    probability: float
    types: tuple[tuple[str, float], ...]
    likely: tuple[str, ...]
    first_nearest: NearestTraining
    second_nearest: NearestTraining
    warnings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if tuple(name for name, _ in self.types) != TYPES:
            raise ValueError(f"types {[name for name, _ in self.types]} are not {TYPES}")
        if not all(0 <= p <= 1 for p in (self.probability, *(p for _, p in self.types))):
            raise ValueError(f"{self.first} and {self.second}: a probability is not 0 to 1")


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadOrigin:
    """What a head was fitted with and on: ``fingerprint`` of the checkpoint, the data's name and SHA-256."""

    fingerprint: str
    data: str
    sha256: str
    num_pairs: int
    seed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class InteractionPredictor:
    """A fitted head with the calibrations of its 1 + 7 outputs and the proteins that it knows.

    A type is called likely from ``type_threshold`` on, where the micro-F1 of the calibration pairs is greatest.
    """

    head: PairHead
    calibration: tuple[Platt, ...]
    type_threshold: float
    known: KnownProteins
    origin: HeadOrigin

    def check(self, fingerprint: str) -> None:
        """Refuse embeddings of another checkpoint.

        Raises
        ------
        FingerprintError
            If the head was fitted on embeddings of another checkpoint.
        """
        if fingerprint != self.origin.fingerprint:
            raise FingerprintError(
                f"the interaction head was fitted with the checkpoint {self.origin.fingerprint}, the model is "
                f"{fingerprint}. Use that model, or fit a head for this one (python -m "
                "protclip.predict.interaction_fit ACTIONS SEQUENCES --model FOLDER --output HEAD), which "
                "protclip interact --model FOLDER --head HEAD takes"
            )

    def probabilities(self, first: Rows, second: Rows) -> npt.NDArray[np.float64]:
        """Calibrated probabilities (N, 1 + 7) of unit rows (N, E): interacting at all, then each type.

        Raises
        ------
        InputError
            If rows are of another width than the head's, or the two sides differ in number.
        """
        width = len(self.head.centre)
        if first.shape != second.shape or first.shape[1:] != (width,):
            raise InputError(
                f"embeddings of shapes {first.shape} and {second.shape} are no pairs of rows. Give two arrays "
                f"(N, {width})"
            )
        return self._calibrated(self.head.logits(first, second))

    def one_against_many(self, query: Rows, many: Rows) -> npt.NDArray[np.float64]:
        """As `probabilities`, of one unit vector (E,) with each of N rows (N, E)."""
        return self._calibrated(self.head.logits(query[None], many))

    def predict(self, labels: Sequence[tuple[str, str]], first: Rows, second: Rows) -> list[Interaction]:
        """Predict pairs of proteins; ``labels`` name both of each, their unit rows are (N, E) on either side.

        Raises
        ------
        InputError
            As `probabilities`.
        """
        found = self.probabilities(first, second).tolist()
        near = zip(self.known.nearest(first), self.known.nearest(second), strict=True)
        return [self._interaction(*row) for row in zip(labels, found, near, strict=True)]

    def _calibrated(self, logits: Rows) -> npt.NDArray[np.float64]:
        columns = [platt.probabilities(z) for platt, z in zip(self.calibration, logits.T, strict=True)]
        return np.stack(columns, axis=1)

    def _interaction(
        self, names: tuple[str, str], row: list[float], near: tuple[NearestTraining, NearestTraining]
    ) -> Interaction:
        types = tuple(zip(TYPES, row[1:], strict=True))
        return Interaction(
            first=names[0],
            second=names[1],
            probability=row[0],
            types=types,
            likely=tuple(name for name, p in types if p >= self.type_threshold),
            first_nearest=near[0],
            second_nearest=near[1],
            warnings=self._warnings(names, near),
        )

    def _warnings(self, names: tuple[str, str], near: Sequence[NearestTraining]) -> tuple[str, ...]:
        usual = self.known.usual_cosine
        return tuple(
            f"{name} lies far from every protein the head was fitted on (nearest: {found.accession}, cosine "
            f"{found.cosine:.2f}; 95 of 100 proteins it was tested on lie nearer than {usual:.2f}): take this "
            "probability as a guess"
            for name, found in dict(zip(names, near, strict=True)).items()
            if found.cosine < usual
        )
