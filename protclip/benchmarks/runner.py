"""Any of the 22 benchmarks with any model: which code answers which family, and the command that repeats a row."""

import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from protclip.benchmarks.models.catalogue import MINI, Effort, Finetune, refuse_idle
from protclip.benchmarks.registry import Benchmark, Family
from protclip.benchmarks.tasks import BenchmarkRun, LabelledTask, TaskModel
from protclip.errors import AssetError, InputError, ProtCLIPError

if TYPE_CHECKING:
    from protclip.benchmarks.class_texts import PromptField
    from protclip.benchmarks.cross_modal_graph import NodeEmbedder
    from protclip.encode import Encoder


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """What is asked of each benchmark.

    Parameters
    ----------
    model
        A checkpoint's folder or a name that `models.catalogue` knows; None is the shipped checkpoint.
    data
        Where the files are. Those of a benchmark may lie in a folder in it with its key or its family as name.
    effort
        Whose settings train: Zhou et al.'s and PEER's, ProtST's, or ours for two CPU cores.
    shots
        Answer by texts of the classes, with this many examples of each, in place of training; None is training.
    prompts
        TSV file with a text for each class; None takes the names of the classes.
    prompt_field
        Which of its columns has the text.
    """

    model: str | None
    data: Path
    seeds: tuple[int, ...]
    finetune: Finetune = "frozen"
    effort: Effort = "published"
    shots: int | None = None
    prompts: Path | None = None
    prompt_field: "PromptField" = "name"

    def __post_init__(self) -> None:
        if self.prompts is not None and self.shots is None:
            raise InputError(
                "--prompts has no effect without --shots; give --shots 0 for an answer by texts alone"
            )
        if self.prompt_field != "name" and self.prompts is None:
            raise InputError(
                "--prompt-field names a column of --prompts; give that file too, or leave it out"
            )
        trained = self.finetune == "full" or self.effort != "published"
        if self.shots is not None and trained:
            raise InputError("--shots trains nothing; leave it out, or --finetune and --effort")
        refuse_idle(self.model or MINI, finetune=self.finetune, effort=self.effort)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A benchmark that could not be run, and why."""

    benchmark: Benchmark
    reason: str


def run_benchmarks(
    benchmarks: Sequence[Benchmark],
    asked: Evaluation,
    done: Callable[[Benchmark, BenchmarkRun], None],
    say: Callable[[str], None],
) -> list[LeftOut]:
    """Run benchmarks one after the other and go on past those that cannot be run; returns these.

    ``done`` gets each run as soon as it is there, ``say`` a line on what comes next.
    """
    left_out = []
    for number, benchmark in enumerate(benchmarks, start=1):
        say(f"{number} of {len(benchmarks)}: {benchmark.title}")
        if benchmark.family != "labelled" and asked.effort != "published":
            say(
                f"{benchmark.key} has one way of being trained: --effort {asked.effort} changes nothing there"
            )
        try:
            for run in run_benchmark(benchmark, asked):
                done(benchmark, run)
        except ProtCLIPError as error:
            say(f"{benchmark.key} is left out: {error}")
            left_out.append(LeftOut(benchmark=benchmark, reason=str(error)))
    return left_out


def run_benchmark(benchmark: Benchmark, asked: Evaluation) -> Iterator[BenchmarkRun]:
    """The runs of one benchmark, one for each seed and way of answering.

    Raises
    ------
    AssetError
        If files of the benchmark or of the model are missing or damaged.
    InputError
        If the benchmark cannot be answered in the way that is asked.
    """
    if benchmark.family != "labelled" and (asked.finetune == "full" or asked.shots is not None):
        option = "--finetune full" if asked.finetune == "full" else "--shots"
        raise InputError(f"{benchmark.key} trains no tower and has no classes; leave {option} out")
    return _RUNS[benchmark.family](benchmark, asked)


def command_of(benchmark: Benchmark, asked: Evaluation, run: BenchmarkRun) -> str:
    """The command line that repeats one run. Folders outside the current one stand in it by their last name alone."""
    words = ["protclip", "evaluate", "--benchmark", benchmark.key]
    if asked.model is not None:
        words += ["--model", _told(asked.model)]
    if asked.finetune == "full":
        words += ["--finetune", "full"]
    if benchmark.family == "labelled" and asked.effort != "published":
        words += ["--effort", asked.effort]
    if asked.shots is not None:
        words += ["--shots", str(asked.shots)]
    if asked.prompts is not None:
        words += ["--prompts", _told(asked.prompts)]
    if asked.prompt_field != "name":
        words += ["--prompt-field", asked.prompt_field]
    return shlex.join([*words, "--data", _told(asked.data), "--seed", str(run.seed)])


def folder_of(benchmark: Benchmark, data: Path) -> Path:
    """Where the files of a benchmark are: in the folder of its key, or of its family, or in the folder itself."""
    for name in (benchmark.key, benchmark.family):
        if (data / name).is_dir():
            return data / name
    return data


def _told(path: str | Path) -> str:
    """A path as it may stand in a table that is shared: no folders of this machine."""
    given = Path(path)
    if not given.is_absolute():
        return str(path)
    here = Path.cwd()
    return str(given.relative_to(here)) if given.is_relative_to(here) else given.name


@lru_cache(maxsize=1)
def _encoder(model: str) -> "Encoder":
    """The encoder of a checkpoint; the same one for all benchmarks, which keep what they embedded with it."""
    from protclip.encode import Encoder

    return Encoder.from_pretrained(None if model == MINI else model)


@lru_cache(maxsize=1)
def _embedder(model: str) -> "NodeEmbedder":
    """ProtCLIP for proteins and texts, or any source of proteins' rows beside the shipped checkpoint for texts."""
    from protclip.benchmarks.cross_modal_graph import NodeEmbedder
    from protclip.benchmarks.models.catalogue import embeds_texts, feature_source

    if embeds_texts(model):
        return NodeEmbedder(encoder=_encoder(model))
    return NodeEmbedder(encoder=_encoder(MINI), source=feature_source(model))


def _labelled(benchmark: Benchmark, asked: Evaluation) -> Iterator[BenchmarkRun]:
    from protclip.benchmarks.labelled_run import run_labelled

    task = _task(benchmark.key, folder_of(benchmark, asked.data), trains=asked.shots != 0)
    model, task = _prompted(asked, task) if asked.shots is not None else (_trained(asked), task)
    for seed in asked.seeds:
        yield run_labelled(model, task, seed=seed)


def _task(key: str, folder: Path, *, trains: bool) -> LabelledTask:
    """The set of a benchmark; for what trains on nothing the test split will do."""
    from protclip.benchmarks.labelled_sets import load_labelled
    from protclip.benchmarks.untrained_sets import load_untrained

    try:
        return load_labelled(key, folder)
    except AssetError as incomplete:
        if trains:
            raise
        try:
            return load_untrained(key, folder)
        except (AssetError, InputError):
            raise incomplete from None


def _trained(asked: Evaluation) -> TaskModel:
    from protclip.benchmarks.models.catalogue import task_model

    return task_model(asked.model or MINI, finetune=asked.finetune, effort=asked.effort)


def _prompted(asked: Evaluation, task: LabelledTask) -> tuple[TaskModel, LabelledTask]:
    """What answers by texts, and the task with a note of how many of its classes have none."""
    from protclip.benchmarks.class_texts import class_texts
    from protclip.benchmarks.zero_shot import PromptModel

    texts, name = class_texts(task.classes), ""
    if asked.prompts is not None:
        from protclip.benchmarks.formats.protst_prompts import read_prompts

        texts = class_texts(task.classes, read_prompts(asked.prompts), asked.prompt_field)
        name = asked.prompts.name.partition(".")[0]
        name += "" if asked.prompt_field == "name" else f", {asked.prompt_field}s"
    model = PromptModel(
        encoder=_encoder(asked.model or MINI), texts=texts, shots=asked.shots or 0, prompts=name
    )
    if all(texts):
        return model, task
    lacking = f"{texts.count('')} of {len(texts)} classes have no text and are never predicted"
    return model, replace(task, note="; ".join(filter(None, (task.note, lacking))))


def _similarity(benchmark: Benchmark, asked: Evaluation) -> Iterator[BenchmarkRun]:
    from protclip.benchmarks.models.catalogue import similarity_source
    from protclip.benchmarks.semantic_similarity import measure_similarity

    # Nothing is drawn there but the bootstrap: one run, whatever the seeds.
    source = similarity_source(asked.model or MINI)
    yield measure_similarity(benchmark.key, folder_of(benchmark, asked.data), source)


def _interaction(benchmark: Benchmark, asked: Evaluation) -> Iterator[BenchmarkRun]:
    from protclip.benchmarks.interaction_types import measure_interaction
    from protclip.benchmarks.models.catalogue import feature_source

    source = feature_source(asked.model or MINI)
    return measure_interaction(benchmark.key, folder_of(benchmark, asked.data), source, asked.seeds)


def _cross_modal(benchmark: Benchmark, asked: Evaluation) -> Iterator[BenchmarkRun]:
    from protclip.benchmarks.cross_modal import measure_cross_modal

    embedder = _embedder(asked.model or MINI)
    return measure_cross_modal(benchmark.key, folder_of(benchmark, asked.data), embedder, asked.seeds)


_RUNS: Mapping[Family, Callable[[Benchmark, Evaluation], Iterator[BenchmarkRun]]] = {
    "labelled": _labelled,
    "similarity": _similarity,
    "interaction": _interaction,
    "cross-modal": _cross_modal,
}
