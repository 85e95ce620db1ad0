"""Fine-tuning: a two-layer head on the unprojected mean of the protein tower, frozen or tuned with it.

Zhou et al. 2025, section on downstream tasks: learning rate 5e-5, batches of 512, the end when ten epochs were no
better on the validation split. The shared space is left out: its projection keeps what texts speak of.
"""

import copy
import csv
import math
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from protclip.batching import token_batches
from protclip.benchmarks.results import append_rows
from protclip.benchmarks.task_metrics import BEST, task_metrics
from protclip.benchmarks.tasks import SPLITS, Examples, LabelledTask, SplitName, TaskKind
from protclip.encode import Encoder
from protclip.errors import InputError
from protclip.model.modeling import ProtCLIPModel
from protclip.model.processing import collate_residues, residue_tokens
from train.device import check_precision, resolve_device
from train.finetune_config import FinetuneConfig
from train.labelled_data import read_labelled
from train.learner import DTYPES

MAX_TOKENS = 32_768
"""Padded residue tokens that go through the tower at once where no gradient is kept."""


class Predictor(nn.Module):
    """The tower and its head. Numbers are predicted in units of the training labels' spread around their mean."""

    def __init__(self, model: ProtCLIPModel, num_outputs: int) -> None:
        super().__init__()
        width = model.config.protein_config.hidden_size
        self.model, self.device = model, model.log_scale.device
        self.head = nn.Sequential(nn.Linear(width, width), nn.ReLU(), nn.Linear(width, num_outputs))
        self.feature_mean: Tensor
        self.feature_spread: Tensor
        self.register_buffer("feature_mean", torch.zeros(width))
        self.register_buffer("feature_spread", torch.ones(width))

    def standardize(self, features_ND: Tensor) -> None:
        """From now on bring features to mean 0 and spread 1 over these."""
        self.feature_mean.copy_(features_ND.mean(0))
        self.feature_spread.copy_(features_ND.std(0, correction=0).clamp(min=1e-6))

    def outputs(self, features_BD: Tensor) -> Tensor:
        """The head over features, (B, C)."""
        outputs_BC: Tensor = self.head((features_BD - self.feature_mean) / self.feature_spread)
        return outputs_BC

    def features(self, tokens: Sequence[np.ndarray]) -> Tensor:
        """Mean residue features (B, D) before projection."""
        batch = collate_residues(tokens)
        ids, mask = batch.input_ids.to(self.device), batch.attention_mask.to(self.device)
        return self.model.protein_features(ids, mask)


def finetune(config: FinetuneConfig) -> dict[str, float]:
    """Train, keep the best epoch, and write what it predicts for the test split; returns the test metrics.

    Raises
    ------
    InputError, AssetError
        Where data, checkpoint or device are not what the task needs.
    """
    device = resolve_device(config.device, local_rank=0, size=1)
    check_precision(config.precision, device)
    data = read_labelled(Path(config.data), config.task)
    encoder = Encoder.from_pretrained(config.checkpoint or None, device=device)
    if config.max_residues > encoder.config.max_residues:
        raise InputError(
            f"max_residues = {config.max_residues} is longer than the model's windows of "
            f"{encoder.config.max_residues} residues: lower it."
        )
    torch.manual_seed(config.seed)
    tuner = Finetuning(config, data, Predictor(encoder.model, len(data.classes)).to(device))
    tuner.train()
    return tuner.finish(encoder)


class Finetuning:
    """One fine-tuning: the predictor, its optimizer, and the splits as tokens or, frozen, as features."""

    def __init__(self, config: FinetuneConfig, data: LabelledTask, predictor: Predictor) -> None:
        self.config, self.data, self.predictor = config, data, predictor
        self.device = predictor.device
        self.tokens = {split: tokens_of(data.splits[split], config.max_residues) for split in SPLITS}
        targets = torch.from_numpy(data.splits["train"].targets)
        is_number = config.task == "regression"
        self.center = float(targets.mean()) if is_number else 0.0
        self.spread = (float(targets.std(correction=0)) or 1.0) if is_number else 1.0
        # Never asked, and would be tuned; a checkpoint that has its own gets it back.
        self.text_model, predictor.model.text_model = predictor.model.text_model, None
        predictor.model.requires_grad_(not config.frozen)
        self.features = {split: self._features(split) for split in SPLITS} if config.frozen else {}
        if config.standardize:
            of_train = self.features["train"] if config.frozen else self._features("train")
            predictor.standardize(of_train.to(self.device))
        trained = [p for p in predictor.parameters() if p.requires_grad]
        self.optimizer = torch.optim.AdamW(trained, lr=config.lr, weight_decay=0.0)
        self.scaler = torch.amp.GradScaler(self.device.type, enabled=config.precision == "fp16")
        self.rng = np.random.default_rng(config.seed)

    def train(self) -> None:
        """Epochs until patience is out; afterwards the predictor is that of the best one."""
        best, waited, kept = -math.inf, 0, copy.deepcopy(self._state())
        sign = -1.0 if self.config.task == "regression" else 1.0
        for epoch in range(1, self.config.epochs + 1):
            loss = self._epoch()
            value = self.metrics("valid")[BEST[self.config.task]]
            self._tell(epoch, loss, value)
            if sign * value > best:
                best, waited, kept = sign * value, 0, copy.deepcopy(self._state())
            else:
                waited += 1
            if waited >= self.config.patience:
                break
        self.predictor.load_state_dict(kept, strict=False)

    def _state(self) -> dict[str, Tensor]:
        """What is trained: the head alone where the tower is frozen."""
        module: nn.Module = self.predictor.head if self.config.frozen else self.predictor
        prefix = "head." if self.config.frozen else ""
        return module.state_dict(prefix=prefix)

    def _epoch(self) -> float:
        """One pass over the training split; the mean loss."""
        # Eval mode in a frozen tower, so that its features are always the same.
        self.predictor.train(not self.config.frozen)
        order = self.rng.permutation(len(self.data.splits["train"]))
        size, total = self.config.batch_size, 0.0
        for first in range(0, len(order), size):
            total += self._step(order[first : first + size])
        return total / len(order)

    def _step(self, places: np.ndarray) -> float:
        """One optimizer step from micro-batches; the summed loss of its proteins."""
        self.optimizer.zero_grad(set_to_none=True)
        total = 0.0
        for first in range(0, len(places), self.config.micro_batch):
            part = places[first : first + self.config.micro_batch]
            with self._autocast():
                outputs = self.predictor.outputs(self._inputs("train", part))
            # Summed and divided by the whole batch: micro-batches of any size give its gradient.
            loss = task_loss(self.config.task, outputs.float(), self._targets("train", part)).sum()
            if not bool(torch.isfinite(loss)):
                raise InputError("the loss is no number: lower lr, or set precision to fp32.")
            self.scaler.scale(loss / len(places)).backward()
            total += loss.item()
        self.scaler.step(self.optimizer)
        self.scaler.update()
        return total

    def _inputs(self, split: SplitName, places: Sequence[int] | np.ndarray) -> Tensor:
        if self.config.frozen:
            return self.features[split][torch.as_tensor(np.asarray(places))].to(self.device)
        return self.predictor.features([self.tokens[split][int(i)] for i in places])

    def _targets(self, split: SplitName, places: np.ndarray) -> Tensor:
        targets = torch.from_numpy(self.data.splits[split].targets[places]).to(self.device)
        return (targets - self.center) / self.spread

    def _autocast(self) -> torch.autocast:
        dtype = DTYPES[self.config.precision]
        return torch.autocast(self.device.type, dtype, enabled=dtype != torch.float32)

    def _features(self, split: SplitName) -> Tensor:
        """Features of a split on the CPU, computed once."""
        tokens = self.tokens[split]
        found = torch.zeros(len(tokens), self.predictor.model.config.protein_config.hidden_size)
        self.predictor.eval()
        for places in token_batches([len(t) for t in tokens], MAX_TOKENS):
            with torch.no_grad(), self._autocast():
                found[places] = self.predictor.features([tokens[i] for i in places]).float().cpu()
        return found

    def predict(self, split: SplitName) -> np.ndarray:
        """Scores (N, C): numbers, logits of classes, or probabilities for sets of classes."""
        lengths = [len(t) for t in self.tokens[split]]
        self.predictor.eval()
        scores = torch.zeros(len(lengths), len(self.data.classes))
        for places in token_batches(lengths, MAX_TOKENS):
            with torch.no_grad(), self._autocast():
                scores[places] = self.predictor.outputs(self._inputs(split, places)).float().cpu()
        if self.config.task == "multi-label":
            return scores.sigmoid().numpy()
        return (scores * self.spread + self.center).numpy()

    def metrics(self, split: SplitName) -> dict[str, float]:
        """The task's metrics on one split."""
        return task_metrics(self.config.task, self.predict(split), self.data.splits[split].targets)

    def finish(self, encoder: Encoder) -> dict[str, float]:
        """Write head, predictions, a tuned tower's checkpoint and the result rows; the test metrics."""
        folder = Path(self.config.output)
        folder.mkdir(parents=True, exist_ok=True)
        self.config.save(folder / "finetune.toml")
        saved = ("head.", "feature_")
        state = self.predictor.state_dict().items()
        head = {name: t.detach().cpu() for name, t in state if name.startswith(saved)}
        units = {"task": self.config.task, "center": repr(self.center), "spread": repr(self.spread)}
        save_file(
            head, folder / "head.safetensors", metadata=units | {"classes": "\n".join(self.data.classes)}
        )
        if not self.config.frozen:
            self._save_checkpoint(folder / "checkpoint", encoder)
        write_predictions(
            folder / "predictions.csv", self.data.splits["test"], self.predict("test"), self.data
        )
        found = self.metrics("test")
        if self.config.results:
            self._append(found, encoder)
        return found

    def _save_checkpoint(self, folder: Path, encoder: Encoder) -> None:
        if self.text_model is not None and not encoder.config.text_source:
            self.predictor.model.attach_text_model(self.text_model)
            encoder.processor.save_pretrained(folder)
        self.predictor.model.save_pretrained(folder)

    def _append(self, found: dict[str, float], encoder: Encoder) -> None:
        """One result row for each test metric."""
        config = self.config
        common: dict[str, object] = {
            "benchmark": f"{config.task_name}/test",
            "n": len(self.data.splits["test"]),
            "model": f"{encoder.name} {'frozen' if config.frozen else 'tuned'}",
            "fingerprint": encoder.fingerprint,
            "data": f"{len(self.data.splits['train'])} train, {len(self.data.splits['valid'])} valid",
            "seed": config.seed,
        }
        rows: list[Mapping[str, object]] = []
        rows += [common | {"metric": name, "value": value} for name, value in found.items()]
        append_rows(Path(config.results), rows, command=config.command)

    def _tell(self, epoch: int, loss: float, value: float) -> None:
        print(f"epoch {epoch}: loss {loss:.4g}, valid {BEST[self.config.task]} {value:.4g}", file=sys.stderr)


def tokens_of(examples: Examples, max_residues: int) -> list[npt.NDArray[np.uint8]]:
    """Residue tokens of each protein, cut after ``max_residues``."""
    return [residue_tokens(sequence[:max_residues]) for sequence in examples.sequences]


def task_loss(task: TaskKind, outputs_NC: Tensor, targets_NC: Tensor) -> Tensor:
    """Loss of each protein (N,): squared error, cross-entropy, or binary cross-entropy averaged over classes."""
    if task == "regression":
        return (outputs_NC - targets_NC).square().mean(1)
    if task == "single-label":
        return nn.functional.cross_entropy(outputs_NC, targets_NC, reduction="none")
    return nn.functional.binary_cross_entropy_with_logits(outputs_NC, targets_NC, reduction="none").mean(1)


def write_predictions(path: Path, examples: Examples, scores_NC: np.ndarray, data: LabelledTask) -> None:
    """A row for each protein: sequence, true label, and the predicted number or the score of each class."""
    numbers = data.classes == ("regression",)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["seq", "label", *(["predicted"] if numbers else data.classes)])
        for sequence, target_C, score_C in zip(examples.sequences, examples.targets, scores_NC, strict=True):
            true = [data.classes[i] for i in np.flatnonzero(target_C)]
            label = f"{target_C[0]:.6g}" if numbers else ";".join(true)
            writer.writerow([sequence, label, *(f"{score:.6g}" for score in score_C)])
