"""What a run is: frozen sections read from TOML, checked, and saved beside what the run made.

Every path in a run file is relative to the folder the run is started in. A limit of 0 means "no limit".
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, Self

from protclip.errors import InputError
from train.run_sections import (
    DataSection,
    EvaluationSection,
    ModelSection,
    ObjectivesSection,
    OptimizerSection,
    RunSection,
    SnapshotSection,
)
from train.toml_dataclass import build, flat_of, flatten, override, spec_of, toml_text
from train.value_checks import check

Precision = Literal["fp32", "fp16", "bf16", "auto"]
SINKS = ("progress", "tensorboard", "wandb")
"""Where a run can report beside its run log: "progress" is the line on stderr, the others are programs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunConfig:
    """One run, whole. ``load_config`` reads it; ``save`` writes it; the round trip gives an equal one."""

    precision: Precision = "fp32"
    """Arithmetic of the forward pass: fp32, fp16 with loss scaling, bf16, or auto: the fastest of the device."""
    sinks: tuple[str, ...] = ("progress",)
    """Where to report beside the run log, which is always written."""
    run: RunSection
    data: DataSection
    model: ModelSection
    objectives: ObjectivesSection = field(default_factory=ObjectivesSection)
    optimizer: OptimizerSection = field(default_factory=OptimizerSection)
    snapshot: SnapshotSection = field(default_factory=SnapshotSection)
    evaluation: EvaluationSection = field(default_factory=EvaluationSection)

    def __post_init__(self) -> None:
        unknown = [sink for sink in self.sinks if sink not in SINKS]
        check(not unknown, "sinks", unknown, f"accepted are {', '.join(SINKS)}, or an empty array")
        if self.run.patience and not self.evaluation.num_proteins:
            raise InputError(
                f"run.patience = {self.run.patience} waits for evaluations, but evaluation.num_proteins = 0 "
                "makes none. Raise evaluation.num_proteins, or set run.patience = 0."
            )
        self._check_grad_cache()

    def _check_grad_cache(self) -> None:
        weights = flat_of(self.objectives)
        others = [key for key in ("bsr", "pda", "mlm", "term", "paraphrase") if weights[key]]
        if self.optimizer.grad_cache and others:
            raise InputError(
                f"optimizer.grad_cache = {self.optimizer.grad_cache} is for the global contrast alone, but "
                f"{', '.join(others)} are on too. Set them to 0 in [objectives], or optimizer.grad_cache = 0."
            )

    def for_processes(self, size: int) -> Self:
        """The run as one of ``size`` processes has it: its part of data.global_batch, where that is given.

        Raises
        ------
        InputError
            Where the batch cannot be dealt out, or leaves a process fewer than two pairs.
        """
        batch = self.data.global_batch
        if not batch:
            return self
        if batch < 2 * size or batch % size:
            raise InputError(
                f"data.global_batch = {batch} cannot be dealt out to {size} processes: give a multiple of "
                f"{size} that is at least {2 * size}, or start another number of processes."
            )
        return replace(self, data=replace(self.data, batch_size=batch // size))

    @property
    def folder(self) -> Path:
        """Where the run writes."""
        return Path(self.run.output or f"var/runs/{self.run.name}")

    def to_toml(self) -> str:
        """The run as TOML, every key written out."""
        return toml_text(flat_of(self))

    def to_dict(self) -> dict[str, Any]:
        """The run as nested plain values, for run log and snapshot."""
        return tomllib.loads(self.to_toml())

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """The run that ``to_dict`` gave, or any nested values checked as those of a file."""
        return build(cls, flatten(values, spec_of(cls)))

    def save(self, path: Path) -> None:
        """Write the run as TOML, making the folder where it is missing."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self.to_toml(), encoding="utf-8")

    def changed_keys(self, other: "RunConfig") -> tuple[str, ...]:
        """Dotted names of the keys in which two runs differ, for a word about it on resume."""
        mine, theirs = flat_of(self), flat_of(other)
        return tuple(key for key in mine if mine[key] != theirs[key])


def load_config(path: Path, overrides: Sequence[str] = ()) -> RunConfig:
    """Read a run file and apply ``a.b=c`` overrides, the last one winning.

    Raises
    ------
    InputError
        For a missing or malformed file, an unknown key, a wrong type, or values that cannot go together.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"the run file {path} cannot be read ({error}). Give a TOML file of train/runs."
        ) from error
    try:
        return parse_config(text, overrides)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{path} is not TOML: {error}. Correct that place; strings need quotes.") from error
    except InputError as error:
        raise InputError(f"{path}: {error}") from error


def parse_config(text: str, overrides: Sequence[str] = ()) -> RunConfig:
    """A run from TOML text; see ``load_config``. Malformed TOML raises ``tomllib.TOMLDecodeError``."""
    spec = spec_of(RunConfig)
    flat = flatten(tomllib.loads(text), spec)
    for assignment in overrides:
        override(flat, assignment, spec)
    return build(RunConfig, flat)
