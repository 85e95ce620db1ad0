"""What `protclip doctor` asks: one Check a line, from this package and from others by entry point.

A package that stands on protclip adds its own checks under the entry-point group "protclip.checks": each
entry is a function without arguments that returns a list of Check. It must be fast (under a second), load
no model, need no network, and never raise for what it looks for.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Literal

from protclip.errors import ProtCLIPError

CHECKS_GROUP = "protclip.checks"
Status = Literal["ok", "missing", "broken"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One finding about this installation.

    ``name`` is what was looked for ("search index"), ``detail`` what was found (version, path,
    fingerprint, counts). ``remedy`` is what to do and must be given unless the status is "ok".
    ``required`` says whether the shipped product needs it: `protclip doctor` fails on these only.
    """

    name: str
    status: Status
    detail: str = ""
    remedy: str = ""
    required: bool = True

    def __post_init__(self) -> None:
        if self.status not in ("ok", "missing", "broken"):
            raise ValueError(f"check status {self.status!r} is not one of ok, missing, broken")
        if self.status != "ok" and not self.remedy:
            raise ValueError(f"check {self.name!r} is {self.status} and says not what to do")

    @property
    def fails(self) -> bool:
        """Whether the shipped product cannot work for this reason."""
        return self.required and self.status != "ok"


def guarded(name: str, look: Callable[[], list[Check]]) -> list[Check]:
    """Run checks that may fail themselves: a doctor that dies of what it examines helps nobody."""
    try:
        return look()
    except ProtCLIPError as error:  # says itself what to do
        return [Check(name=name, status="broken", remedy=str(error))]
    except Exception as error:  # whatever is wrong is a finding, not a crash
        told = f"{type(error).__name__}: {error}".rstrip(": ")
        remedy = "Install the project again (pip install -e .), or report this line"
        return [Check(name=name, status="broken", detail=told, remedy=remedy)]


def plugged_checks() -> list[Check]:
    """Run the checks of other packages, in the order of their entry points' names."""
    found = sorted(entry_points(group=CHECKS_GROUP), key=lambda entry: entry.name)
    return [check for entry in found for check in guarded(entry.name, _loaded(entry))]


def _loaded(entry: EntryPoint) -> Callable[[], list[Check]]:
    """Put the import inside the guard: a package whose extra is missing fails there."""

    def look() -> list[Check]:
        checks: list[Check] = entry.load()()
        return checks

    return look
