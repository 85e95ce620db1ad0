"""The model with what turns its gradients into steps: optimizer, loss scale, and their state on disk."""

from dataclasses import asdict
from pathlib import Path

import torch
from torch import Tensor

from protclip.errors import InputError
from protclip.model.modeling import ProtCLIPModel
from train.activation_checkpointing import recompute_activations
from train.config import RunConfig
from train.device import DTYPES
from train.distributed import World, unwrap
from train.objectives import TrainingModel
from train.optim import make_optimizer, rate_share, resume_optimizer, set_rates
from train.rng_state import capture_rng, restore_rng
from train.snapshot import Snapshot, best_snapshot, load_snapshot
from train.spent import Spent, place_of


class Learner:
    """One process's model, wrapped for all processes, and its optimizer."""

    def __init__(self, config: RunConfig, world: World, model: ProtCLIPModel) -> None:
        self.config, self.world = config, world
        if config.model.activation_checkpointing:
            recompute_activations(model)
        training_model = TrainingModel(model, config.objectives).to(world.device)
        self.model = world.wrap_ddp(training_model)
        self.optimizer = make_optimizer(training_model, config.optimizer, world)
        self.scaler = torch.amp.GradScaler(
            world.device.type,
            init_scale=2.0**config.optimizer.loss_scale_power,
            enabled=config.precision == "fp16",
        )

    @property
    def inner(self) -> TrainingModel:
        """The model without DDP."""
        inner = unwrap(self.model)
        assert isinstance(inner, TrainingModel)
        return inner

    def autocast(self) -> torch.autocast:
        """The context of a forward pass in the run's precision."""
        dtype = DTYPES[self.config.precision]
        return torch.autocast(self.world.device.type, dtype, enabled=dtype != torch.float32)

    def begin(self, share: float) -> None:
        """Before the batches of a step: no gradient yet, and the rates of this point of the run."""
        set_rates(self.optimizer, rate_share(share, self.config.optimizer))
        self.optimizer.zero_grad(set_to_none=True)

    def scaled(self, loss: Tensor) -> Tensor:
        """The loss to go backward from: in fp16 a multiple, so that small gradients are not lost."""
        return self.scaler.scale(loss)

    def step(self) -> dict[str, float]:
        """Clip and step; after a gradient overflowed in fp16, skip it and halve the scale.

        The gradients are averaged by now, so every process finds the same overflow.
        """
        if self.config.optimizer.grad_clip:
            self.scaler.unscale_(self.optimizer)
            dense = [p for name, p in self.model.named_parameters() if ".tables." not in name]
            torch.nn.utils.clip_grad_norm_(dense, self.config.optimizer.grad_clip)
        self.scaler.step(self.optimizer)
        self.scaler.update()
        found = {"scale": self.inner.model.scale.item()}
        return found | ({"loss_scale": self.scaler.get_scale()} if self.scaler.is_enabled() else {})

    def snapshot(self, spent: Spent) -> Snapshot:
        """The state of the run; every process must call this, and the main one's is whole."""
        return Snapshot(
            step=spent.step,
            epoch=spent.position.epoch,
            model=self.inner.state_dict(),
            optimizers={"adamw": self.world.optimizer_state(self.optimizer)},
            schedule={"seconds": spent.seconds, "waited": spent.waited},
            scaler=self.scaler.state_dict(),
            sampler=asdict(spent.position),
            rng=self.world.gather_objects(capture_rng(self.world.device)),
            config=self.config.to_dict(),
            best=spent.best,
        )

    def restore(self, found: Snapshot) -> Spent:
        """Take over a snapshot's state, and return how far it was.

        Raises
        ------
        InputError
            Where it is of another model, or of a run with the other data.streaming.
        """
        position = place_of(found.sampler, streaming=self.config.data.streaming)
        try:
            self.inner.load_state_dict(dict(found.model))
            resume_optimizer(self.optimizer, found.optimizers["adamw"])
        except (RuntimeError, ValueError, IndexError, KeyError) as error:
            raise InputError(
                f"the snapshot of step {found.step} in {self.config.folder} is of another model. "
                "Give [model] and [objectives] as they were, or another run.name"
            ) from error
        if found.scaler:
            self.scaler.load_state_dict(dict(found.scaler))
        restore_rng(found.rng, self.world.rank, self.world.size, self.world.device)
        return Spent(
            step=found.step,
            seconds=found.schedule["seconds"],
            position=position,
            best=found.best,
            waited=found.schedule.get("waited", 0),
        )

    def take_best(self, folder: Path) -> int | None:
        """The weights of the snapshot that is kept as the best, and its step; None where there is none."""
        path = best_snapshot(folder)
        if path is None:
            return None
        found = load_snapshot(path)
        self.inner.load_state_dict(dict(found.model))
        return found.step
