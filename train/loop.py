"""The training loop: batches to losses to steps, with snapshots, evaluations and a log."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, nullcontext
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from protclip.model.processing import TokenBatch
from train.config import RunConfig
from train.device import DTYPES, usable_precision
from train.distributed import World, start
from train.divergence import TrainingDivergedError, bad_rows, where_from
from train.fit_checks import check_model_fits
from train.grad_cache import cached_backward
from train.learner import Learner
from train.loader import PairBatch, Place, Position
from train.objectives import Embedded, Objectives, Paraphrases, TermTargets
from train.prepare import Prepared, prepare
from train.report import Report
from train.snapshot import latest, refuse_used_folder, save_snapshot
from train.spent import Clock, Spent
from train.stop_request import StopRequest
from train.stream_loader import make_loader
from train.stream_order import StreamPosition
from train.throughput import Throughput, measured_peak
from train.validation import HeldOut, held_out

NUM_TERMS, NUM_PARAPHRASES = 3000, 1024
"""Terms and paraphrase pairs drawn for each step."""


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
        precision = usable_precision(config.precision, world.device)
        config = replace(config, precision=precision).for_processes(world.size)
        check_model_fits(config)
        if not resume:
            refuse_used_folder(config.folder)
        torch.manual_seed(config.run.seed + world.rank)
        prepared = prepare(config)
        report = stack.enter_context(Report(config, world))
        Run(config, world, prepared, report).go(stop, resume=resume)


class Run:
    """One process's part in a run: the model, its optimizer and where they stand."""

    def __init__(self, config: RunConfig, world: World, prepared: Prepared, report: Report) -> None:
        self.config, self.world, self.report, self.prepared = config, world, report, prepared
        self.learner = Learner(config, world, prepared.model)
        corpus, index, features = prepared.corpus, prepared.train_index, prepared.text_features
        self.objectives = Objectives(config.objectives, corpus, index, features)
        self.loader = make_loader(config, world, prepared)
        self.held_out = self._held_out() if world.is_main and config.evaluation.num_proteins else None
        self.spent = Spent(position=StreamPosition() if config.data.streaming else Position())
        self.is_best = False
        self._evaluated_at = -1

    @property
    def share(self) -> float:
        """Share of the run that is done, 0 to 1."""
        return self.spent.share(self.config.run, self.loader.epochs(self.spent.position))

    @property
    def is_over(self) -> bool:
        """Whether a limit is reached, or too many evaluations in a row were no better."""
        return self.share >= 1 or self.spent.is_out_of_patience(self.config.run)

    def go(self, stop: StopRequest, *, resume: bool) -> None:
        """Run to the end or to a stop request; a run that has ended is left as it is."""
        if resume:
            self._restore()
        if self.is_over and self._has_ended():
            self.report.tell(
                f"nothing to do: the run ended at step {self.spent.step} and left {self.checkpoint}"
            )
            return
        throughput = self._throughput()
        self._log_start(throughput.peak)
        if self.spent.step == 0:
            self._evaluate()
            self.is_best = False
        if not self.is_over:
            self._train(stop, throughput)
        self._evaluate()
        if not self.is_over:
            self.report.tell(f"{stop.reason or 'the end'} after step {self.spent.step}; --resume continues")
        else:
            self._save_checkpoint()

    def _train(self, stop: StopRequest, throughput: Throughput) -> None:
        clock = Clock(self.config)
        self.learner.model.train()
        throughput.start(self.spent.seconds)
        for batches, following in self._micro_batches():
            began = time.monotonic()
            metrics = self._step(batches)
            seconds = self.spent.seconds + time.monotonic() - began
            # The clocks of processes differ, their decisions must not: the main one's hold.
            due = clock.due(self.spent.position, following)
            seconds, evaluate, save = self.world.broadcast((seconds, *due))
            self.spent = replace(self.spent, step=self.spent.step + 1, seconds=seconds, position=following)
            self._report(metrics, batches, throughput)
            done = self.world.any(stop.requested) or self.share >= 1
            if evaluate and not done:
                self._evaluate()
                # The best snapshot is of the very weights that were measured.
                save, done = save or self.is_best, self.is_over
            if save or done:
                self._save_snapshot()
            if done:
                return

    def _micro_batches(self) -> Iterator[tuple[list[PairBatch], Place]]:
        """The micro-batches of one optimizer step, and the place that follows them."""
        held: list[PairBatch] = []
        for batch, following in self.loader.stream(self.spent.position):
            held.append(batch)
            if len(held) == self.config.data.accumulation:
                yield held, following
                held = []

    def _step(self, batches: list[PairBatch]) -> dict[str, float]:
        """One optimizer step; its losses are means over the micro-batches."""
        self.learner.begin(self.share)
        metrics: dict[str, float] = {}
        for number, batch in enumerate(batches):
            last = number == len(batches) - 1
            with nullcontext() if last else self.world.no_sync(self.learner.model):
                for name, value in self._backward(batch, number, 1 / len(batches)).items():
                    metrics[name] = metrics.get(name, 0.0) + value / len(batches)
        return metrics | self.learner.step()

    def _backward(self, batch: PairBatch, number: int, share: float) -> dict[str, float]:
        rng = np.random.default_rng([self.config.run.seed, self.spent.step, number, self.world.rank])
        targets = self.objectives.draw_terms(rng, NUM_TERMS)
        pairs = self.objectives.draw_paraphrases(rng, NUM_PARAPHRASES)
        losses: dict[str, Tensor] = {}

        def loss_of(embedded: Embedded) -> Tensor:
            with self.learner.autocast():
                losses.update(self.objectives.losses(batch, embedded, targets, self.world))
                losses["loss"] = self.objectives.total(losses)
            self._check_finite(losses["loss"], batch, embedded)
            return self.learner.scaled(losses["loss"] * share)

        if chunk := self.config.optimizer.grad_cache:
            cached_backward(
                lambda rows: self._embed(batch, rows, targets, pairs),
                loss_of,
                len(batch),
                chunk,
                lambda: self.world.no_sync(self.learner.model),
            )
        else:
            loss_of(self._embed(batch, slice(None), targets, pairs)).backward()
        return {name: loss.item() for name, loss in losses.items()}

    def _embed(self, batch: PairBatch, rows: slice, targets: TermTargets, pairs: Paraphrases) -> Embedded:
        """Some rows of a batch, and the texts that belong to no row, through the model."""
        device = self.world.device
        tokens = TokenBatch(
            input_ids=batch.tokens.input_ids[rows].to(device),
            attention_mask=batch.tokens.attention_mask[rows].to(device),
        )
        texts = batch.text_features[rows], targets.features, pairs.name_features, pairs.other_features
        # What looks at residues is not dealt out in chunks: a run with a gradient cache has none of it.
        residues = None if batch.residues is None else batch.residues.to(device)
        with self.learner.autocast():
            embedded: Embedded = self.learner.model(tokens, *(t.to(device) for t in texts), residues)
        return embedded

    def _check_finite(self, total: Tensor, batch: PairBatch, embedded: Embedded) -> None:
        if not self.world.any(not bool(torch.isfinite(total))):
            return
        rows = bad_rows([embedded.protein, embedded.text, embedded.residues.pda_loss], len(batch))
        found = self.world.gather_objects((self._accessions(batch, rows), self._accessions(batch)))
        bad, accessions = ([name for part in parts for name in part] for parts in zip(*found, strict=True))
        raise TrainingDivergedError(
            f"the loss of step {self.spent.step + 1} is {total.item()} ({where_from(bad, accessions)}). "
            f"The last snapshot in {self.config.folder} is good: lower optimizer.lr and use --resume."
        )

    def _accessions(self, batch: PairBatch, rows: list[int] | None = None) -> list[str]:
        index = batch.index if rows is None else batch.index[rows]
        return [self.prepared.corpus.accessions[int(i)] for i in index]

    def _throughput(self) -> Throughput:
        peak = 0.0
        if self.world.is_main:
            peak, warning = measured_peak(self.world.device, DTYPES[self.config.precision])
            if warning:
                self.report.tell(warning)
        model, objectives = self.prepared.model.config, self.config.objectives
        return Throughput(config=model, objectives=objectives, peak=peak, processes=self.world.size)

    def _report(self, metrics: dict[str, float], batches: list[PairBatch], throughput: Throughput) -> None:
        step = self.spent.step
        for batch in batches:
            throughput.add(batch)
        if self.report.is_due(step):
            rate = self.learner.optimizer.param_groups[0]["lr"]
            seconds = self.spent.seconds
            speed = throughput.report(seconds)
            self.report.write("step", step=step, lr=rate, seconds=seconds, **metrics, **speed)
        self.report.progress(step=step, share=self.share, metrics={"loss": metrics["loss"]})

    def _held_out(self) -> HeldOut:
        p, evaluation = self.prepared, self.config.evaluation
        limit, seed = evaluation.num_proteins, self.config.run.seed
        found = held_out(p.corpus, p.splits, "valid", p.text_features, limit=limit, seed=seed)
        if p.residues is None or p.residues.token_states is None:
            return found
        return found.with_text_control(p.residues, self.config.data.max_residues, seed)

    def _evaluate(self) -> None:
        """Measure the main process's model, and let all know whether it is the best yet."""
        if not self.config.evaluation.num_proteins or self._evaluated_at == self.spent.step:
            return
        self._evaluated_at = self.spent.step
        if self.held_out is not None:
            found = self.held_out.metrics(self.learner.inner.model)
            self.report.write(
                "evaluation", step=self.spent.step, num_proteins=len(self.held_out.index), **found
            )
            self.report.tell(
                f"step {self.spent.step}: " + ", ".join(f"{k} {v:.4g}" for k, v in found.items())
            )
            self.spent = self.spent.evaluated(found, self.config.run.best_metric)
        self.spent = self.world.broadcast(self.spent)
        self.is_best = self.spent.waited == 0

    def _save_snapshot(self) -> None:
        snapshot = self.learner.snapshot(self.spent)
        if self.world.is_main:
            keep = self.config.snapshot.keep
            path = save_snapshot(snapshot, self.config.folder, keep=keep, best=self.is_best)
            self.report.write("snapshot", step=self.spent.step, file=path.name)
        self.is_best = False

    def _restore(self) -> None:
        found = latest(self.config.folder)
        if found is None:
            self.report.tell(f"no snapshot in {self.config.folder}: starting from the beginning")
            return
        self.spent = self.learner.restore(found)
        changed = RunConfig.from_dict(found.config).changed_keys(self.config)
        if changed:
            self.report.tell(f"resuming with other values of {', '.join(changed)} than the snapshot's")

    def _log_start(self, peak: float) -> None:
        num_train, split = len(self.prepared.train_index), self.prepared.splits.fingerprint
        self.report.start(step=self.spent.step, num_train=num_train, split=split, matmul_flops_per_s=peak)

    @property
    def checkpoint(self) -> Path:
        """The folder of the checkpoint that the run leaves."""
        return self.config.folder / "checkpoint"

    def _has_ended(self) -> bool:
        """Whether the checkpoint is written: a kill may have come between the last snapshot and it."""
        return self.report.ended_at(self.spent.step) and self.checkpoint.is_dir()

    def _save_checkpoint(self) -> None:
        """Save the last weights, or with patience the best ones, which the run was to find."""
        if not self.world.is_main:
            return
        taken = self.spent.step
        if self.config.run.patience and not self.is_best:
            taken = self.learner.take_best(self.config.folder) or taken
        self.prepared.save_checkpoint(self.checkpoint)
        seconds, folder = self.spent.seconds, str(self.checkpoint)
        self.report.write(
            "end", step=self.spent.step, checkpoint=folder, seconds=seconds, weights_of_step=taken
        )
        self.report.draw()
