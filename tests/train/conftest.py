"""The miniature data set that the tests of train/ share."""

import runpy
from pathlib import Path
from types import SimpleNamespace

import pytest

from train.corpus import build_corpus


@pytest.fixture(scope="session")
def tiny():
    """What tiny_data.py defines; test modules cannot import each other."""
    return SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("tiny_data.py"))))


@pytest.fixture(scope="session")
def ontology(tiny):
    return tiny.make_ontology()


@pytest.fixture(scope="session")
def corpus(tiny, ontology):
    """Forty proteins, none of them written to by any test."""
    return build_corpus(tiny.make_proteins(), ontology)


@pytest.fixture(scope="session")
def features(tiny, corpus):
    return tiny.random_features(corpus)
