"""Weights out: the protein tower of a checkpoint as a plain Hugging Face EsmModel."""

from dataclasses import dataclass
from pathlib import Path

from safetensors.torch import save_file
from transformers import EsmConfig, EsmTokenizer

from protclip.errors import AssetError, InputError
from protclip.model.checkpoint_files import WEIGHTS
from protclip.model.configuration import ESM_TOKENS, ProtCLIPConfig
from protclip.model.weight_checks import appearing_whole
from protclip.model.weight_files import read_config, read_folder
from protclip.model.weight_names import PROTEIN

_EMBEDDINGS = "embeddings.word_embeddings.weight"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportReport:
    """What was written: the folder, and how many tensors and values it has."""

    folder: str
    num_tensors: int
    num_values: int


def export_hf_esm(checkpoint: Path, folder: Path) -> ExportReport:
    """Write a checkpoint's protein tower as a folder that ``EsmModel.from_pretrained`` reads.

    The tensors keep their bits and their type; ESM-2's vocabulary and tokenizer come along. Projections, text
    tower and scales stay behind: the paper's downstream tasks, too, take the tower alone.

    Raises
    ------
    InputError
        If the checkpoint's protein tower is no plain ESM, or the folder is there and not empty.
    AssetError
        If the checkpoint is incomplete or damaged.
    """
    if read_config(checkpoint).get("model_type") != ProtCLIPConfig.model_type:
        raise InputError(
            f"{checkpoint} is no checkpoint of this project. Give one that import or training wrote"
        )
    config = ProtCLIPConfig.from_pretrained(checkpoint, local_files_only=True)
    if config.words:
        raise InputError(
            f"the protein tower of {checkpoint} begins with k-mers or spaced words, which EsmModel has not. "
            "Give a checkpoint whose kmer_sizes and word_patterns are empty"
        )
    stored = read_folder(checkpoint)
    state = {k.removeprefix(PROTEIN): v.contiguous() for k, v in stored.items() if k.startswith(PROTEIN)}
    if _EMBEDDINGS not in state:
        raise AssetError(f"{checkpoint} has no tensors of a protein tower: it is incomplete. Copy it again")
    with appearing_whole(folder) as unfinished:
        save_file(state, unfinished / WEIGHTS, metadata={"format": "pt"})
        _write_config(config.protein_config, str(state[_EMBEDDINGS].dtype), unfinished)
    return ExportReport(
        folder=str(folder),
        num_tensors=len(state),
        num_values=sum(values.numel() for values in state.values()),
    )


def _write_config(config: EsmConfig, dtype: str, folder: Path) -> None:
    config.architectures, config.dtype = ["EsmModel"], dtype.removeprefix("torch.")
    config.save_pretrained(folder)
    vocabulary = folder / "vocab.txt"
    vocabulary.write_text("\n".join(ESM_TOKENS) + "\n", encoding="utf-8")
    EsmTokenizer(str(vocabulary)).save_pretrained(folder)
