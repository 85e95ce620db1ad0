"""Every run file that is shipped, every ablation and every key in the documents is what the code takes."""

import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from train.ablations import ABLATIONS, BASE, commands, overrides
from train.config import load_config
from train.key_table import TABLES, key_table
from train.sweep import main

ROOT = Path(__file__).parents[2]
RUNS = sorted((ROOT / "train" / "runs").glob("*.toml"))


@pytest.mark.parametrize("path", RUNS, ids=lambda path: path.stem)
def test_a_run_file_is_read_and_named_for_its_run(path):
    assert load_config(path).run.name == path.stem


def test_the_papers_run_is_the_papers():
    config = load_config(ROOT / "train" / "runs" / "d-650m-v100.toml").for_processes(64)
    weights = config.objectives
    assert (weights.gc, weights.bsr, weights.mlm, weights.pda) == (1.0, 0.7, 0.3, 1.0)
    assert (config.data.batch_size, config.data.accumulation, config.data.max_residues) == (32, 1, 1022)
    optimizer = config.optimizer
    assert (optimizer.lr, optimizer.weight_decay, optimizer.warmup_share) == (1e-5, 0.0, 0.03)
    assert (optimizer.schedule, optimizer.zero1, optimizer.loss_scale_power) == ("linear", True, 16)
    assert (config.precision, config.model.activation_checkpointing) == ("fp16", True)
    assert (config.run.epochs, config.run.patience, config.evaluation.every_epochs) == (35, 4, 1)


def test_an_ablation_differs_from_the_full_run_in_what_it_is_named_for():
    full = load_config(ROOT / BASE, overrides("full"))
    for name in ABLATIONS:
        config = load_config(ROOT / BASE, overrides(name))
        changed = set(full.changed_keys(config)) - {"run.name"}
        assert changed == {change.partition("=")[0] for change in ABLATIONS[name]}, name
        assert (config.run.name, config.run.seed) == (f"ablation-{name}", full.run.seed)
    off = load_config(ROOT / BASE, overrides("gc-only")).objectives
    assert (off.gc, off.bsr, off.pda, off.mlm) == (1.0, 0.0, 0.0, 0.0)
    thetas = [
        load_config(ROOT / BASE, overrides(f"theta-0.{t}")).objectives.pda_threshold for t in range(1, 10)
    ]
    assert thetas == pytest.approx([t / 10 for t in range(1, 10)])


def test_a_sweep_prints_commands_that_parse():
    assert len(commands()) == len(ABLATIONS)
    done = CliRunner().invoke(main, ["no-pda"])
    words = shlex.split(done.output)
    changes = [words[i + 1] for i, word in enumerate(words) if word == "--set"]
    assert load_config(ROOT / BASE, changes).objectives.pda == 0
    wrong = CliRunner().invoke(main, ["no-gc"])
    assert (wrong.exit_code, "give one of full, gc-only" in wrong.stderr) == (2, True)


@pytest.mark.parametrize("title", TABLES)
def test_the_document_has_every_key_as_the_code_has_it(title):
    text = (ROOT / "docs" / "training.md").read_text(encoding="utf-8")
    missing = [line for line in key_table(title).splitlines() if line not in text]
    assert missing == [], f"print the table anew: python -m train.key_table {title}"


def test_a_row_of_the_table_tells_type_default_and_meaning():
    row = next(line for line in key_table("pre-training").splitlines() if "`optimizer.lr`" in line)
    assert row == "| `optimizer.lr` | a number | `1e-05` | Peak learning rate of the dense weights. |"
    assert "| `data.shards` | a string | must be given |" in key_table("pre-training")


def test_a_batch_is_dealt_out_or_refused():
    config = load_config(ROOT / "train" / "runs" / "d-650m-v100.toml")
    assert config.for_processes(1024).data.batch_size == 2
    for size in (3, 2048):
        with pytest.raises(ValueError, match=rf"data.global_batch = 2048 cannot be dealt out to {size}"):
            config.for_processes(size)
    mini = load_config(ROOT / "train" / "runs" / "mini.toml")
    assert mini.for_processes(3) is mini


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            ["optimizer.grad_cache=8"],
            "grad_cache = 8 is for the global contrast alone, but bsr, pda, mlm are on",
        ),
        (["evaluation.num_proteins=0"], "patience = 4 waits for evaluations"),
        (["objectives.pda_threshold=1"], "objectives.pda_threshold = 1"),
    ],
)
def test_a_combination_that_cannot_be_is_refused(changes, words):
    with pytest.raises(ValueError, match=words):
        load_config(ROOT / "train" / "runs" / "d-650m-v100.toml", changes)
