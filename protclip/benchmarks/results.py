"""Rows of results/*.csv: one measured number each, with all that is needed to measure it again."""

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from protclip.provenance import provenance

COLUMNS = (
    "date",
    "benchmark",
    "metric",
    "value",
    "low",
    "high",
    "n",
    "model",
    "fingerprint",
    "data",
    "seed",
    "commit",
    "command",
    "hardware",
)
"""``low`` and ``high`` bound the 95% bootstrap interval; ``data`` names the data and its hash."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """A mean with its 95% bootstrap interval over n units; None where there is no interval, as of seconds."""

    metric: str
    value: float
    low: float | None = None
    high: float | None = None
    n: int

    def line(self) -> str:
        """Metric, value, interval and n, with tabs between them, as verbs print them."""
        interval = "" if self.low is None or self.high is None else f"[{self.low:.4g}, {self.high:.4g}]"
        return f"{self.metric}\t{self.value:.4g}\t{interval}\tn={self.n}"

    def row(self) -> Mapping[str, object]:
        """As a row of results/*.csv."""
        return {"metric": self.metric, "value": self.value, "low": self.low, "high": self.high, "n": self.n}


def append_rows(path: Path, rows: Sequence[Mapping[str, object]], *, command: str) -> None:
    """Append measurements to a table, made with its header where it is missing.

    Numbers are written with four significant digits; provenance is filled in.
    """
    facts = provenance()
    hardware = facts["hardware"]
    common = {
        "date": datetime.now(UTC).date().isoformat(),
        "commit": facts["commit"],
        "command": command,
        "hardware": json.dumps({k: hardware[k] for k in ("processor", "cores", "gpus")}),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    is_new = not path.exists()
    with path.open("a", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, restval="", lineterminator="\n")
        if is_new:
            writer.writeheader()
        for row in rows:
            writer.writerow(common | {name: _written(value) for name, value in row.items()})


def _written(value: object) -> object:
    return f"{value:.4g}" if isinstance(value, float) else value
