"""The sections of a run file: frozen, each field with its sentence, checked by themselves.

What two sections must agree on is checked in train/config.py.
"""

import re
from dataclasses import dataclass, field
from typing import Any, Literal

from protclip.errors import InputError
from protclip.model.release_compat import ReleaseCompat
from train.value_checks import check, check_number

Schedule = Literal["linear", "cosine", "constant"]
TextUnits = Literal["clauses", "whole"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSection:
    """Which run this is, where it writes and when it ends."""

    name: str
    """Name of the run: letters, digits, dot, dash and underscore; names the default output folder."""
    seed: int = 17
    """Seed of every random draw; process r uses seed + r."""
    output: str = ""
    """Folder for snapshots, run log and checkpoints; empty means var/runs/NAME."""
    minutes: float = 0.0
    """Budget of training time in minutes, over all resumes together; 0 = no limit."""
    max_steps: int = 0
    """Number of optimizer steps after which the run ends; 0 = no limit."""
    epochs: int = 0
    """Number of passes over the training split after which the run ends; 0 = no limit."""
    device: str = "auto"
    """Where to compute: auto (a GPU if there is one), cpu, cuda, or cuda:N for one process."""
    peer_timeout_s: float = 300.0
    """Seconds a process waits for the others before it gives up."""
    patience: int = 0
    """Evaluations in a row without a better one that end the run, whose checkpoint is then of the best; 0 = none."""
    best_metric: str = "text_to_protein/mrr"
    """The measured value that tells the best evaluation; one named ..._loss or ..._rank is best when lowest."""

    def __post_init__(self) -> None:
        good = re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._-]*", self.name) is not None
        check(
            good,
            "run.name",
            self.name,
            "give letters, digits, '.', '-' and '_', not beginning with '.' or '-'",
        )
        good = re.fullmatch(r"auto|cpu|cuda(:\d+)?", self.device) is not None
        check(good, "run.device", self.device, "give auto, cpu, cuda or cuda:N")
        check(
            0 <= self.seed < 2**32 - 2**16, "run.seed", self.seed, "give a whole number from 0 to 4294901759"
        )
        check_number("run.peer_timeout_s", self.peer_timeout_s, above=True)
        check(
            bool(self.best_metric), "run.best_metric", self.best_metric, "give the name of a measured value"
        )
        for key in ("minutes", "max_steps", "epochs", "patience"):
            check_number(f"run.{key}", getattr(self, key))
        if not (self.minutes or self.max_steps or self.epochs):
            raise InputError(
                "the run has no end: set at least one of run.minutes, run.max_steps, run.epochs above 0."
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSection:
    """What the run reads and how it makes batches of it."""

    shards: str
    """Folder of protein shards with its manifest, as `protclip data build` writes it."""
    splits: str = ""
    """File of the split assignment; empty means the one shipped with the project."""
    text_cache: str = ""
    """File or folder that keeps the frozen text tower's embeddings between runs; empty = no cache."""
    batch_size: int = 1024
    """Number of pairs in a micro-batch of one process; the contrast sees those of all processes together."""
    global_batch: int = 0
    """Number of pairs in a micro-batch of all processes together, from which batch_size follows; 0 = not given."""
    accumulation: int = 1
    """Number of micro-batches whose gradients are added up for one optimizer step."""
    plain_texts: int = 0
    """Number of plain wordings that each GO term's name is given beside its synonyms and definition."""
    max_residues: int = 1022
    """Longest stretch of residues a tower sees in training; longer proteins are cropped."""
    text_units: TextUnits = "clauses"
    """What of a biotext is encoded at once: "clauses" one by one (each GO name once), or "whole" as in the paper."""
    max_text_tokens: int = 128
    """Most text tokens a residue can look at in bsr: those of a biotext's units, one after the other."""
    streaming: bool = False
    """Whether training proteins are read from the shards as they are needed, shuffled in pools of 16,000."""

    def __post_init__(self) -> None:
        check(
            bool(self.shards), "data.shards", self.shards, "give the folder that `protclip data build` wrote"
        )
        check(self.batch_size >= 2, "data.batch_size", self.batch_size, "a contrast needs at least 2 pairs")
        lowest = {
            "accumulation": 1,
            "max_residues": 1,
            "max_text_tokens": 1,
            "global_batch": 0,
            "plain_texts": 0,
        }
        for key, low in lowest.items():
            check_number(f"data.{key}", getattr(self, key), low)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSection:
    """What the run starts from: a checkpoint, or a shape with fresh weights."""

    checkpoint: str = ""
    """Folder of a checkpoint to start from; empty means fresh weights of ``shape``."""
    shape: dict[str, Any] = field(default_factory=dict)
    """Values of ProtCLIPConfig by name, for a model with fresh weights."""
    text_model: str = "minilm"
    """The text tower: "minilm" (from its package), or the folder of a BERT-like model."""
    freeze_protein: bool = False
    """Whether the protein tower and its projection stay as they are, so that its embeddings remain valid."""
    activation_checkpointing: bool = False
    """Whether the backward pass computes the transformer's activations again instead of keeping them."""

    def __post_init__(self) -> None:
        check(
            bool(self.text_model),
            "model.text_model",
            self.text_model,
            'give "minilm" or the folder of a model',
        )
        if self.checkpoint and self.shape:
            raise InputError(
                f"model.checkpoint ({self.checkpoint}) and model.shape exclude each other: "
                "a checkpoint brings its own shape. Remove one of them."
            )
        if not (self.checkpoint or self.shape):
            raise InputError(
                "there is no model: set model.checkpoint to a folder, or give [model.shape] its values."
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectivesSection:
    """Weight of each loss in the total; 0 switches it off. Defaults: Zhou et al. 2025, total loss."""

    gc: float = 1.0
    """Global contrast of proteins and their biotexts."""
    bsr: float = 0.7
    """Biotext-guided static segment reconstruction."""
    pda: float = 1.0
    """Property-grouped dynamic segment alignment."""
    mlm: float = 0.3
    """Masked residue modelling."""
    term: float = 0.0
    """Contrast of proteins with the names of all GO terms at once."""
    paraphrase: float = 0.0
    """Contrast of a GO term's name with its synonyms and definition (text tower only)."""
    pda_threshold: float = 0.0
    """Relative similarity under which pda leaves a residue out (the paper's theta), below 1; 0 = the model's own."""
    release_compat: tuple[str, ...] = ()
    """Names of the switches of ReleaseCompat to turn on, or "all": departures of the authors' code from the paper."""

    def __post_init__(self) -> None:
        weights = {key: getattr(self, key) for key in ("gc", "bsr", "pda", "mlm", "term", "paraphrase")}
        for key, weight in weights.items():
            check_number(f"objectives.{key}", weight)
        if not any(weights.values()):
            raise InputError(
                f"all objective weights are 0: set one of {', '.join(weights)} in [objectives] above 0."
            )
        good = 0 <= self.pda_threshold < 1
        check(good, "objectives.pda_threshold", self.pda_threshold, "give a number of at least 0 and below 1")
        ReleaseCompat.of(self.release_compat)

    @property
    def compat(self) -> ReleaseCompat:
        """The switches to the authors' form."""
        return ReleaseCompat.of(self.release_compat)

    @property
    def over_residues(self) -> bool:
        """Whether an objective is on that looks at single residues."""
        return bool(self.bsr or self.pda or self.mlm)


@dataclass(frozen=True, slots=True, kw_only=True)
class OptimizerSection:
    """AdamW and its schedule. Defaults: Zhou et al. 2025 (rate, decay) and its released code (warm-up)."""

    lr: float = 1e-5
    """Peak learning rate of the dense weights."""
    table_lr: float = 2e-2
    """Peak learning rate of the k-mer tables, which have sparse gradients."""
    betas: tuple[float, float] = (0.9, 0.999)
    """Decay rates of Adam's first and second moment, each at least 0 and below 1."""
    weight_decay: float = 0.0
    """Decoupled weight decay of matrices; vectors and scalars have none."""
    warmup_share: float = 0.03
    """Share of the run over which the rates rise from 0, at least 0 and below 1."""
    schedule: Schedule = "linear"
    """Course of the rates after the warm-up: linear or cosine to 0, or constant."""
    grad_clip: float = 1.0
    """Largest norm of the gradient of all dense weights together; 0 = no clipping."""
    zero1: bool = False
    """Whether each process keeps the optimizer's state of its share of the weights only (ZeRO stage 1)."""
    grad_cache: int = 0
    """Number of pairs embedded at once where the batch does not fit, for gc alone; 0 = the whole micro-batch."""
    loss_scale_power: int = 16
    """First loss scale of fp16 as a power of 2, from 0 to 24."""

    def __post_init__(self) -> None:
        check_number("optimizer.grad_cache", self.grad_cache)
        good = 0 <= self.loss_scale_power <= 24
        check(good, "optimizer.loss_scale_power", self.loss_scale_power, "give a whole number from 0 to 24")
        check_number("optimizer.lr", self.lr, above=True)
        check_number("optimizer.table_lr", self.table_lr, above=True)
        check_number("optimizer.weight_decay", self.weight_decay)
        check_number("optimizer.grad_clip", self.grad_clip)
        good = all(0 <= beta < 1 for beta in self.betas)
        check(good, "optimizer.betas", self.betas, "give two numbers of at least 0 and below 1")
        good = 0 <= self.warmup_share < 1
        check(good, "optimizer.warmup_share", self.warmup_share, "give a number of at least 0 and below 1")


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotSection:
    """How often the training state is saved."""

    minutes: float = 10.0
    """Minutes between snapshots."""
    keep: int = 3
    """Number of latest snapshots kept beside the best one."""

    def __post_init__(self) -> None:
        check_number("snapshot.minutes", self.minutes, above=True)
        check_number("snapshot.keep", self.keep, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationSection:
    """How often the held-out proteins are looked at during training."""

    every_minutes: float = 10.0
    """Minutes between evaluations; one more is made at the end."""
    every_epochs: int = 0
    """Epochs between evaluations, in the place of every_minutes; 0 = go by the minutes."""
    num_proteins: int = 5000
    """Number of validation proteins ranked against each other; 0 = no evaluation."""

    def __post_init__(self) -> None:
        check_number("evaluation.every_minutes", self.every_minutes, above=True)
        check_number("evaluation.every_epochs", self.every_epochs)
        good = self.num_proteins == 0 or self.num_proteins >= 2
        check(good, "evaluation.num_proteins", self.num_proteins, "give 0 for no evaluation, or at least 2")
