"""Names of models: each opens what it says, a path by what lies there, and listing them imports nothing heavy."""

import subprocess
import sys

import numpy as np
import pytest

from protclip.benchmarks.models.catalogue import (
    MODEL_NAMES,
    SOURCE_NAMES,
    embeds_texts,
    feature_source,
    similarity_source,
    task_model,
)
from protclip.benchmarks.models.frozen_head import FrozenHead
from protclip.benchmarks.models.homology import Homology
from protclip.benchmarks.models.linear import Linear
from protclip.benchmarks.models.scratch import FromScratch
from protclip.benchmarks.models.tuned_tower import TunedTower
from protclip.encode import Encoder
from protclip.errors import AssetError, InputError

SEQUENCES = ["MKTAYIAKQR", "GGSGGSGGSG"]
WITHOUT_WEIGHTS = [name for name in MODEL_NAMES if not name.startswith("protclip")]


@pytest.mark.parametrize("name", WITHOUT_WEIGHTS)
def test_a_model_without_weights_has_its_name_and_no_fingerprint(name):
    model = task_model(name)
    assert name in model.name.lower()
    assert model.fingerprint == ""


def test_sources_have_a_row_a_protein():
    for name in ("3-mers", "composition", "one-hot"):
        assert name in SOURCE_NAMES
        assert len(feature_source(name).features(SEQUENCES)) == 2
    with pytest.raises(InputError, match=r"mmseqs2 makes no rows of proteins.*choose one of .*3-mers"):
        feature_source("mmseqs2")
    assert similarity_source("mmseqs2").name == "mmseqs2"
    with pytest.raises(InputError, match=r"cnn does not say how alike two proteins are.*composition.*phmmer"):
        similarity_source("cnn")


def test_protclip_alone_embeds_texts(checkpoints, tmp_path):
    assert all(embeds_texts(name) for name in ("protclip-mini", str(checkpoints["kmers"])))
    other = tmp_path / "esm"
    other.mkdir()
    (other / "config.json").write_text('{"model_type": "esm"}')
    for name in ("3-mers", "mmseqs2", str(other), f"{checkpoints['kmers']}:shared", "nowhere"):
        assert not embeds_texts(name)


def test_tasks_share_the_rows_of_a_checkpoint(checkpoints):
    folder, other = str(checkpoints["kmers"]), str(checkpoints["esm"])
    first = task_model(folder, effort="quick").source
    assert feature_source(folder) is first
    assert feature_source(f"{folder}:shared") is not first
    assert feature_source(other).fingerprint != first.fingerprint


def test_a_checkpoint_by_its_path_is_frozen_or_tuned(checkpoints):
    folder = checkpoints["kmers"]
    encoder = Encoder.from_pretrained(folder)
    frozen, tuned = task_model(str(folder)), task_model(str(folder), finetune="full")
    assert isinstance(frozen, FrozenHead)
    assert isinstance(tuned, TunedTower)
    assert (frozen.name, tuned.name) == ("kmers frozen", "kmers tuned")
    assert frozen.fingerprint == tuned.fingerprint == encoder.fingerprint
    shared = feature_source(f"{folder}:shared")
    np.testing.assert_array_equal(shared.features(SEQUENCES), encoder.proteins(SEQUENCES))
    with pytest.raises(InputError, match="tuned without its projection"):
        task_model(f"{folder}:shared", finetune="full")


def test_effort_changes_the_settings_and_the_name_says_so(checkpoints):
    folder = str(checkpoints["kmers"])
    assert task_model(folder).settings.lr == 5e-5
    assert task_model(folder, effort="quick").name == "kmers frozen (quick)"
    protst = task_model(folder, finetune="full", effort="protst")
    of_kind = {kind: (s.lr, s.body_share, s.batch_size) for kind, s in protst.by_kind.items()}
    assert of_kind == {
        "single-label": (2e-4, 0.02, 12),
        "regression": (2e-4, 0.02, 24),
        "multi-label": (1e-4, 0.1, 8),
    }
    assert (protst.crop, protst.crops_numbers) == (550, False)
    assert task_model(folder, finetune="full").crop == 1022
    assert protst.name == "kmers tuned (as ProtST)"
    assert task_model("cnn", effort="quick").name == "CNN (width 64, epochs 10, crop 512, lr 0.001)"
    assert isinstance(task_model("lstm"), FromScratch)
    assert isinstance(task_model("3-mers", effort="quick"), Linear)
    assert isinstance(task_model("phmmer", effort="quick"), Homology)


def test_what_is_not_there_is_told_with_what_is(tmp_path):
    with pytest.raises(InputError, match=r"no model 'esm3'.*3-mers.*blosum62.*path of a checkpoint"):
        task_model("esm3")
    with pytest.raises(AssetError, match="is no checkpoint"):
        task_model(str(tmp_path))
    (tmp_path / "config.json").write_text('{"model_type": "esm"}')
    with pytest.raises(InputError, match="type 'esm' and shares no space with texts"):
        feature_source(f"{tmp_path}:shared")


def test_the_names_are_listed_without_heavy_libraries():
    code = (
        "import sys; from protclip.benchmarks.models.catalogue import MODEL_NAMES; "
        "print(sorted({'torch', 'sklearn', 'transformers', 'scipy'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
