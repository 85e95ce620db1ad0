"""Where a run reports beside its log: TensorBoard and Weights & Biases, imported when a run names them."""

import math
from collections.abc import Mapping
from importlib import import_module
from typing import Any, Protocol

from protclip.errors import InputError
from train.config import RunConfig


class Sink(Protocol):
    """A program that draws curves."""

    def log(self, step: int, values: Mapping[str, float]) -> None:
        """Take the values of one step."""

    def close(self) -> None:
        """Send what still waits."""


class TensorBoard:
    """Event files in RUN/tensorboard; `tensorboard --logdir` shows them."""

    def __init__(self, config: RunConfig) -> None:
        module = _installed("torch.utils.tensorboard", "tensorboard")
        self._writer = module.SummaryWriter(str(config.folder / "tensorboard"))

    def log(self, step: int, values: Mapping[str, float]) -> None:
        """Write each value as a scalar of its name."""
        for name, value in values.items():
            self._writer.add_scalar(name, value, step)

    def close(self) -> None:
        """Write what still waits."""
        self._writer.close()


class WeightsAndBiases:
    """A run of the project "protclip" there, which a resume continues; WANDB_MODE=offline keeps it here."""

    def __init__(self, config: RunConfig) -> None:
        config.folder.mkdir(parents=True, exist_ok=True)
        self._run = _installed("wandb", "wandb").init(
            project="protclip",
            name=config.run.name,
            id=config.run.name,
            resume="allow",
            dir=str(config.folder),
            config=config.to_dict(),
        )

    def log(self, step: int, values: Mapping[str, float]) -> None:
        """Send the values of one step."""
        self._run.log(dict(values), step=step)

    def close(self) -> None:
        """End the run there."""
        self._run.finish()


_PROGRAMS: dict[str, type[TensorBoard] | type[WeightsAndBiases]] = {
    "tensorboard": TensorBoard,
    "wandb": WeightsAndBiases,
}


def open_sinks(config: RunConfig) -> list[Sink]:
    """The programs that ``config.sinks`` names.

    Raises
    ------
    InputError
        Where one of them is not installed.
    """
    return [_PROGRAMS[name](config) for name in config.sinks if name in _PROGRAMS]


def plottable(values: Mapping[str, Any]) -> dict[str, float]:
    """The finite numbers among the values: what a curve can be drawn through."""
    numbers = {k: v for k, v in values.items() if isinstance(v, int | float) and not isinstance(v, bool)}
    return {name: float(value) for name, value in numbers.items() if math.isfinite(value)}


def _installed(module: str, package: str) -> Any:
    try:
        return import_module(module)
    except ImportError as error:
        raise InputError(
            f'sinks names "{package}", but the package is not installed ({error}). '
            f"Install it (pip install {package}), or take it out of sinks in the run file."
        ) from error
