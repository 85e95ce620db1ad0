"""Fine-tuning: a two-layer head on the unprojected mean of the protein tower, frozen or tuned with it.

Zhou et al. 2025, section on downstream tasks: learning rate 5e-5, batches of 512, the end when ten epochs were no
better on the validation split. The shared space is left out: its projection keeps what texts speak of.
"""

import csv
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file

from protclip.benchmarks.fitting import Epoch, FitSettings, Fitting, outputs_of
from protclip.benchmarks.models.frozen_head import head_fitting
from protclip.benchmarks.models.towers import ProtCLIPTower
from protclip.benchmarks.models.tuned_tower import TowerAndHead, token_rows, tower_fitting, with_all_words
from protclip.benchmarks.results import append_rows
from protclip.benchmarks.task_metrics import task_metrics
from protclip.benchmarks.tasks import SPLITS, Examples, LabelledTask
from protclip.encode import Encoder
from protclip.errors import InputError
from train.device import DTYPES, resolve_device, usable_precision
from train.finetune_config import FinetuneConfig
from train.labelled_data import read_labelled


def finetune(config: FinetuneConfig) -> dict[str, float]:
    """Train, keep the best epoch, and write what it predicts for the test split; returns the test metrics.

    Raises
    ------
    InputError, AssetError
        Where data, checkpoint or device are not what the task needs.
    """
    device = resolve_device(config.device, local_rank=0, size=1)
    config = replace(config, precision=usable_precision(config.precision, device))
    data = read_labelled(Path(config.data), config.task)
    encoder = Encoder.from_pretrained(config.checkpoint or None, device=device)
    if config.max_residues > encoder.config.max_residues:
        raise InputError(
            f"max_residues = {config.max_residues} is longer than the model's windows of "
            f"{encoder.config.max_residues} residues: lower it."
        )
    torch.manual_seed(config.seed)
    tuner = Finetuning(config, data, encoder)
    tuner.fitting.train()
    return tuner.finish()


class Finetuning:
    """One fine-tuning: what trains head or tower, and the files that are made of it."""

    def __init__(self, config: FinetuneConfig, data: LabelledTask, encoder: Encoder) -> None:
        self.config, self.data, self.encoder = config, data, encoder
        # Never asked, and would be tuned; a checkpoint that has its own gets it back.
        self.text_model, encoder.model.text_model = encoder.model.text_model, None
        tower = ProtCLIPTower(encoder.model, name=encoder.name, fingerprint=encoder.fingerprint)
        self.fitting = self._of_head(tower) if config.frozen else self._of_tower(tower)

    def _of_head(self, tower: ProtCLIPTower) -> Fitting:
        config, splits, dtype = self.config, self.data.splits, DTYPES[self.config.precision]
        rows = {split: token_rows(tower, splits[split], config.max_residues) for split in SPLITS}
        return head_fitting(
            {split: outputs_of(tower, rows[split], dtype) for split in SPLITS},
            self.data,
            _settings(config),
            standardize=config.standardize,
            seed=config.seed,
            device=self.encoder.device,
            tell=_tell,
        )

    def _of_tower(self, tower: ProtCLIPTower) -> Fitting:
        config = self.config
        return tower_fitting(
            tower,
            self.data,
            _settings(config),
            crop=config.max_residues,
            standardize=config.standardize,
            seed=config.seed,
            tell=_tell,
        )

    def finish(self) -> dict[str, float]:
        """Write head, predictions, a tuned tower's checkpoint and the result rows; the test metrics."""
        config, test = self.config, self.data.splits["test"]
        folder = Path(config.output)
        folder.mkdir(parents=True, exist_ok=True)
        config.save(folder / "finetune.toml")
        self._save_head(folder / "head.safetensors")
        if not config.frozen:
            self._save_checkpoint(folder / "checkpoint")
        scores_NC = self.fitting.predict("test")
        write_predictions(folder / "predictions.csv", test, scores_NC, self.data)
        found = task_metrics(config.task, scores_NC, test.targets)
        if config.results:
            self._append(found)
        return found

    def _save_head(self, path: Path) -> None:
        network = self.fitting.network
        head = network.head if isinstance(network, TowerAndHead) else network
        units = {"center": repr(self.fitting.center), "spread": repr(self.fitting.spread)}
        facts = {"task": self.config.task, **units, "classes": "\n".join(self.data.classes)}
        save_file({name: t.detach().cpu() for name, t in head.state_dict().items()}, path, metadata=facts)

    def _save_checkpoint(self, folder: Path) -> None:
        model = with_all_words(self.encoder.model)
        if self.text_model is not None and not model.config.text_source:
            model.attach_text_model(self.text_model)
            self.encoder.processor.save_pretrained(folder)
        model.save_pretrained(folder)

    def _append(self, found: dict[str, float]) -> None:
        """One result row for each test metric."""
        config, splits = self.config, self.data.splits
        common: dict[str, object] = {
            "benchmark": f"{config.task_name}/test",
            "n": len(splits["test"]),
            "model": f"{self.encoder.name} {'frozen' if config.frozen else 'tuned'}",
            "fingerprint": self.encoder.fingerprint,
            "data": f"{len(splits['train'])} train, {len(splits['valid'])} valid",
            "seed": config.seed,
        }
        rows: list[Mapping[str, object]] = []
        rows += [common | {"metric": name, "value": value} for name, value in found.items()]
        append_rows(Path(config.results), rows, command=config.command)


def _settings(config: FinetuneConfig) -> FitSettings:
    return FitSettings(
        lr=config.lr,
        epochs=config.epochs,
        patience=config.patience,
        batch_size=config.batch_size,
        micro_batch=config.micro_batch,
        dtype=DTYPES[config.precision],
    )


def _tell(epoch: Epoch) -> None:
    told = f"epoch {epoch.number}: loss {epoch.loss:.4g}, valid {epoch.metric} {epoch.value:.4g}"
    print(told, file=sys.stderr)


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
