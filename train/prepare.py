"""What a run stands on before its first step: corpus, split, text features, model."""

import hashlib
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from transformers import BertModel

from protclip.data.build import ONTOLOGY
from protclip.data.files import sha256_of
from protclip.data.ontology import Ontology
from protclip.data.shards import read_shards
from protclip.data.splits import Splits
from protclip.encode import Encoder
from protclip.errors import AssetError, InputError
from protclip.model.checkpoint_files import fingerprint
from protclip.model.modeling import ProtCLIPModel
from protclip.model.processing import ProtCLIPProcessor
from protclip.model.text_tower import load_bert, load_minilm, load_tokenizer, minilm_folder
from protclip.starter import ontology_path, splits_path
from train.config import RunConfig
from train.corpus import Corpus, Ints, build_corpus
from train.fit_checks import model_config
from train.residue_inputs import ResidueDraw
from train.run_sections import DataSection, ModelSection, ObjectivesSection
from train.text_cache import cached_text_features
from train.token_states import TokenStates, cached_token_states


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """Everything a run reads.

    ``model`` has its text tower taken off, whose features are cached: it would only take room on the device
    and in every snapshot. ``text_model`` keeps one that is part of the checkpoint, not of a package.
    ``residues`` is there where an objective looks at single residues.
    """

    corpus: Corpus
    splits: Splits
    train_index: Ints
    text_features: np.ndarray
    model: ProtCLIPModel
    processor: ProtCLIPProcessor
    text_model: BertModel | None
    residues: ResidueDraw | None = None

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
    proteins, data = read_shards(Path(config.data.shards)), config.data
    # Of a run that streams, only the held-out proteins' sequences are read from memory.
    kept = splits.by_accession if data.streaming else None
    corpus = build_corpus(proteins, ontology, data.text_units, num_plain=data.plain_texts, sequences_of=kept)
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
    fit_to_objectives(model, config.objectives)
    if config.model.freeze_protein:
        for part in (model.kmers, model.protein_model, model.protein_projection):
            if part is not None:
                part.requires_grad_(False)
    text_features = _text_features(corpus.texts, model, processor, config)
    residues = _residue_draw(corpus, text_features, model, processor, config)
    text_model, model.text_model = model.text_model, None
    return Prepared(
        corpus=corpus,
        splits=splits,
        train_index=train_index,
        text_features=text_features,
        model=model,
        processor=processor,
        text_model=None if model.config.text_source else text_model,
        residues=residues,
    )


def make_model(section: ModelSection) -> tuple[ProtCLIPModel, ProtCLIPProcessor]:
    """The model a run starts from and its processor: a checkpoint, or fresh weights of the given shape."""
    if section.checkpoint:
        loaded = Encoder.from_pretrained(section.checkpoint, device=torch.device("cpu"))
        return loaded.model, loaded.processor
    config = model_config(section)
    model = ProtCLIPModel(config)
    if section.text_model == "minilm":
        folder, tower = minilm_folder(), load_minilm()
    else:
        folder = Path(section.text_model)
        tower = load_bert(folder)
    model.attach_text_model(tower)
    return model, ProtCLIPProcessor(load_tokenizer(folder), config.text_max_tokens)


def fit_to_objectives(model: ProtCLIPModel, weights: ObjectivesSection) -> None:
    """Give a model the parts that a run's losses train, and the settings of its switches.

    A switch or loss that cannot have its effect is warned of.
    """
    compat = weights.compat
    if weights.pda_threshold:
        model.config.pda_threshold = weights.pda_threshold
    model.config.pool_padding = model.config.pool_padding or compat.pool_padding
    if compat.unclamped_scale:
        model.config.scale_max = 0.0
    if compat.text_dropout:
        warnings.warn(
            "release_compat text_dropout has no effect in a run: the frozen tower's outputs are cached, "
            "and a cached output has no dropout.",
            stacklevel=2,
        )
    if weights.mlm and model.protein_model is None:
        warnings.warn(
            "objectives.mlm teaches a tower of k-mers alone no more than how frequent residues are: all k-mers "
            "that cover a hidden residue are hidden with it. Give the model blocks (num_hidden_layers above 0).",
            stacklevel=2,
        )
    if weights.over_residues:
        model.add_residue_parts()


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
    encoder, report = Encoder(model, processor, name="training", fingerprint=""), _told("text features")
    if not config.data.text_cache:
        return encoder.text_features(texts, progress=report).astype(np.float16)
    cache = Path(config.data.text_cache)
    return cached_text_features(texts, encoder.text_features, _tower(model, config), cache, report)


def _residue_draw(
    corpus: Corpus,
    text_features: np.ndarray,
    model: ProtCLIPModel,
    processor: ProtCLIPProcessor,
    config: RunConfig,
) -> ResidueDraw | None:
    """What draws the inputs of the objectives over residues; only texts of proteins are read token by token."""
    weights, states = config.objectives, None
    if not weights.over_residues:
        return None
    if weights.bsr:
        states = _token_states(corpus, model, processor, config)
    return ResidueDraw(corpus, text_features, states, weights, config.data.max_text_tokens)


def _token_states(
    corpus: Corpus, model: ProtCLIPModel, processor: ProtCLIPProcessor, config: RunConfig
) -> TokenStates:
    encoder, rows = Encoder(model, processor, name="training", fingerprint=""), np.unique(corpus.clause_rows)
    folder = Path(config.data.text_cache) if config.data.text_cache else None
    tower, report = _tower(model, config), _told("text tokens")
    return cached_token_states(corpus.texts, rows, encoder.text_token_states, tower, folder, report)


def _tower(model: ProtCLIPModel, config: RunConfig) -> str:
    """What names the tower and its settings in the cache.

    A tower that is no package's is named by all weights of its folder: another one must not find its features.
    """
    checkpoint, text = config.model.checkpoint, config.model.text_model
    tower = model.config.text_source or (
        fingerprint(Path(checkpoint)) if checkpoint else _files_of(Path(text))
    )
    settings = [str(model.config.text_max_tokens)]
    settings += ["raw"] if not model.config.projection_norm else []
    settings += ["padded"] if model.config.pool_padding else []
    return "/".join([tower, *settings])


def _files_of(folder: Path) -> str:
    """A hash of a folder's files, weights of any layout among them."""
    files = sorted(path for path in folder.iterdir() if path.is_file())
    return hashlib.sha256("".join(sha256_of(path) for path in files).encode()).hexdigest()[:16]


def _told(what: str) -> Callable[[int, int], None]:
    def report(done: int, total: int) -> None:
        print(f"\r{what} {done:,} of {total:,}", end="" if done < total else "\n", file=sys.stderr)

    return report
