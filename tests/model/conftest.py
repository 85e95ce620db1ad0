"""Small random models of every kind the product loads."""

import runpy
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from protclip.model.configuration import ProtCLIPConfig
from protclip.model.modeling import ProtCLIPModel

TEXT = {
    "hidden_size": 16,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "intermediate_size": 32,
    "vocab_size": 64,
}
ESM = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
SHAPES = {
    "esm": {"protein_config": ESM},
    "kmers": {
        "protein_config": {**ESM, "num_hidden_layers": 0},
        "kmer_sizes": [3, 4],
        "kmer_max_rows": 500,
        "projection_norm": True,
    },
    "words": {
        "protein_config": {**ESM, "num_hidden_layers": 0},
        "kmer_sizes": [3],
        "word_patterns": ["11011"],
        "words_own_channels": True,
        "projection_norm": True,
    },
    "kmers-under-esm": {"protein_config": ESM, "kmer_sizes": [3], "kmer_max_rows": 500},
}


@pytest.fixture(params=SHAPES)
def shape(request):
    return SHAPES[request.param]


@pytest.fixture
def model(shape):
    torch.manual_seed(3)
    config = ProtCLIPConfig(text_config=TEXT, projection_dim=8, projection_hidden_dim=12, **shape)
    return ProtCLIPModel(config).eval()


@pytest.fixture(scope="session")
def foreign():
    """What foreign_weights.py defines; test modules cannot import each other."""
    return SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("foreign_weights.py"))))
