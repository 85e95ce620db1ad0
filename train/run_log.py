"""The run log: what happened in a run, one JSON object to a line, and no line is ever rewritten.

Each line has ``time`` (UTC, ISO 8601) and ``event``: "start", "step", "evaluation", "snapshot", "warning",
"repair" or "end". JSON has no NaN: numbers that are not finite stand as "NaN", "Infinity", "-Infinity".
"""

import json
import math
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self, get_args

from protclip.errors import AssetError, InputError
from protclip.provenance import provenance

Event = Literal["start", "step", "evaluation", "snapshot", "warning", "repair", "end"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LogEvent:
    """One line of a run log. ``step`` is the number of optimizer steps done, or None."""

    event: Event
    time: str
    step: int | None = None
    values: Mapping[str, Any] = field(default_factory=dict)


class RunLog:
    """Appends to a run log; every line is on its way to the disk before the call returns.

    Parameters
    ----------
    path
        The log; an existing one is continued. A line that a killed run left cut off is taken out of the
        way into a "repair" event, so that every line of the file is JSON again.

    Raises
    ------
    AssetError
        Where the file cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            cut = _take_cut_line(path)
            self._file = path.open("a", encoding="utf-8")
        except OSError as error:
            raise AssetError(f"the run log {path} cannot be written ({error.strerror or error}).") from error
        if cut:
            self.write("repair", cut=cut)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def write(self, event: Event, /, *, step: int | None = None, **values: object) -> None:
        """Append one event; values may be numbers (0-d tensors too), texts, paths, lists, mappings."""
        if event not in get_args(Event):
            raise InputError(f"the run log has no event {event!r}; it has {', '.join(get_args(Event))}.")
        head = {"time": datetime.now(UTC).isoformat(timespec="milliseconds"), "event": event}
        line = head | ({} if step is None else {"step": step}) | _json_of(values)
        try:
            self._file.write(json.dumps(line, ensure_ascii=False) + "\n")
            self._file.flush()
        except OSError as error:
            raise AssetError(
                f"the run log {self.path} cannot be written ({error.strerror or error})."
            ) from error

    def start(self, config: Mapping[str, Any], *, step: int, seed: int, **values: object) -> None:
        """The event of a run's beginning or resume, with what is needed to tell where its numbers come from.

        Parameters
        ----------
        config
            The run's configuration as plain values.
        step
            Steps already done: 0 for a new run, the snapshot's step for a resumed one.
        seed
            The run's seed.
        values
            Anything else worth keeping, such as the number of processes or the split's fingerprint.
        """
        self.write("start", step=step, seed=seed, config=dict(config), **provenance(), **values)


def _json_of(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, Mapping):
        return {str(key): _json_of(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_json_of(item) for item in value]
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if hasattr(value, "__float__"):
        number = float(value)
        if math.isfinite(number):
            return number
        return "NaN" if math.isnan(number) else "Infinity" if number > 0 else "-Infinity"
    raise InputError(f"{value!r} ({type(value).__name__}) cannot stand in a run log. Give numbers or text.")


def _take_cut_line(path: Path) -> str:
    """Remove and return what follows the last line end, "" where the log ends as it should."""
    if not path.exists():
        return ""
    with path.open("r+b") as file:
        content = file.read()
        whole = content.rfind(b"\n") + 1
        file.truncate(whole)
    return content[whole:].decode("utf-8", errors="replace")


def read_run_log(path: Path) -> tuple[LogEvent, ...]:
    """The events of a run log, in their order; a last line that is cut off is left out.

    Raises
    ------
    AssetError
        Where the file is missing, or another line than the last is no event; names the line.
    """
    try:
        lines = Path(path).read_text(encoding="utf-8", errors="replace").split("\n")
    except OSError as error:
        raise AssetError(f"the run log {path} cannot be read ({error.strerror or error}).") from error
    # What follows the last line end is "" in a whole log, and a cut-off line in a killed run's.
    return tuple(_event_of(line, path, number) for number, line in enumerate(lines[:-1], 1) if line.strip())


def _event_of(line: str, path: Path, number: int) -> LogEvent:
    try:
        values = json.loads(line)
        event, when, step = values.pop("event"), values.pop("time"), values.pop("step", None)
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        raise AssetError(
            f"{path}, line {number} is no event of a run log ({error}). Remove that line."
        ) from error
    return LogEvent(event=event, time=when, step=step, values=values)


def curve(events: Iterable[LogEvent], event: Event, metric: str) -> list[tuple[int, float]]:
    """(step, value) of one metric over the run, as if it had never been interrupted.

    A resumed run repeats the steps after its snapshot; what the log had of them before is dropped.
    """
    points: list[tuple[int, float]] = []
    for each in events:
        if each.step is None:
            continue
        if each.event == "start":
            points = [point for point in points if point[0] <= each.step]
        elif each.event == event and metric in each.values:
            points.append((each.step, float(each.values[metric])))
    return points
