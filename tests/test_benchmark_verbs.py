"""`protclip evaluate --benchmark` and `--all`: which code answers, what is written, and what the exit code says."""

import csv
import runpy
import shlex
from pathlib import Path

import click
import numpy as np
import pytest

from protclip import starter
from protclip.benchmark_verbs import evaluate_benchmarks
from protclip.benchmarks.formats.substitutes import write_note
from protclip.benchmarks.labelled_sets import load_labelled
from protclip.benchmarks.registry import BENCHMARKS, benchmark_of
from protclip.benchmarks.runner import Evaluation, command_of, folder_of, run_benchmark
from protclip.benchmarks.tasks import BenchmarkRun
from protclip.cli import main
from protclip.errors import InputError
from protclip.release_verbs import evaluate

SETS = runpy.run_path(str(Path(__file__).with_name("benchmarks") / "synthetic_sets.py"))
NUM_PROTEINS = 12


@pytest.fixture
def folder(tmp_path):
    """Localisation of two kinds of proteins, and PROBE's similarities of molecular function; nothing else."""
    folder, rng = tmp_path / "data", np.random.default_rng(0)
    write_locations(folder / "bin", rng)
    write_similarities(folder / "ssi-mf", rng)
    return folder


def write_locations(folder, rng):
    folder.mkdir(parents=True)
    for split in SETS["SPLITS"]:
        rows = [f"{SETS['protein'](rng, 'AD'[k % 2])}\t{k % 2}\n" for k in range(NUM_PROTEINS)]
        (folder / f"binary_{split}.tsv").write_text("sequence\tlabel\n" + "".join(rows), encoding="utf-8")


def write_similarities(folder, rng):
    accessions = [f"P{k:05d}" for k in range(NUM_PROTEINS)]
    above = np.triu(rng.random((NUM_PROTEINS, NUM_PROTEINS)).round(4), 1)
    pairs = np.argwhere(above > 0.3)
    SETS["write_probe"](folder, "MF", accessions, above + above.T + np.eye(NUM_PROTEINS), pairs)
    fasta = "".join(f">sp|{a}|{a}_HUMAN\n{SETS['protein'](rng, 'A')}\n" for a in accessions)
    (folder / "human.fasta").write_text(fasta, encoding="utf-8")


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


def test_each_seed_is_rows_with_the_command_that_makes_it_again(folder, monkeypatch, capsys) -> None:
    monkeypatch.chdir(folder.parent)
    given = ["--benchmark", "bin", "--model", "cnn", "--effort", "quick", "--data", "data"]
    assert call(*given, "--seed", 3, "--seed", 4, "--output", "new/rows.csv") == 0
    rows = rows_of(Path("new/rows.csv"))
    assert {row["seed"] for row in rows} == {"3", "4"}
    (name,) = {row["model"] for row in rows}
    assert name.startswith("CNN (width 64")
    accuracy = [row for row in rows if row["metric"] == "accuracy"]
    assert [row["benchmark"] for row in accuracy] == ["bin", "bin"]
    data = f"bin {load_labelled('bin', folder).sha256[:12]}; "
    assert all(row["data"].startswith(data) and row["n"] == str(NUM_PROTEINS) for row in accuracy)
    again = parsed(accuracy[1]["command"])
    assert again["keys"] == ("bin",)
    asked = [again[name] for name in ("model", "finetune", "effort", "seeds")]
    assert asked == ["cnn", "frozen", "quick", (4,)]
    told = capsys.readouterr()
    assert told.out.startswith(f"bin\t{name}\tseed 3\t")
    assert told.err.splitlines() == ["1 of 1: Binary localisation (Bin)"]


def test_all_goes_on_past_what_is_missing_and_names_it(folder, tmp_path, capsys) -> None:
    output = tmp_path / "rows.csv"
    assert call("--all", "--effort", "quick", "--data", folder, "--output", output) == 3
    rows = rows_of(output)
    assert {row["benchmark"] for row in rows} == {"bin", "ssi-mf"}
    assert {row["fingerprint"] for row in rows} == {starter.fingerprint()}
    told = capsys.readouterr().err
    assert "20 of 22 were left out:" in told
    assert f"  aav: {folder} has no complete set for AAV capsid fitness (two vs many)\n" in told
    for key, file in (("ssi-bp", "human_BP_"), ("prot2drug", "biological.csv"), ("shs27k", "SHS27k")):
        (line,) = [line for line in told.splitlines() if line.startswith(f"  {key}: ")]
        assert file in line


def test_what_data_lack_stands_behind_their_hash(folder, tmp_path) -> None:
    write_note(folder / "ssi-mf", "not PROBE's")
    output = tmp_path / "rows.csv"
    assert call("--benchmark", "ssi-mf", "--model", "3-mers", "--data", folder, "--output", output) == 0
    (data,) = {row["data"] for row in rows_of(output)}
    assert data.startswith("PROBE MF ")
    assert data.endswith("; not PROBE's")


@pytest.mark.parametrize("shots", [(), ("--shots", 0)])
def test_where_nothing_could_be_run_the_program_fails(tmp_path, capsys, shots) -> None:
    assert call("--benchmark", "sub", "--data", tmp_path, *shots) == 1
    assert f"nothing could be run.\n  sub: {tmp_path} has no complete set" in capsys.readouterr().err


def test_options_without_effect_are_refused(tmp_path, capsys) -> None:
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


@pytest.mark.parametrize(
    ("model", "given", "told"),
    [
        (
            "mmseqs2",
            ["--finetune", "full"],
            "--finetune full has no effect on mmseqs2, which trains no network",
        ),
        (
            "3-mers",
            ["--effort", "quick"],
            "--effort quick has no effect on 3-mers, which gets a linear model",
        ),
        ("cnn", ["--effort", "protst"], "--effort protst has no effect on cnn, which is trained whole"),
        (
            "blosum62",
            ["--finetune", "full", "--effort", "quick"],
            "--finetune full and --effort quick have no effect on blosum62, which trains no network; leave them out",
        ),
    ],
)
def test_options_without_effect_on_a_model_are_refused(folder, capsys, model, given, told) -> None:
    assert call("--benchmark", "bin", "--data", folder, "--model", model, *given) == 2
    said = capsys.readouterr()
    assert said.out == ""
    (line,) = said.err.splitlines()
    assert told in line


@pytest.mark.parametrize("effort", ["published", "protst", "quick"])
@pytest.mark.parametrize("finetune", ["frozen", "full"])
def test_a_checkpoint_takes_every_way_of_training(tmp_path, finetune, effort) -> None:
    for model in (None, "protclip-mini", str(tmp_path)):
        Evaluation(model=model, data=tmp_path, seeds=(1,), finetune=finetune, effort=effort)


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


def test_texts_answer_where_no_training_is_asked(folder, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    prompts = tmp_path / "letters.tsv"
    prompts.write_text("id\tname\n0\tMembrane protein\n1\tSoluble protein\n", encoding="utf-8")
    given = ("--benchmark", "bin", "--data", folder, "--shots", 0, "--prompts", prompts)
    assert call(*given, "--output", "rows.csv") == 0
    row = rows_of(Path("rows.csv"))[0]
    assert (row["model"], row["metric"]) == ("protclip-mini zero-shot (letters)", "accuracy")
    again = parsed(row["command"])
    assert (again["shots"], again["prompts"].name) == (0, "letters.tsv")


def test_texts_answer_a_test_split_alone_and_classes_without_one_are_counted(tmp_path) -> None:
    chains = {"train": {}, "valid": {}, "test": {"1AAA-A": "MKTAYIAK", "2BBB-B": "MSDNEERK"}}
    classes = ["1.1.1.1", "2.7.6.1", "4.2.1.1"]
    labels = {"1AAA-A": classes[:2], "2BBB-B": classes[2:]}
    stem = tmp_path / "ec" / "nrPDB-EC_2020.04"
    SETS["write_deepfri"](stem, SETS["ec_annotations"](classes, labels), chains)
    stem.with_name(f"{stem.name}_train.txt").unlink()
    prompts, output = tmp_path / "reactions.tsv", tmp_path / "rows.csv"
    reactions = "0\t1.1.1.1\tAlcohol dehydrogenase\n1\t4.2.1.1\tCarbonic anhydrase\n"
    prompts.write_text(f"id\tEC_number\tname\n{reactions}", encoding="utf-8")
    given = ("--benchmark", "ec", "--data", tmp_path, "--prompts", prompts)
    assert call(*given, "--shots", 0, "--output", output) == 0
    data = rows_of(output)[-1]["data"]
    assert data.startswith("ec test ")
    assert "the test split alone; 1 of 3 classes have no text" in data
    assert call(*given, "--shots", 1) == 1


def test_a_table_is_written_only_where_it_is_asked_for(folder, monkeypatch) -> None:
    monkeypatch.chdir(folder.parent)
    asked = Evaluation(model="composition", data=folder, seeds=(1,))
    assert evaluate_benchmarks([benchmark_of("bin")], asked, None) == 0
    assert list(folder.parent.iterdir()) == [folder]
