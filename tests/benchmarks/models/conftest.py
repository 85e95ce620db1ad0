"""What planted.py and the tiny data of other folders define; test modules cannot import each other."""

import runpy
from pathlib import Path
from types import SimpleNamespace

import pytest

TESTS = Path(__file__).parents[2]


def named_by(path):
    return SimpleNamespace(**runpy.run_path(str(path)))


@pytest.fixture(scope="session")
def planted():
    return named_by(Path(__file__).with_name("planted.py"))


@pytest.fixture(scope="session")
def foreign():
    """Writers of other projects' checkpoints."""
    return named_by(TESTS / "model" / "foreign_weights.py")


@pytest.fixture(scope="session")
def checkpoints(tmp_path_factory):
    """Folders of tiny random ProtCLIP checkpoints: of k-mers, of ESM blocks, and of both."""
    tiny = named_by(TESTS / "train" / "tiny_data.py")
    folders = {}
    for shape in tiny.SHAPES:
        folders[shape] = tmp_path_factory.mktemp("checkpoints") / shape
        tiny.write_checkpoint(folders[shape], shape)
    return folders
