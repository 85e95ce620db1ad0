"""What is asked of an annotation job, beside the sequences (pure)."""

from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any, Self

from protclip.predict.gaf import UNIDENTIFIED
from streamlit_app.jobs import LaneName, key_of

if TYPE_CHECKING:
    from protclip.predict.statements import Wanted

BATCH = 16
"""Proteins at a time: what a cancelled job loses at most, and how often progress is told."""
MAX_QUICK = 20
"""So many proteins do not wait behind the large jobs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnotationRequest:
    """What was asked, beside the sequences.

    ``name`` is the file's, ``num_usable`` the proteins that will be annotated, ``longest`` the residues of the
    longest, ``cleaned`` what a clean-up changed: (accession, changes in words). ``top`` and ``taxon`` are as in
    `protclip annotate`.
    """

    name: str
    num_usable: int
    longest: int
    fingerprint: str
    min_probability: float = 0.5
    top: int | None = None
    taxon: int = UNIDENTIFIED
    cleaned: tuple[tuple[str, str], ...] = ()

    def wanted(self) -> "Wanted":
        """Which statements are wanted; raises InputError where thresholds are out of range."""
        from protclip.predict.statements import Wanted

        return Wanted(min_probability=self.min_probability, top=self.top)

    def key(self, text: str, visitor: str) -> str:
        """32 hexadecimal digits of the sequences, of all that is asked of them, and of who asks.

        Of two visitors with the same sequences neither stops or deletes the other's job.
        """
        return key_of("annotate", self.fingerprint, text=text, request=self.as_dict(), visitor=visitor)

    def as_dict(self) -> dict[str, Any]:
        """The fields by name."""
        return asdict(self)

    def lane(self) -> LaneName:
        """Where it waits."""
        return "quick" if self.num_usable <= MAX_QUICK else "batch"

    @classmethod
    def of(cls, told: dict[str, Any]) -> Self:
        """From the values of `dataclasses.asdict` after JSON."""
        known = {f.name: told[f.name] for f in fields(cls)}
        return cls(**known | {"cleaned": tuple((a, c) for a, c in told["cleaned"])})
