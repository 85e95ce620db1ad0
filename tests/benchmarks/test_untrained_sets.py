"""A test split alone is found below a folder, and is a task for what trains on nothing."""

import json
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from protclip.benchmarks.tasks import Examples
from protclip.benchmarks.untrained_sets import load_untrained
from protclip.errors import AssetError

RECORDS = (("MKV", ["GO:2", "GO:1"]), ("MAA", ["GO:3"]))


class Records(SimpleNamespace):
    def __len__(self):
        return len(self.sequences)


@pytest.fixture(autouse=True)
def readers(monkeypatch):
    """Readers of the two formats, as small as they can be."""

    def read_zero_shot_terms(path, name):
        found = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        return Records(
            sequences=tuple(f["sequence"] for f in found),
            positives=tuple(tuple(f["label"]) for f in found),
            note="",
        )

    def read_deepfri_test(annotations, cutoffs, fastas, key):
        classes = tuple(annotations.read_text(encoding="utf-8").split())
        examples = Examples(sequences=("MKV",), targets=np.ones((1, len(classes)), np.float32))
        return SimpleNamespace(
            classes=classes, examples=examples, subsets={"30": np.ones(1, bool)}, note="alone"
        )

    made = SimpleNamespace(read_zero_shot_terms=read_zero_shot_terms, read_deepfri_test=read_deepfri_test)
    monkeypatch.setitem(sys.modules, "protclip.benchmarks.formats.zero_shot", made)


def test_records_become_a_task_with_no_training_split(tmp_path) -> None:
    path = tmp_path / "deep" / "go_test_mf.lm.json"
    path.parent.mkdir()
    path.write_text(
        "".join(json.dumps({"sequence": s, "label": g}) + "\n" for s, g in RECORDS), encoding="utf-8"
    )
    task = load_untrained("go-mf", tmp_path)
    assert task.classes == ("GO:1", "GO:2", "GO:3")
    assert task.splits["test"].targets.tolist() == [[1, 1, 0], [0, 0, 1]]
    assert (len(task.splits["train"]), len(task.splits["valid"])) == (0, 0)
    assert "test split alone" in task.note


def test_deepfri_chains_come_with_their_subsets(tmp_path) -> None:
    for name in ("annot.tsv", "test.csv", "test_sequences.fasta"):
        (tmp_path / f"nrPDB-EC_2020.04_{name}").write_text("1.1.1.- 4.2.1.10\n", encoding="utf-8")
    task = load_untrained("ec", tmp_path)
    assert (task.classes, task.note, set(task.subsets)) == (("1.1.1.-", "4.2.1.10"), "alone", {"30"})
    with pytest.raises(AssetError, match="no test split of go-mf alone"):
        load_untrained("go-mf", tmp_path)


def test_what_has_no_such_files_is_refused(tmp_path) -> None:
    with pytest.raises(AssetError, match="no test split of sub alone"):
        load_untrained("sub", tmp_path)
