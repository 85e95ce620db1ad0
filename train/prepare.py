"""What a run stands on before its first step: corpus, split, text features, model."""

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from protclip.data.build import ONTOLOGY
from protclip.data.ontology import Ontology
from protclip.data.shards import read_shards
from protclip.data.splits import Splits
from protclip.encode import Encoder
from protclip.errors import AssetError, InputError
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
    """Everything a run reads; ``model`` has its text tower taken off once the features are cached."""

    corpus: Corpus
    splits: Splits
    train_index: Ints
    text_features: np.ndarray
    model: ProtCLIPModel


def prepare(config: RunConfig) -> Prepared:
    """Load or make what a run needs.

    Raises
    ------
    InputError
        If a folder of the run file is not there, or holds no training protein.
    """
    ontology, splits = _ontology(config.data), _splits(config.data)
    corpus = build_corpus(read_shards(Path(config.data.shards)), ontology)
    train_index = np.flatnonzero([splits.of(a) == "train" for a in corpus.accessions]).astype(np.int64)
    model, processor = make_model(config.model)
    return Prepared(
        corpus=corpus,
        splits=splits,
        train_index=train_index,
        text_features=_text_features(corpus.texts, model, processor, config.data),
        model=model,
    )


def make_model(section: ModelSection) -> tuple[ProtCLIPModel, ProtCLIPProcessor]:
    """The model a run starts from and its processor: a checkpoint, or fresh weights of the given shape."""
    if section.checkpoint:
        folder = Path(section.checkpoint)
        return ProtCLIPModel.from_pretrained(folder), ProtCLIPProcessor.from_pretrained(folder)
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
    texts: tuple[str, ...], model: ProtCLIPModel, processor: ProtCLIPProcessor, section: DataSection
) -> np.ndarray:
    encoder = Encoder(model, processor, name="training", fingerprint="")
    tower = f"{model.config.text_source or section.shards}/{model.config.text_max_tokens}"
    folder = Path(section.text_cache or "var/text_features")

    def report(done: int, total: int) -> None:
        print(f"\rtext features {done:,} of {total:,}", end="" if done < total else "\n", file=sys.stderr)

    return cached_text_features(texts, encoder.text_features, tower, folder, report)
