"""When a text reads like no function that is known: a cut-off on its cosine with the GO terms, and what it lets pass.

The cut-off is conformal (Vovk et al., Algorithmic Learning in a Random World, 2005): the k-th least cosine of n real
questions, k = floor((1 - coverage)(n + 1)), so that another question of their kind passes with probability
``coverage`` or more.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from protclip.data.files import write_json
from protclip.errors import AssetError, FingerprintError, InputError

COVERAGE = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryCutOff:
    """The least cosine, -1 to 1, of a text with its nearest GO term at which an answer may be trusted at all.

    ``coverage``, 0 to 1, is the share of real questions that pass it; ``fitted_on`` says which those were.
    """

    least_cosine: float
    coverage: float
    fitted_on: str
    fingerprint: str

    def check(self, fingerprint: str) -> None:
        """Raise FingerprintError unless the cut-off is of this checkpoint."""
        if fingerprint != self.fingerprint:
            raise FingerprintError(
                f"the cut-off of queries is of the checkpoint {self.fingerprint}, the model is {fingerprint}; "
                "fit one with protclip evaluate-search --fit-cut-off"
            )

    def remark(self, cosine: float) -> str:
        """What to say of a text whose cosine with the nearest GO term is this; "" where it passes."""
        if cosine >= self.least_cosine:
            return ""
        return (
            "No confident match: these words are farther from every function the model knows (cosine "
            f"{cosine:.2f}) than {self.coverage:.0%} of real questions are ({self.least_cosine:.2f} or more). "
            "A match may have nothing to do with them"
        )


def fit_cut_off(
    cosines: Sequence[float], *, coverage: float = COVERAGE, fitted_on: str, fingerprint: str
) -> QueryCutOff:
    """The cut-off that real questions with these cosines pass.

    Raises
    ------
    InputError
        If the questions are too few for the coverage: 19 are needed for .95.
    """
    place = int((1 - coverage) * (len(cosines) + 1) + 1e-9)
    if place < 1:
        raise InputError(
            f"{len(cosines)} questions are too few for a coverage of {coverage:g}; give more, or ask for less"
        )
    return QueryCutOff(
        least_cosine=round(sorted(cosines)[place - 1], 4),
        coverage=coverage,
        fitted_on=fitted_on,
        fingerprint=fingerprint,
    )


def write_cut_off(cut_off: QueryCutOff, path: Path) -> None:
    """Write as JSON; `read_cut_off` reads it."""
    write_json(path, asdict(cut_off))


def read_cut_off(path: Path) -> QueryCutOff:
    """Read what `write_cut_off` wrote.

    Raises
    ------
    AssetError
        If the file is missing or damaged.
    """
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
        return QueryCutOff(**facts | {name: float(facts[name]) for name in ("least_cosine", "coverage")})
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise AssetError(
            f"the cut-off of queries {path} is missing or damaged ({error}). Restore it with git checkout, or fit "
            "one with protclip evaluate-search --fit-cut-off"
        ) from error
