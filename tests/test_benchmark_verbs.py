"""`protclip evaluate --benchmark` and `--all`: which code answers, what is written, and what the exit code says."""

import csv
import shlex
import sys
from types import SimpleNamespace

import click
import numpy as np
import pytest

from protclip.benchmark_verbs import evaluate_benchmarks
from protclip.benchmarks.registry import BENCHMARKS, benchmark_of
from protclip.benchmarks.results import Measurement
from protclip.benchmarks.runner import Evaluation, command_of, folder_of, run_benchmark
from protclip.benchmarks.tasks import BenchmarkRun, Examples, LabelledTask
from protclip.cli import main
from protclip.errors import AssetError, InputError
from protclip.release_verbs import evaluate

PART = Examples(sequences=("MKV", "MKW", "MAA"), targets=np.eye(3, dtype=np.float32))
TASK = LabelledTask(
    name="bin",
    kind="single-label",
    classes=("a", "b", "c"),
    splits=dict.fromkeys(("train", "valid", "test"), PART),
)


class Third:
    """A model that thinks all proteins are of the third class."""

    fingerprint = "f1"

    def __init__(self, name, finetune):
        self.name = f"{name} {finetune}"

    def predict(self, task, *, seed):
        return np.tile(np.float32([0, 0, 1]), (len(task.splits["test"]), 1))


@pytest.fixture
def parts(monkeypatch):
    """The modules that answer for a family, with what they were called with."""
    called = []

    def load_labelled(key, folder):
        called.append((key, folder))
        if key != "bin":
            raise AssetError(f"{key} needs its files.\nThey are far away")
        return TASK

    def run(key, folder, source, *seeds):
        called.append((key, folder, source))
        return BenchmarkRun(
            model=source, fingerprint="", seed=0, data="set 0123",
            measured=(Measurement(metric="spearman", value=0.5, low=0.4, high=0.6, n=10),), note="a substitute",
        )  # fmt: skip

    def runs(key, folder, source, seeds):
        return (run(key, folder, source) for _ in seeds)

    made = {
        "labelled_sets": SimpleNamespace(load_labelled=load_labelled),
        "models.catalogue": SimpleNamespace(
            task_model=lambda name, *, finetune, effort: Third(name, finetune),
            feature_source=lambda name: name,
        ),
        "semantic_similarity": SimpleNamespace(measure_similarity=run),
        "interaction_types": SimpleNamespace(measure_interaction=runs),
    }
    for name, module in made.items():
        monkeypatch.setitem(sys.modules, f"protclip.benchmarks.{name}", module)
    return called


def call(*arguments):
    with pytest.raises(SystemExit) as left:
        main(["evaluate", *map(str, arguments)])
    return left.value.code


def rows_of(path):
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def parsed(command):
    """The parameters that click reads of a command line, or a usage error."""
    words = shlex.split(command)
    assert words[:2] == ["protclip", "evaluate"]
    return evaluate.make_context("evaluate", words[2:]).params


def test_each_seed_is_rows_with_the_command_that_makes_it_again(parts, tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()
    given = [
        "--benchmark",
        "bin",
        "--model",
        "cnn",
        "--finetune",
        "full",
        "--effort",
        "quick",
        "--data",
        "data",
    ]
    assert call(*given, "--seed", 3, "--seed", 4, "--output", "new/rows.csv") == 0
    rows = rows_of(tmp_path / "new" / "rows.csv")
    assert {row["seed"] for row in rows} == {"3", "4"}
    assert {row["model"] for row in rows} == {"cnn full"}
    accuracy = [row for row in rows if row["metric"] == "accuracy"]
    assert [row["benchmark"] for row in accuracy] == ["bin", "bin"]
    assert all(row["data"] == f"bin {TASK.sha256[:12]}" and row["n"] == "3" for row in accuracy)
    again = parsed(accuracy[1]["command"])
    assert again["keys"] == ("bin",)
    assert [again[name] for name in ("model", "finetune", "effort", "seeds")] == [
        "cnn",
        "full",
        "quick",
        (4,),
    ]
    told = capsys.readouterr()
    assert told.out.startswith("bin\tcnn full\tseed 3\t")
    assert told.err.splitlines() == ["1 of 1: Binary localisation (Bin)"]


def test_all_goes_on_past_what_is_missing_and_names_it(parts, tmp_path, capsys, monkeypatch) -> None:
    lacking = SimpleNamespace(
        measure_cross_modal=lambda *_: (_ for _ in ()).throw(AssetError("no graph here"))
    )
    monkeypatch.setitem(sys.modules, "protclip.benchmarks.cross_modal", lacking)
    output = tmp_path / "rows.csv"
    assert call("--all", "--data", tmp_path, "--output", output) == 3
    assert {row["benchmark"] for row in rows_of(output)} == {
        "bin", "ssi-mf", "ssi-bp", "ssi-cc", "shs27k", "shs148k", "string",
    }  # fmt: skip
    told = capsys.readouterr().err
    assert "15 of 22 were left out:" in told
    assert "  aav: aav needs its files.\n" in told
    assert "  prot2drug: no graph here" in told


def test_what_data_lack_stands_behind_their_hash(parts, tmp_path) -> None:
    output = tmp_path / "rows.csv"
    assert call("--benchmark", "ssi-mf", "--data", tmp_path, "--output", output) == 0
    assert [row["data"] for row in rows_of(output)] == ["set 0123; a substitute"]


def test_where_nothing_could_be_run_the_program_fails(parts, tmp_path, capsys) -> None:
    assert call("--benchmark", "aav", "--data", tmp_path) == 1
    assert "nothing could be run.\n  aav: aav needs its files." in capsys.readouterr().err


def test_options_without_effect_are_refused(parts, tmp_path, capsys) -> None:
    assert call("--benchmark", "bin", "--split", "valid") == 2
    assert call("--shots", 2) == 2
    assert call("--benchmark", "bin", "--all", "--data", tmp_path) == 2
    assert call("--benchmark", "nothing", "--data", tmp_path) == 2
    told = capsys.readouterr().err
    assert "--split has no effect on benchmarks" in told
    assert "--shots has no effect on held-out proteins" in told
    assert "there is no benchmark 'nothing'. Choose one of bin, sub" in told
    with pytest.raises(InputError, match="--prompts has no effect without --shots"):
        Evaluation(model=None, data=tmp_path, seeds=(1,), prompts=tmp_path / "p.tsv")
    for more in ({"finetune": "full"}, {"effort": "quick"}):
        with pytest.raises(InputError, match="--shots trains nothing"):
            Evaluation(model=None, data=tmp_path, seeds=(1,), shots=0, **more)


@pytest.mark.parametrize("more", [{"finetune": "full"}, {"shots": 0}])
def test_what_trains_no_tower_cannot_be_tuned(more, tmp_path) -> None:
    asked = Evaluation(model=None, data=tmp_path, seeds=(1,), **more)
    for benchmark in BENCHMARKS:
        if benchmark.family != "labelled":
            with pytest.raises(InputError, match="trains no tower"):
                run_benchmark(benchmark, asked)


def test_files_may_lie_in_a_folder_of_the_benchmark_or_the_family(tmp_path) -> None:
    benchmark = benchmark_of("ssi-mf")
    assert folder_of(benchmark, tmp_path) == tmp_path
    (tmp_path / "similarity").mkdir()
    assert folder_of(benchmark, tmp_path) == tmp_path / "similarity"
    (tmp_path / "ssi-mf").mkdir()
    assert folder_of(benchmark, tmp_path) == tmp_path / "ssi-mf"


def test_a_command_names_no_folder_of_this_machine(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    run = BenchmarkRun(model="m", fingerprint="", seed=5, data="d", measured=())
    asked = Evaluation(
        model=str(tmp_path / "runs" / "a b"), data=tmp_path.parent / "sets", seeds=(5,), shots=0
    )
    command = command_of(benchmark_of("sub"), asked, run)
    assert str(tmp_path.parent) not in command
    assert shlex.split(command)[2:] == [
        "--benchmark", "sub", "--model", "runs/a b", "--shots", "0", "--data", "sets", "--seed", "5",
    ]  # fmt: skip


def test_held_out_proteins_are_measured_as_before_without_a_benchmark() -> None:
    assert parsed("protclip evaluate --split valid --limit 200")["keys"] == ()
    with pytest.raises(click.UsageError):
        parsed("protclip evaluate --split train")


class Towers:
    """Stands for Encoder: proteins and texts lie where their last letter is."""

    name, fingerprint = "towers", "f2"

    def proteins(self, sequences):
        return np.eye(26, dtype=np.float32)[[ord(s[-1]) - 65 for s in sequences]]

    texts = proteins


def test_texts_answer_where_no_training_is_asked(parts, tmp_path, monkeypatch, capsys) -> None:
    from protclip.benchmarks import runner

    monkeypatch.setattr(runner, "_encoder", lambda model: Towers())
    rows = [SimpleNamespace(name=name, ec_number="") for name in ("V", "W", "A")]
    prompts = SimpleNamespace(read_prompts=lambda path: rows)
    monkeypatch.setitem(sys.modules, "protclip.benchmarks.formats.protst_prompts", prompts)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "letters.tsv").write_text("", encoding="utf-8")
    given = ("--benchmark", "bin", "--data", tmp_path, "--shots", 0, "--output", tmp_path / "rows.csv")
    assert call(*given, "--prompts", tmp_path / "letters.tsv") == 0
    row = rows_of(tmp_path / "rows.csv")[0]
    assert (row["model"], row["metric"], row["value"]) == ("towers zero-shot (letters)", "accuracy", "1")
    again = parsed(row["command"])
    assert (again["shots"], again["prompts"].name) == (0, "letters.tsv")
    rows[1] = SimpleNamespace(name="", ec_number="")
    assert call(*given, "--prompts", tmp_path / "letters.tsv") == 0
    assert "1 of 3 classes have no text" in rows_of(tmp_path / "rows.csv")[-1]["data"]


def test_a_table_is_written_only_where_it_is_asked_for(parts, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    asked = Evaluation(model="cnn", data=tmp_path, seeds=(1,))
    assert evaluate_benchmarks([benchmark_of("bin")], asked, None) == 0
    assert list(tmp_path.iterdir()) == []
