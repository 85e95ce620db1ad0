"""The training loop: batches to losses to steps, with snapshots, evaluations and a log."""

import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, nullcontext
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from protclip.errors import InputError, ProtCLIPError
from protclip.model.processing import TokenBatch
from train.config import RunConfig
from train.distributed import World, check_precision, start, unwrap
from train.loader import PairBatch, PairLoader, Position
from train.objectives import Objectives, TrainingModel
from train.optim import make_optimizer, rate_share, resume_optimizer, set_rates
from train.prepare import Prepared, prepare
from train.progress_line import Progress
from train.rng_state import capture_rng, restore_rng
from train.run_log import RunLog, read_run_log
from train.snapshot import Snapshot, latest, refuse_used_folder, save_snapshot
from train.spent import Clock, Spent
from train.stop_request import StopRequest
from train.validation import HeldOut, held_out

NUM_TERMS, NUM_PARAPHRASES = 3000, 1024
"""Terms and paraphrase pairs drawn for each step."""
BEST_METRIC = "text_to_protein/mrr"
_LOG_EVERY = 20


class TrainingDivergedError(ProtCLIPError):
    """The loss is no number any more; the last snapshot is good."""


def train_run(config: RunConfig, *, resume: bool) -> None:
    """Train until the run's limit, a signal, or a loss that is no number; leave a checkpoint.

    Raises
    ------
    InputError, AssetError
        If what the run needs is missing or unfit; TrainingDivergedError if the loss becomes NaN.
    """
    with ExitStack() as stack:
        world = stack.enter_context(start(config.run.device, timeout_s=config.run.peer_timeout_s))
        stop = stack.enter_context(StopRequest())
        check_precision(config.precision, world.device)
        if not resume:
            refuse_used_folder(config.folder)
        torch.manual_seed(config.run.seed + world.rank)
        prepared = prepare(config)
        log = stack.enter_context(RunLog(config.folder / "run.jsonl")) if world.is_main else None
        Run(config, world, prepared, log).go(stop, resume=resume)


class Run:
    """One process's part in a run: the model, its optimizer and where they stand."""

    def __init__(self, config: RunConfig, world: World, prepared: Prepared, log: RunLog | None) -> None:
        self.config, self.world, self.log, self.prepared = config, world, log, prepared
        model = TrainingModel(prepared.model, config.objectives).to(world.device)
        self.model = world.wrap_ddp(model)
        self.optimizer = make_optimizer(model, config.optimizer)
        self.scaler = torch.amp.GradScaler(world.device.type, enabled=config.precision == "fp16")
        corpus, index, features = prepared.corpus, prepared.train_index, prepared.text_features
        self.objectives = Objectives(config.objectives, corpus, index, features)
        self.loader = PairLoader(
            corpus,
            index,
            features,
            batch_size=config.data.batch_size,
            max_residues=config.data.max_residues,
            seed=config.run.seed,
            rank=world.rank,
            size=world.size,
            residues=prepared.residues,
        )
        self.held_out = self._held_out() if world.is_main and config.evaluation.num_proteins else None
        self.spent = Spent()
        self.is_best = False

    @property
    def inner(self) -> TrainingModel:
        """The model without DDP."""
        inner = unwrap(self.model)
        assert isinstance(inner, TrainingModel)
        return inner

    @property
    def share(self) -> float:
        """Share of the run that is done, 0 to 1."""
        return self.spent.share(self.config.run, self.loader.batches_per_epoch)

    def go(self, stop: StopRequest, *, resume: bool) -> None:
        """Run to the end or to a stop request; a run that has ended is left as it is."""
        if resume:
            self._restore()
        if self.share >= 1 and self._has_ended():
            self._tell(f"nothing to do: the run ended at step {self.spent.step} and left {self.checkpoint}")
            return
        self._log_start()
        if self.spent.step == 0:
            self._evaluate()
            self.is_best = False
        if self.share < 1:
            progress = Progress() if self.world.is_main and "progress" in self.config.sinks else None
            self._train(stop, progress)
            if progress is not None:
                progress.close()
        self._evaluate()
        if self.share < 1:
            self._tell(f"{stop.reason or 'the end'} after step {self.spent.step}; --resume continues")
        else:
            self._save_checkpoint()

    def _train(self, stop: StopRequest, progress: Progress | None) -> None:
        clock = Clock(self.config)
        self.model.train()
        for batches, following in self._micro_batches():
            began = time.monotonic()
            set_rates(self.optimizer, rate_share(self.share, self.config.optimizer))
            metrics = self._step(batches)
            seconds = self.spent.seconds + time.monotonic() - began
            # The clocks of processes differ, their decisions must not: the main one's hold.
            seconds, evaluate, save = self.world.broadcast((seconds, *clock.due()))
            self.spent = replace(self.spent, step=self.spent.step + 1, seconds=seconds, position=following)
            self._report(metrics, progress)
            done = self.world.any(stop.requested) or self.share >= 1
            if evaluate and not done:
                self._evaluate()
                # The best snapshot is of the very weights that were measured.
                save = save or self.world.broadcast(self.is_best)
            if save or done:
                self._save_snapshot()
            if done:
                return

    def _micro_batches(self) -> Iterator[tuple[list[PairBatch], Position]]:
        """The micro-batches of one optimizer step, and the place that follows them."""
        held: list[PairBatch] = []
        for batch, following in self.loader.stream(self.spent.position):
            held.append(batch)
            if len(held) == self.config.data.accumulation:
                yield held, following
                held = []

    def _step(self, batches: list[PairBatch]) -> dict[str, float]:
        """One optimizer step; its losses are means over the micro-batches."""
        self.optimizer.zero_grad(set_to_none=True)
        metrics: dict[str, float] = {}
        for number, batch in enumerate(batches):
            last = number == len(batches) - 1
            with nullcontext() if last else self.world.no_sync(self.model):
                for name, value in self._backward(batch, number, 1 / len(batches)).items():
                    metrics[name] = metrics.get(name, 0.0) + value / len(batches)
        self._clip()
        self.scaler.step(self.optimizer)
        self.scaler.update()
        return metrics | {"scale": self.inner.model.scale.item()}

    def _backward(self, batch: PairBatch, number: int, share: float) -> dict[str, float]:
        rng = np.random.default_rng([self.config.run.seed, self.spent.step, number, self.world.rank])
        targets = self.objectives.draw_terms(rng, NUM_TERMS)
        pairs = self.objectives.draw_paraphrases(rng, NUM_PARAPHRASES)
        device = self.world.device
        tokens = TokenBatch(
            input_ids=batch.tokens.input_ids.to(device), attention_mask=batch.tokens.attention_mask.to(device)
        )
        texts = (batch.text_features, targets.features, pairs.name_features, pairs.other_features)
        residues = None if batch.residues is None else batch.residues.to(device)
        with self._autocast():
            embedded = self.model(tokens, *(t.to(device) for t in texts), residues)
            losses = self.objectives.losses(batch, embedded, targets, self.world)
            total = self.objectives.total(losses)
        self._check_finite(total, batch)
        self.scaler.scale(total * share).backward()
        return {"loss": total.item()} | {name: loss.item() for name, loss in losses.items()}

    def _autocast(self) -> torch.autocast:
        dtypes = {"fp32": torch.float32, "fp16": torch.float16, "bf16": torch.bfloat16}
        dtype = dtypes[self.config.precision]
        return torch.autocast(self.world.device.type, dtype, enabled=dtype != torch.float32)

    def _clip(self) -> None:
        if self.config.optimizer.grad_clip:
            self.scaler.unscale_(self.optimizer)
            dense = [p for name, p in self.model.named_parameters() if ".tables." not in name]
            torch.nn.utils.clip_grad_norm_(dense, self.config.optimizer.grad_clip)

    def _check_finite(self, total: Tensor, batch: PairBatch) -> None:
        if not self.world.any(not bool(torch.isfinite(total))):
            return
        accessions = [self.prepared.corpus.accessions[int(i)] for i in batch.index[:5]]
        raise TrainingDivergedError(
            f"the loss of step {self.spent.step + 1} is {total.item()} (batch of {', '.join(accessions)}, ...). "
            f"The last snapshot in {self.config.folder} is good: lower optimizer.lr and use --resume."
        )

    def _report(self, metrics: dict[str, float], progress: Progress | None) -> None:
        step = self.spent.step
        if self.log is not None and (step % _LOG_EVERY == 0 or step == 1):
            rate = self.optimizer.param_groups[0]["lr"]
            self.log.write("step", step=step, lr=rate, seconds=self.spent.seconds, **metrics)
        if progress is not None:
            proteins = self.config.data.batch_size * self.config.data.accumulation * self.world.size
            progress.update(
                step=step,
                share=self.share,
                proteins=proteins,
                metrics={"loss": metrics["loss"]},
            )

    def _held_out(self) -> HeldOut:
        p, evaluation = self.prepared, self.config.evaluation
        found = held_out(
            p.corpus,
            p.splits,
            "valid",
            p.text_features,
            limit=evaluation.num_proteins,
            seed=self.config.run.seed,
        )
        if p.residues is None or p.residues.token_states is None:
            return found
        return found.with_text_control(p.residues, self.config.data.max_residues, self.config.run.seed)

    def _evaluate(self) -> None:
        if self.held_out is None or self.log is None:
            return
        found = self.held_out.metrics(self.inner.model)
        self.log.write("evaluation", step=self.spent.step, num_proteins=len(self.held_out.index), **found)
        self._tell(f"step {self.spent.step}: " + ", ".join(f"{k} {v:.4g}" for k, v in found.items()))
        self.is_best = self.spent.best is None or found[BEST_METRIC] > self.spent.best
        if self.is_best:
            self.spent = replace(self.spent, best=found[BEST_METRIC])

    def _tell(self, text: str) -> None:
        if self.world.is_main:
            print(f"\n{text}", file=sys.stderr)

    def _state(self) -> Snapshot:
        spent = self.spent
        return Snapshot(
            step=spent.step,
            epoch=spent.position.epoch,
            model=self.inner.state_dict(),
            optimizers={"adamw": self.optimizer.state_dict()},
            schedule={"seconds": spent.seconds},
            scaler=self.scaler.state_dict(),
            sampler=asdict(spent.position),
            rng=self.world.gather_objects(capture_rng(self.world.device)),
            config=self.config.to_dict(),
            best=spent.best,
        )

    def _save_snapshot(self) -> None:
        snapshot = self._state()
        if self.log is not None:
            keep = self.config.snapshot.keep
            path = save_snapshot(snapshot, self.config.folder, keep=keep, best=self.is_best)
            self.is_best = False
            self.log.write("snapshot", step=self.spent.step, file=path.name)

    def _restore(self) -> None:
        found = latest(self.config.folder)
        if found is None:
            self._tell(f"no snapshot in {self.config.folder}: starting from the beginning")
            return
        changed = RunConfig.from_dict(found.config).changed_keys(self.config)
        if changed:
            self._tell(f"resuming with other values of {', '.join(changed)} than the snapshot's")
        try:
            self.inner.load_state_dict(dict(found.model))
            resume_optimizer(self.optimizer, found.optimizers["adamw"])
        except (RuntimeError, ValueError) as error:
            raise InputError(
                f"the snapshot of step {found.step} in {self.config.folder} is of another model. "
                "Give [model] and [objectives] as they were, or another run.name"
            ) from error
        self.scaler.load_state_dict(dict(found.scaler))
        restore_rng(found.rng, self.world.rank, self.world.size, self.world.device)
        self.spent = Spent(
            step=found.step,
            seconds=found.schedule["seconds"],
            position=Position(**found.sampler),
            best=found.best,
        )

    def _log_start(self) -> None:
        if self.log is not None:
            self.config.save(self.config.folder / "run.toml")
            self.log.start(
                self.config.to_dict(),
                step=self.spent.step,
                seed=self.config.run.seed,
                num_processes=self.world.size,
                num_train=len(self.prepared.train_index),
                split=self.prepared.splits.fingerprint,
            )

    @property
    def checkpoint(self) -> Path:
        """The folder of the checkpoint that the run leaves."""
        return self.config.folder / "checkpoint"

    def _has_ended(self) -> bool:
        """Whether the checkpoint is written: a kill may have come between the last snapshot and it."""
        if self.log is None:
            return True
        ends = [event.step for event in read_run_log(self.log.path) if event.event == "end"]
        return self.spent.step in ends and self.checkpoint.is_dir()

    def _save_checkpoint(self) -> None:
        if self.log is not None:
            self.prepared.save_checkpoint(self.checkpoint)
            seconds = self.spent.seconds
            self.log.write("end", step=self.spent.step, checkpoint=str(self.checkpoint), seconds=seconds)
