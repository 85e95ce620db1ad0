"""Readers of foreign checkpoints: each gives weights under our names and what it says of our configuration."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from torch import Tensor
from transformers import BertConfig, EsmConfig

from protclip.errors import AssetError, InputError
from protclip.model.configuration import ESM_TOKENS
from protclip.model.weight_files import read_config, read_folder, read_pickle, tensors_of
from protclip.model.weight_names import (
    FAIR_ESM,
    HF_BERT,
    HF_ESM,
    PROTEIN,
    RELEASE,
    TEXT,
    ForeignWeights,
    renamed,
)


def read_fair_esm(path: Path) -> ForeignWeights:
    """An ESM-2 file of fair-esm (Lin et al. 2023), with the contact regression beside it where there is one.

    Raises
    ------
    AssetError
        If the file is damaged or not to be trusted.
    InputError
        If it holds another model than ESM-2.
    """
    content = read_pickle(path)
    shape = _fair_esm_shape(content, path)
    state = tensors_of(content["model"], path)
    regression = path.with_name(f"{path.stem}-contact-regression.pt")
    if regression.is_file():
        beside = read_pickle(regression)
        state |= tensors_of(beside.get("model") if isinstance(beside, dict) else None, regression)
    mapped = renamed(state, FAIR_ESM, PROTEIN)
    first = mapped.state.get(f"{PROTEIN}encoder.layer.0.intermediate.dense.weight")
    if first is None:
        raise InputError(f"{path} has no ESM-2 layers. Accepted are fair-esm's ESM-2 files (esm2_*.pt)")
    shape["intermediate_size"] = first.shape[0]
    _check_sizes(shape, path)
    return replace(mapped, layout="fair-esm", settings={"protein_config": shape})


def read_hf_esm(folder: Path) -> ForeignWeights:
    """An ESM-2 folder of Hugging Face's layout (EsmModel or EsmForMaskedLM).

    Raises
    ------
    AssetError
        If a file is missing or damaged.
    InputError
        If it is an ESM, but not ESM-2.
    """
    settings = {"protein_config": _esm_shape(read_config(folder), folder)}
    mapped = renamed(_without_prefix(read_folder(folder), "esm."), HF_ESM, PROTEIN)
    return replace(mapped, layout="hf-esm", settings=settings)


def hf_bert_shape(folder: Path) -> dict[str, Any]:
    """The values of BertConfig of a BERT folder, without its weights.

    Raises
    ------
    AssetError, InputError
        As `read_hf_bert` does.
    """
    shape: dict[str, Any] = _bert_settings(read_config(folder), folder)["text_config"]
    return shape


def read_hf_bert(folder: Path) -> ForeignWeights:
    """A BERT folder of Hugging Face's layout, for the text tower.

    Raises
    ------
    AssetError
        If a file is missing or damaged.
    InputError
        If it is not a BERT with absolute positions.
    """
    settings = _bert_settings(read_config(folder), folder)
    mapped = renamed(_without_prefix(read_folder(folder), "bert."), HF_BERT, TEXT)
    return replace(mapped, layout="hf-bert", settings=settings)


def read_release(folder: Path) -> ForeignWeights:
    """The checkpoint of the paper's authors: both towers, projections, and the heads of its objectives.

    Its two local scales are one that is read and one that is not; the first becomes ``local_log_scale``.

    Raises
    ------
    AssetError
        If a file is missing or damaged.
    InputError
        If a tower is not what the release has.
    """
    config, state = read_config(folder), read_folder(folder)
    towers = [
        renamed(_only(state, PROTEIN), HF_ESM, PROTEIN),
        renamed(_only(state, TEXT), HF_BERT, TEXT),
    ]
    rest = renamed({k: v for k, v in state.items() if not k.startswith((PROTEIN, TEXT))}, RELEASE)
    found = towers[0].state | towers[1].state | rest.state
    if "local_log_scale" in found:
        found["local_log_scale"] = found["local_log_scale"].reshape(-1)[0].clone()
    return ForeignWeights(
        layout="protclip-release",
        settings=_release_settings(config, rest.state, folder),
        state=found,
        unused=(*_named(PROTEIN, towers[0].unused), *_named(TEXT, towers[1].unused), *rest.unused),
        unknown=(*_named(PROTEIN, towers[0].unknown), *_named(TEXT, towers[1].unknown), *rest.unknown),
    )


def _without_prefix(state: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): values for name, values in state.items()}


def _only(state: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): v for name, v in state.items() if name.startswith(prefix)}


def _named(prefix: str, names: Iterable[str]) -> tuple[str, ...]:
    return tuple(prefix + name for name in names)


def _fair_esm_shape(content: object, path: Path) -> dict[str, Any]:
    """Layers, width, heads and token dropout, from the file's own record of them."""
    accepted = "Accepted are fair-esm's ESM-2 files (esm2_*.pt)"
    if not isinstance(content, dict) or "model" not in content:
        raise InputError(
            f"{path} is no fair-esm model. {accepted}, Hugging Face folders and the authors' release"
        )
    if not isinstance(content.get("cfg"), dict):
        other = getattr(content.get("args"), "arch", "")
        what = f"fair-esm's {other} (ESM-1, ESM-1b, ESM-1v or MSA Transformer)" if other else "no whole model"
        raise InputError(f"{path} is {what}. {accepted}")
    shape = content["cfg"].get("model")
    names = {
        "encoder_layers": "num_hidden_layers",
        "encoder_embed_dim": "hidden_size",
        "encoder_attention_heads": "num_attention_heads",
        "token_dropout": "token_dropout",
    }
    missing = [name for name in names if not hasattr(shape, name)]
    if missing:
        raise InputError(f"{path} does not state {', '.join(missing)}, as ESM-2 does. {accepted}")
    return {ours: getattr(shape, theirs) for theirs, ours in names.items()}


_ESM2_HAS = {
    "model_type": "esm",
    "is_folding_model": False,
    "vocab_size": len(ESM_TOKENS),
    "pad_token_id": ESM_TOKENS.index("<pad>"),
    "mask_token_id": ESM_TOKENS.index("<mask>"),
    "position_embedding_type": "rotary",
}
"""What tells ESM-2 from ESM-1b, ESM-1v and ESMFold, which share its model type."""
_ESM_SHAPE = (
    "hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size", "layer_norm_eps",
    "token_dropout", "max_position_embeddings",
)  # fmt: skip
_SIZES = ("hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size", "vocab_size")

_BERT_SHAPE = (
    "vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size", "hidden_act",
    "hidden_dropout_prob", "attention_probs_dropout_prob", "max_position_embeddings", "type_vocab_size",
    "layer_norm_eps", "pad_token_id",
)  # fmt: skip
_RELEASE_STATES = ("protein_model_config", "text_model_config", "projection_dim")
_MAX_TEXT_TOKENS = 512  # as in the paper


def _esm_shape(config: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    # What a configuration leaves out has the value transformers gives it, which is not always ESM-2's.
    stated = EsmConfig().to_dict() | dict(config)
    other = {name: stated[name] for name, value in _ESM2_HAS.items() if stated[name] != value}
    if other or stated["emb_layer_norm_before"]:
        told = ", ".join(f"{name} {value!r}" for name, value in other.items()) or "emb_layer_norm_before"
        wanted = ", ".join(f"{name} {_ESM2_HAS[name]!r}" for name in other) or "an ESM without"
        raise InputError(f"{folder} is not ESM-2: its configuration has {told}. Accepted is {wanted}")
    _check_sizes(stated, folder)
    return {name: stated[name] for name in _ESM_SHAPE}


def _bert_settings(config: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    kind = config.get("model_type")
    if kind != "bert":
        raise InputError(f"{folder} holds a model of type {kind!r}. The text tower has to be a BERT")
    if config.get("position_embedding_type", "absolute") != "absolute":
        raise InputError(
            f"{folder} is a BERT with relative positions. The text tower has to have absolute ones"
        )
    stated = BertConfig().to_dict() | dict(config)
    _check_sizes(stated, folder)
    shape = {name: stated[name] for name in _BERT_SHAPE}
    longest = min(_MAX_TEXT_TOKENS, shape["max_position_embeddings"])
    return {"text_config": shape, "text_source": "", "text_max_tokens": longest}


def _check_sizes(shape: Mapping[str, Any], path: Path) -> None:
    sizes = {name: shape[name] for name in _SIZES if name in shape}
    wrong = [f"{name} {size!r}" for name, size in sizes.items() if not isinstance(size, int) or size < 1]
    if wrong:
        raise AssetError(f"{path} states {', '.join(wrong)}, no whole number. Copy it again from its source")
    width, heads = shape["hidden_size"], shape["num_attention_heads"]
    if width % heads:
        raise AssetError(
            f"{path} states {heads} heads for a width of {width}, which they do not divide. "
            "Copy it again from its source"
        )


def _release_settings(config: Mapping[str, Any], state: Mapping[str, Tensor], folder: Path) -> dict[str, Any]:
    missing = [name for name in _RELEASE_STATES if not config.get(name)]
    if missing:
        raise AssetError(f"{folder}/config.json lacks {', '.join(missing)}. Copy it again from its source")
    hidden, bank = state.get("protein_projection.0.weight"), state.get("prototypes.weight")
    width = int(config["projection_dim"])
    settings = {
        "protein_config": _esm_shape(config["protein_model_config"], folder),
        **_bert_settings(config["text_model_config"], folder),
        "projection_dim": width,
        "projection_hidden_dim": width if hidden is None else hidden.shape[0],
        "residue_objectives": True,
    }
    return settings if bank is None else {**settings, "num_prototypes": bank.shape[0]}
