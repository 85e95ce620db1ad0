"""What a run file asks of a model, checked before anything is loaded or computed."""

from pathlib import Path

from transformers import BertConfig

from protclip.errors import AssetError, InputError
from protclip.model.configuration import ProtCLIPConfig
from protclip.model.text_tower import MINILM, minilm_config
from protclip.model.weight_layouts import hf_bert_shape
from train.config import RunConfig
from train.run_sections import ModelSection


def model_config(section: ModelSection) -> ProtCLIPConfig:
    """The configuration of the model a run starts from, without its weights.

    Raises
    ------
    AssetError
        Where the configuration of the checkpoint or the text tower is not there.
    InputError
        Where the shape is none, or the text tower is no BERT.
    """
    if section.checkpoint:
        folder = Path(section.checkpoint)
        if not (folder / "config.json").is_file():
            raise AssetError(
                f"model.checkpoint = {section.checkpoint!r} is no checkpoint folder (no config.json). "
                "Give the folder of a checkpoint, or [model.shape] for fresh weights."
            )
        return ProtCLIPConfig.from_pretrained(folder, local_files_only=True)
    if section.text_model == "minilm":
        text = {"text_source": MINILM, "text_config": minilm_config()}
    else:
        text = {"text_source": "", "text_config": BertConfig(**hf_bert_shape(Path(section.text_model)))}
    try:
        return ProtCLIPConfig(**text, **section.shape)
    except (TypeError, ValueError) as error:
        raise InputError(f"model.shape does not fit ProtCLIPConfig: {error}") from error


def check_model_fits(config: RunConfig) -> None:
    """Refuse texts that are longer than the text tower takes.

    Raises
    ------
    InputError
        Where the model would cut, or fail at, what the run file promises.
    """
    model = model_config(config.model)
    longest = model.text_config.max_position_embeddings
    if model.text_max_tokens > longest:
        raise InputError(
            f"text_max_tokens = {model.text_max_tokens} is longer than the text tower takes: it has "
            f"positions for {longest} tokens. Set model.shape.text_max_tokens to {longest} or less."
        )
    if config.data.max_residues > model.max_residues:
        raise InputError(
            f"data.max_residues = {config.data.max_residues} is longer than the model's windows of "
            f"{model.max_residues} residues. Lower it, or raise max_residues in the model's shape."
        )
