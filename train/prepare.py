"""What a run stands on before its first step: corpus, split, text features, model."""

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from transformers import BertModel

from protclip.data.build import ONTOLOGY
from protclip.data.ontology import Ontology
from protclip.data.shards import read_shards
from protclip.data.splits import Splits
from protclip.encode import Encoder
from protclip.errors import AssetError, InputError
from protclip.model.checkpoint_files import fingerprint
from protclip.model.configuration import ProtCLIPConfig
from protclip.model.modeling import ProtCLIPModel
from protclip.model.processing import ProtCLIPProcessor
from protclip.model.text_tower import MINILM, load_minilm, load_tokenizer, minilm_config, minilm_folder
from protclip.starter import ontology_path, splits_path
from train.config import DataSection, ModelSection, RunConfig
from train.corpus import Corpus, Ints, build_corpus
from train.text_cache import cached_text_features


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """Everything a run reads.

    ``model`` has its text tower taken off, whose features are cached: it would only take room on the device
    and in every snapshot. ``text_model`` keeps one that is part of the checkpoint, not of a package.
    """

    corpus: Corpus
    splits: Splits
    train_index: Ints
    text_features: np.ndarray
    model: ProtCLIPModel
    processor: ProtCLIPProcessor
    text_model: BertModel | None

    def save_checkpoint(self, folder: Path) -> None:
        """Save the model as it is now, with the text tower and tokenizer where they are its own."""
        if self.text_model is not None:
            self.model.attach_text_model(self.text_model)
            self.processor.save_pretrained(folder)
        self.model.save_pretrained(folder)


def prepare(config: RunConfig) -> Prepared:
    """Load or make what a run needs.

    Raises
    ------
    InputError
        If the shards hold no training protein, or the model cannot be trained so.
    AssetError
        If a file that the run file names is not there or damaged.
    """
    ontology, splits = _ontology(config.data), _splits(config.data)
    proteins = read_shards(Path(config.data.shards))
    corpus = build_corpus(proteins, ontology, num_plain=config.data.plain_texts)
    train_index = np.flatnonzero([splits.of(a) == "train" for a in corpus.accessions]).astype(np.int64)
    if not len(train_index):
        raise InputError(
            f"{config.data.shards} has no annotated protein of the training split. "
            "Build it from a source with annotations (protclip data build)"
        )
    model, processor = make_model(config.model)
    if not model.config.text_frozen:
        raise InputError(
            "the text tower is trained by no objective so far: set text_frozen = true in its model"
        )
    if config.model.freeze_protein:
        for part in (model.kmers, model.protein_model, model.protein_projection):
            if part is not None:
                part.requires_grad_(False)
    text_features = _text_features(corpus.texts, model, processor, config)
    text_model, model.text_model = model.text_model, None
    return Prepared(
        corpus=corpus,
        splits=splits,
        train_index=train_index,
        text_features=text_features,
        model=model,
        processor=processor,
        text_model=None if model.config.text_source else text_model,
    )


def make_model(section: ModelSection) -> tuple[ProtCLIPModel, ProtCLIPProcessor]:
    """The model a run starts from and its processor: a checkpoint, or fresh weights of the given shape."""
    if section.checkpoint:
        loaded = Encoder.from_pretrained(section.checkpoint, device=torch.device("cpu"))
        return loaded.model, loaded.processor
    if section.text_model != "minilm":
        raise InputError(
            f'model.text_model = "{section.text_model}": fresh weights can start from "minilm" only so far. '
            "To use another text tower, make a checkpoint with it and set model.checkpoint."
        )
    try:
        config = ProtCLIPConfig(text_source=MINILM, text_config=minilm_config(), **section.shape)
    except TypeError as error:
        raise InputError(f"model.shape does not fit ProtCLIPConfig: {error}") from error
    model = ProtCLIPModel(config)
    model.attach_text_model(load_minilm())
    return model, ProtCLIPProcessor(load_tokenizer(minilm_folder()), config.text_max_tokens)


def _ontology(section: DataSection) -> Ontology:
    """The one beside the shards, which has definitions; the shipped one for data that came without."""
    beside = Path(section.shards) / ONTOLOGY
    return Ontology.read_parquet(beside if beside.is_file() else ontology_path())


def _splits(section: DataSection) -> Splits:
    path = Path(section.splits) if section.splits else splits_path()
    if not path.is_file():
        raise AssetError(f"the split assignment {path} is missing. Make it with: protclip data split")
    return Splits.read(path)


def _text_features(
    texts: tuple[str, ...], model: ProtCLIPModel, processor: ProtCLIPProcessor, config: RunConfig
) -> np.ndarray:
    encoder = Encoder(model, processor, name="training", fingerprint="")

    def report(done: int, total: int) -> None:
        print(f"\rtext features {done:,} of {total:,}", end="" if done < total else "\n", file=sys.stderr)

    if not config.data.text_cache:
        return encoder.text_features(texts, progress=report).astype(np.float16)
    # A checkpoint's own tower is named by the whole checkpoint: another one must not find its features.
    tower = model.config.text_source or fingerprint(Path(config.model.checkpoint))
    cache = Path(config.data.text_cache)
    return cached_text_features(
        texts, encoder.text_features, f"{tower}/{model.config.text_max_tokens}", cache, report
    )
