"""The Python of docs/python.md runs as it stands, block after block, on what is shipped."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from protclip import starter
from protclip.data.atlas import read_atlas
from protclip.data.ontology import Ontology
from vector_store.build_index import build_index
from vector_store.opening import open_store

RUN = """
import json, sys
names = {}
for block in json.loads(sys.argv[1]):
    exec(compile(block, "docs/python.md", "exec"), names)
    print("end of block")
"""


@pytest.fixture(scope="module")
def blocks(root: Path) -> list[str]:
    text = (root / "docs" / "python.md").read_text(encoding="utf-8")
    return re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


@pytest.fixture
def index(tmp_path: Path) -> Path:
    """An index of every hundredth protein of the atlas: the whole would take a minute to build."""
    whole = read_atlas(starter.atlas_path())
    atlas = whole.part(list(range(0, len(whole.proteins), 100)))
    store = open_store(str(tmp_path / "index"), atlas.fingerprint, atlas.protein_vectors.shape[1], "write")
    build_index(atlas, Ontology.read_parquet(starter.ontology_path()), store)
    store.close()
    return tmp_path / "index"


@pytest.mark.slow
def test_the_blocks_run_one_after_the_other(
    root: Path,
    blocks: list[str],
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    if not (root / "protclip" / "starter" / "MANIFEST.json").is_file():
        pytest.skip("the checkpoint is not shipped yet")
    monkeypatch.delenv("QDRANT_URL", raising=False)
    monkeypatch.setenv("PROTCLIP_INDEX", str(request.getfixturevalue("index")))
    command = [sys.executable, "-c", RUN, json.dumps(blocks)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr
    said = done.stdout.split("end of block\n")[:-1]
    assert len(said) == len(blocks)
    silent = [
        block for block, text in zip(blocks, said, strict=True) if "print(" in block and not text.strip()
    ]
    assert silent == []
    assert said[-1].startswith("protein_B | ")


def test_the_page_has_the_main_uses(blocks: list[str]) -> None:
    whole = "\n".join(blocks)
    for name in (
        "Encoder.from_pretrained",
        "open_search",
        "annotate",
        "explain",
        "scanner",
        "predict_pairs",
        "predict_task",
    ):
        assert f"{name}(" in whole
