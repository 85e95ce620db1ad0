"""A run's log as rows of results: ends of the losses, the last evaluation, the speed."""

import pytest
from click.testing import CliRunner

from protclip.benchmarks.results import COLUMNS
from train.run_log import RunLog, read_run_log
from train.run_results import main, rows_of


@pytest.fixture
def run(tmp_path):
    folder = tmp_path / "tiny"
    with RunLog(folder / "run.jsonl") as log:
        log.start({"data": {}}, step=0, seed=5, split="0123456789abcdef")
        for step, loss in enumerate((4.0, 3.0, 2.0, 1.0), start=1):
            log.write("step", step=step, gc=loss, loss=loss, tokens_per_s=100.0 * step)
        log.write("evaluation", step=0, **{"text_to_protein/mrr": 0.1})
        log.write(
            "evaluation", step=4, num_proteins=8, **{"text_to_protein/mrr": 0.4, "bsr/num_residues": 9.0}
        )
    return folder


def end(folder):
    with RunLog(folder / "run.jsonl") as log:
        log.write("end", step=4)


def test_rows_tell_how_losses_fell_and_what_was_reached(run):
    end(run)
    rows = rows_of(read_run_log(run / "run.jsonl"), run)
    found = {row["metric"]: row["value"] for row in rows}
    assert found == pytest.approx(
        {"loss/first": 3, "loss/last": 2, "gc/first": 3, "gc/last": 2, "text_to_protein/mrr": 0.4,
         "tokens_per_s/median": 250}
    )  # fmt: skip
    assert {row["data"] for row in rows} == {"split 0123456789ab, 4 steps"}


def test_the_table_has_the_runs_own_name_and_split(run, tmp_path):
    end(run)
    result = CliRunner().invoke(main, [str(run), "--output", str(tmp_path / "out.csv")])
    assert result.exit_code == 0, result.output
    header, first, *_ = (tmp_path / "out.csv").read_text().splitlines()
    assert tuple(header.split(",")) == COLUMNS
    assert ',tiny,,"split 0123456789ab, 4 steps",5,' in first


def test_a_run_that_has_not_ended_is_refused(run, tmp_path):
    result = CliRunner().invoke(main, [str(run), "--output", str(tmp_path / "out.csv")])
    assert result.exit_code == 2
    assert "has not ended" in result.output
    assert not (tmp_path / "out.csv").exists()
