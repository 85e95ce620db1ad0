"""What a fine-tuning is: one frozen section, from TOML or from --set alone."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from protclip.benchmarks.tasks import TaskKind
from protclip.errors import InputError
from train.config import Precision
from train.toml_dataclass import build, flat_of, flatten, override, spec_of, toml_text, toml_value
from train.value_checks import check, check_number

_WRITTEN = {"output", "results", "name"}


@dataclass(frozen=True, slots=True, kw_only=True)
class FinetuneConfig:
    """A downstream task and how its head is trained. Defaults: Zhou et al. 2025 and its released code."""

    task: TaskKind
    """What a label is: a number, one class, or a set of classes."""
    data: str
    """Folder with train, valid and test as .json or .jsonl ({"seq", "label"} a line), .csv or .tsv (seq,label)."""
    checkpoint: str = ""
    """Folder of the checkpoint whose protein tower is used; empty means the shipped one."""
    output: str = "var/finetune"
    """Folder for the head, the predictions of the test split, and with a tuned tower its checkpoint."""
    results: str = ""
    """CSV to which the test metrics are appended with their provenance; empty = none."""
    name: str = ""
    """Name of the task in the results; empty means the data folder's."""
    frozen: bool = False
    """Whether the tower stays as it is, so that only the head is trained."""
    standardize: bool = False
    """Whether features are first brought to mean 0 and spread 1 over the training split; k-mer towers need it."""
    lr: float = 5e-5
    """Learning rate of head and tower, constant."""
    batch_size: int = 512
    """Number of proteins whose gradients make a step."""
    micro_batch: int = 64
    """Number of proteins in memory at once; the gradients of a batch are added up from these."""
    epochs: int = 200
    """Most passes over the training split."""
    patience: int = 10
    """Epochs in a row without a better validation that end the training."""
    max_residues: int = 1022
    """Residues of a protein that are seen, from its beginning."""
    precision: Precision = "fp32"
    """Arithmetic of the forward pass: fp32, fp16 with loss scaling, bf16, or auto: the fastest of the device."""
    device: str = "auto"
    """Where to compute: auto (a GPU if there is one), cpu, cuda or cuda:N."""
    seed: int = 17
    """Seed of the head's first weights and of the order of the proteins."""

    def __post_init__(self) -> None:
        check(bool(self.data), "data", self.data, "give the folder with train, valid and test")
        check_number("lr", self.lr, above=True)
        for key in ("batch_size", "micro_batch", "epochs", "patience", "max_residues"):
            check_number(key, getattr(self, key), 1)
        check(self.seed >= 0, "seed", self.seed, "give a whole number of at least 0")

    @property
    def task_name(self) -> str:
        """What the task is called in the results."""
        return self.name or Path(self.data).name

    @property
    def command(self) -> str:
        """The command line that repeats this: every key that is not its default, less where to write."""
        default = flat_of(FinetuneConfig(task=self.task, data=self.data))
        given = {key: value for key, value in flat_of(self).items() if value != default[key]}
        shown = {"task": self.task, "data": self.data} | given
        told = (f"--set {key}={toml_value(value)}" for key, value in shown.items() if key not in _WRITTEN)
        return " ".join(["python train/finetune.py", *told])

    def save(self, path: Path) -> None:
        """Write every key as TOML."""
        path.write_text(toml_text(flat_of(self)), encoding="utf-8")


def load_finetune_config(path: Path | None, overrides: Sequence[str] = ()) -> FinetuneConfig:
    """Read a file, or none, and apply ``key=value`` overrides, the last one winning.

    Raises
    ------
    InputError
        For a missing or malformed file, an unknown key, a wrong type, or a key that is missing.
    """
    spec = spec_of(FinetuneConfig)
    try:
        values = {} if path is None else tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read ({error}). Give a TOML file, or --set alone.") from error
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{path} is not TOML: {error}. Correct that place; strings need quotes.") from error
    flat = flatten(values, spec)
    for assignment in overrides:
        override(flat, assignment, spec)
    return build(FinetuneConfig, flat)
