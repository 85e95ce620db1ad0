"""What an import tells: what was recognised, what is filled in and untrained, what was left over."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """The outcome of `import_weights`.

    Attributes
    ----------
    layout, source, folder, shape, fingerprint : str
        What was recognised and where, what it became, and the checkpoint's fingerprint.
    num_parameters, num_mapped : int
        Parameters of the model, and tensors taken from the source.
    untrained : tuple of str
        Parts that the source does not have, initialised at random.
    unused, unknown : tuple of str
        Names in the source that have no place here by intention, and names nobody knows.
    """

    layout: str
    source: str
    folder: str
    shape: str
    fingerprint: str
    num_parameters: int
    num_mapped: int
    untrained: tuple[str, ...]
    unused: tuple[str, ...]
    unknown: tuple[str, ...]

    def lines(self) -> list[str]:
        """The report for a reader, a fact a line."""
        facts = {
            "recognised": f"{self.layout}, {self.source}",
            "model": self.shape,
            "parameters": f"{self.num_parameters:,}",
            "mapped": f"{self.num_mapped:,} tensors",
            "untrained": ", ".join(self.untrained) or "nothing: every part has the source's weights",
            "unused": ", ".join(self.unused) or "nothing",
            "unknown": ", ".join(self.unknown) or "nothing",
            "fingerprint": self.fingerprint,
            "checkpoint": self.folder,
        }
        return [f"{name:12} {value}" for name, value in facts.items()]


def starred(name: str) -> str:
    """A tensor's name with stars for numbers: the same for the same place in every layer."""
    return re.sub(r"(?<=\.)\d+(?=\.)", "*", name)


def grouped(names: Iterable[str]) -> tuple[str, ...]:
    """Names of modules, starred, with the number of their tensors, in the order of appearance."""
    counts = Counter(re.sub(r"\.(weight|bias)$", "", starred(name)) for name in names)
    return tuple(f"{name} ({count})" if count > 1 else name for name, count in counts.items())
