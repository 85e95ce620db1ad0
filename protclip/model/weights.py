"""Weights in: published encoders and the authors' release become a checkpoint that `Encoder` loads."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor
from transformers import PreTrainedTokenizerBase

from protclip.errors import AssetError, InputError
from protclip.model.checkpoint_files import fingerprint
from protclip.model.configuration import ProtCLIPConfig
from protclip.model.modeling import ProtCLIPModel
from protclip.model.text_tower import MINILM, load_tokenizer, minilm_config
from protclip.model.weight_checks import (
    appearing_whole,
    refuse_missing,
    refuse_not_finite,
    refuse_occupied,
    refuse_wrong_shapes,
)
from protclip.model.weight_files import read_config
from protclip.model.weight_layouts import read_fair_esm, read_hf_bert, read_hf_esm, read_release
from protclip.model.weight_names import ForeignWeights
from protclip.model.weight_report import ImportReport, grouped

READERS: Mapping[str, Callable[[Path], ForeignWeights]] = {
    "fair-esm": read_fair_esm,
    "hf-esm": read_hf_esm,
    "protclip-release": read_release,
}
DTYPES = {"fp32": torch.float32, "fp16": torch.float16}

_ROTARY = "protein_model.rotary_embeddings.inv_freq"
"""Computed from the shape; kept in float32, where half precision would shift every position."""
_NEVER_READ = "protein_model.contact_head."
"""Predicts contacts from attention maps; no embedding depends on it, and some files come without it."""
_MAY_BE_FRESH = (
    "protein_projection.", "text_projection.", "log_scale", "mlm_head.", "bsr_head.", "fusion.", "prototypes.",
    "local_log_scale", _NEVER_READ,
)  # fmt: skip
_OF_A_RELEASE = ("protein_projection.", "text_projection.", "log_scale")
"""Without these, trained weights are no trained ProtCLIP."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportJob:
    """What to import and how.

    Attributes
    ----------
    source, folder : Path
        The weights, and where the checkpoint goes: a folder that does not exist yet, or is empty.
    text : Path, "minilm" or None
        A folder with a BERT for the text tower, or MiniLM from its package. For the authors' release, which has
        its own text tower, a folder with its tokenizer. None is MiniLM, or the tokenizer in the release's folder.
    kind : str
        "auto", or the layout the source has to have (a key of `READERS`).
    projection_dim : int or None
        Width of the shared space; None is the release's own, and the paper's 512 for fresh projections.
    dtype : str
        How the weights are stored: "fp32" or "fp16".
    seed : int
        Of the parts that the source does not have.
    residue_objectives : bool
        Whether the model gets the parts of BSR, PDA and MLM, fresh ones where the source has none.
    """

    source: Path
    folder: Path
    text: Path | Literal["minilm"] | None = None
    kind: str = "auto"
    projection_dim: int | None = None
    dtype: str = "fp32"
    seed: int = 0
    residue_objectives: bool = False


def import_weights(job: ImportJob) -> ImportReport:
    """Write a checkpoint folder from foreign weights, and say what was found, filled in and left over.

    The folder appears whole or not at all.

    Raises
    ------
    InputError
        If the source is of no accepted kind, or an option does not fit it.
    AssetError
        If a file is missing, damaged or not to be trusted, or a tensor is missing or has another shape.
    """
    refuse_occupied(job.folder)
    layout = recognise(job.source, job.kind)
    protein = READERS[layout](job.source)
    text, tokenizer = _text_part(job, protein)
    config = _config(job, protein.settings | text.settings)
    state, unplaced = _placed(protein.state | text.state, config)
    untrained = _fresh_parts(state, config, layout)
    model = _model(config, state, job.seed)
    _write(model, tokenizer, job)
    return ImportReport(
        layout=layout,
        source=str(job.source),
        folder=str(job.folder),
        shape=_shape_sentence(config),
        num_parameters=sum(p.numel() for p in model.parameters()),
        num_mapped=len(state),
        untrained=untrained,
        unused=grouped((*protein.unused, *text.unused)),
        unknown=grouped((*protein.unknown, *text.unknown, *unplaced)),
        fingerprint=fingerprint(job.folder),
    )


def recognise(source: Path, kind: str = "auto") -> str:
    """The layout of a source: a key of `READERS`.

    Raises
    ------
    InputError
        If the source is of no accepted kind, or not of the given one.
    AssetError
        If it is not there, or a folder without configuration.
    """
    if not source.exists():
        raise AssetError(f"{source} does not exist. Give a file or folder of weights")
    if source.suffix == ".safetensors":
        raise InputError(f"{source} is a part of a folder. Give the folder, which has its config.json too")
    found = "fair-esm" if source.is_file() else _kind_of_folder(source)
    if kind not in {"auto", found}:
        raise InputError(f"{source} is of kind {found}, not {kind}. Leave --kind out, or give what it is")
    return found


def _kind_of_folder(folder: Path) -> str:
    config = read_config(folder)
    kind = config.get("model_type")
    accepted = "Accepted are fair-esm's ESM-2 files, ESM-2 folders, and the authors' release"
    match kind:
        case "esm":
            return "hf-esm"
        case "FST":
            return "protclip-release"
        case "protclip":
            raise InputError(f"{folder} is a checkpoint of this project already: use it as it is")
        case "bert":
            raise InputError(f"{folder} is a BERT, a text tower: give it with --text. {accepted}")
    raise InputError(f"{folder} holds a model of type {kind!r}. {accepted}")


def _text_part(
    job: ImportJob, protein: ForeignWeights
) -> tuple[ForeignWeights, PreTrainedTokenizerBase | None]:
    """The text tower that joins the protein tower, and its tokenizer if the checkpoint has to hold it."""
    if protein.layout == "protclip-release":
        return ForeignWeights(state={}), _release_tokenizer(job, protein)
    if job.text is None or job.text == "minilm":
        settings = {"text_config": minilm_config(), "text_source": MINILM}
        return ForeignWeights(state={}, settings=settings), None
    text = read_hf_bert(job.text)
    tokenizer = load_tokenizer(job.text)
    _check_vocabulary(tokenizer, text.settings, job.text)
    return text, tokenizer


def _release_tokenizer(job: ImportJob, release: ForeignWeights) -> PreTrainedTokenizerBase:
    if job.text == "minilm":
        raise InputError(
            f"{job.source} has its own text tower, minilm cannot take its place. Leave --text out"
        )
    folder = job.text or job.source
    try:
        tokenizer = load_tokenizer(folder)
    except AssetError as error:
        raise AssetError(
            f"{folder} has no tokenizer, and the release comes without one. Its text tower is PubMedBERT: give a "
            "folder that has vocab.txt of microsoft/BiomedNLP-PubMedBERT-base-uncased-abstract with --text"
        ) from error
    _check_vocabulary(tokenizer, release.settings, folder)
    return tokenizer


def _check_vocabulary(tokenizer: PreTrainedTokenizerBase, settings: Mapping[str, Any], folder: Path) -> None:
    rows, tokens = settings["text_config"]["vocab_size"], len(tokenizer)
    if tokens > rows:
        raise AssetError(
            f"the tokenizer in {folder} has {tokens:,} tokens and the text tower {rows:,}: "
            "they do not belong together. Copy the tokenizer that came with the text tower"
        )


def _config(job: ImportJob, settings: dict[str, Any]) -> ProtCLIPConfig:
    stored = settings.get("projection_dim")
    if stored is not None and job.projection_dim not in {None, stored}:
        raise InputError(
            f"--projection-dim {job.projection_dim}: the release's shared space has {stored}. Leave it out"
        )
    if job.projection_dim is not None:
        settings = {**settings, "projection_dim": job.projection_dim}
    if job.residue_objectives:
        settings = {**settings, "residue_objectives": True}
    return ProtCLIPConfig(**settings)


def _placed(state: dict[str, Tensor], config: ProtCLIPConfig) -> tuple[dict[str, Tensor], tuple[str, ...]]:
    """The tensors that the model has room for, in float32, and the names of the others."""
    expected = _expected(config)
    refuse_wrong_shapes(state, expected)
    refuse_not_finite(state)
    placed = {name: values.float() for name, values in state.items() if name in expected}
    return placed, tuple(name for name in state if name not in expected)


def _expected(config: ProtCLIPConfig) -> dict[str, torch.Size]:
    """Names and shapes of a model, which is not built for it."""
    with torch.device("meta"):
        return {name: values.shape for name, values in ProtCLIPModel(config).state_dict().items()}


def _fresh_parts(state: Mapping[str, Tensor], config: ProtCLIPConfig, layout: str) -> tuple[str, ...]:
    """The parts that the source lacks, wholly or in places, and may lack."""
    missing = sorted(_expected(config).keys() - state.keys() - {_ROTARY})
    needed = _OF_A_RELEASE if layout == "protclip-release" else ()
    refuse_missing([n for n in missing if n.startswith(needed) or not n.startswith(_MAY_BE_FRESH)])
    return tuple(p.rstrip(".") for p in _MAY_BE_FRESH if any(name.startswith(p) for name in missing))


def _model(config: ProtCLIPConfig, state: dict[str, Tensor], seed: int) -> ProtCLIPModel:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return ProtCLIPModel.from_pretrained(None, config=config, state_dict=state, with_text_tower=False)


def _write(model: ProtCLIPModel, tokenizer: PreTrainedTokenizerBase | None, job: ImportJob) -> None:
    stored = {
        name: values if name == _ROTARY else values.to(DTYPES[job.dtype])
        for name, values in model.state_dict().items()
    }
    overflown = [name for name, values in stored.items() if not values.isfinite().all()]
    if overflown:
        raise InputError(f"{', '.join(overflown[:3])}: too large for {job.dtype}. Store as fp32")
    with appearing_whole(job.folder) as folder:
        model.save_pretrained(folder, state_dict=stored)
        if tokenizer is not None:
            tokenizer.save_pretrained(folder)


def _shape_sentence(config: ProtCLIPConfig) -> str:
    esm, bert = config.protein_config, config.text_config
    source = config.text_source or "in the checkpoint"
    return (
        f"ESM-2 of {esm.num_hidden_layers} layers, width {esm.hidden_size}, {esm.num_attention_heads} heads; "
        f"BERT of {bert.num_hidden_layers} layers, width {bert.hidden_size} ({source}); "
        f"shared space {config.projection_dim}"
    )
