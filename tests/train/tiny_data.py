"""A miniature of what a run reads: ontology, proteins whose sequences tell their terms, split, text tower.

Loaded by conftest.py, and imported by the scripts that the tests start.
"""

from pathlib import Path

import numpy as np
import torch
from transformers import BertTokenizer

from protclip.data.ontology import Ontology, Term
from protclip.data.ontology_io import TermTable
from protclip.data.shards import write_shards
from protclip.data.splits import Splits
from protclip.model.configuration import ProtCLIPConfig
from protclip.model.modeling import ProtCLIPModel
from protclip.model.processing import ProtCLIPProcessor
from protclip.records import Annotation, Protein
from train.token_states import cached_token_states

KINASE, PROTEIN_KINASE, PEPTIDASE = "GO:0016301", "GO:0004672", "GO:0008233"
CATALYSIS, PROTEOLYSIS, PHOSPHORYLATION = "GO:0003824", "GO:0006508", "GO:0006468"
NUCLEUS, MEMBRANE, PLASMA_MEMBRANE = "GO:0005634", "GO:0016020", "GO:0005886"
MF, BP, CC = "GO:0003674", "GO:0008150", "GO:0005575"


def _term(go_id, name, aspect, *parents, **more):
    return Term(id=go_id, name=name, aspect=aspect, parents=parents, **more)


TERMS = (
    _term(MF, "molecular function", "MF"),
    _term(CATALYSIS, "catalytic activity", "MF", MF),
    _term(KINASE, "kinase activity", "MF", CATALYSIS, synonyms=("phosphokinase activity",)),
    _term(
        PROTEIN_KINASE,
        "protein kinase activity",
        "MF",
        KINASE,
        secondary=("GO:0050222",),
        synonyms=("protamine kinase activity",),
        definition="transfer of a phosphate to a protein",
    ),
    _term(PEPTIDASE, "peptidase activity", "MF", CATALYSIS, synonyms=("protease activity", "hydrolase")),
    _term(BP, "biological process", "BP"),
    _term(PROTEOLYSIS, "proteolysis", "BP", BP, definition="hydrolysis of a protein"),
    _term(PHOSPHORYLATION, "protein phosphorylation", "BP", BP),
    _term(CC, "cellular component", "CC"),
    _term(NUCLEUS, "nucleus", "CC", CC, synonyms=("cell nucleus",)),
    _term(MEMBRANE, "membrane", "CC", CC),
    _term(PLASMA_MEMBRANE, "plasma membrane", "CC", MEMBRANE, synonyms=("cell membrane",)),
)
FAMILIES = (
    ("GKGSFGKV", ("GO:0050222", PHOSPHORYLATION, NUCLEUS)),  # the secondary id of protein kinase activity
    ("HEXXHWCC", (PEPTIDASE, PROTEOLYSIS, PLASMA_MEMBRANE)),
    ("LLLLVVII", (MEMBRANE, PLASMA_MEMBRANE)),
    ("DFGAPERR", (KINASE, NUCLEUS)),
)
WORDS = sorted({word for t in TERMS for text in (t.name, *t.synonyms, t.definition) for word in text.split()})
TEXT = {
    "hidden_size": 16,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "intermediate_size": 32,
    "vocab_size": 64,
}
ESM = {"hidden_size": 16, "num_attention_heads": 2, "intermediate_size": 32}
TABLES = {"kmer_sizes": [3], "kmer_max_rows": 300, "projection_norm": True}
SHAPES = {
    "kmers": {"protein_config": ESM | {"num_hidden_layers": 0}, **TABLES},
    "esm": {"protein_config": ESM | {"num_hidden_layers": 1}},
    "kmers-under-esm": {"protein_config": ESM | {"num_hidden_layers": 1}, **TABLES},
}


def make_ontology():
    return Ontology(TermTable(terms=tuple(sorted(TERMS, key=lambda t: t.id)), version="2022-07-01"))


def make_proteins(number=40):
    """Four families in turn, each with its motif and terms; every tenth protein has a name."""
    rng = np.random.default_rng(0)
    proteins = []
    for i in range(number):
        motif, go_ids = FAMILIES[i % 4]
        noise = "".join(rng.choice(list("ACDEFGHIKLMNPQRSTVWY"), int(rng.integers(5, 30))))
        annotations = tuple(Annotation(kind="go", id=go_id) for go_id in go_ids)
        name = f"protein {WORDS[i % len(WORDS)]}" if i % 10 == 0 else ""
        proteins.append(
            Protein(accession=f"P{i:04d}", sequence=noise + motif * 2, name=name, annotations=annotations)
        )
    return proteins


def make_splits(proteins):
    """Every fifth protein for validation, every fifth for testing, each a cluster of its own."""
    held_out = {p.accession: ("valid", "test")[i % 5 - 3] for i, p in enumerate(proteins) if i % 5 >= 3}
    return Splits(
        by_accession=held_out,
        cluster_of={accession: accession for accession in held_out},
        num_proteins=len(proteins),
    )


def make_model(shape="kmers", **more):
    torch.manual_seed(5)
    sizes = {"projection_dim": 8, "projection_hidden_dim": 16, "text_max_tokens": 16}
    return ProtCLIPModel(ProtCLIPConfig(text_config=TEXT, **sizes, **SHAPES[shape], **more))


def make_processor():
    tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS]
    return ProtCLIPProcessor(BertTokenizer(vocab={token: i for i, token in enumerate(tokens)}), 16)


def random_features(corpus, dim=16):
    """Stands in for the text tower: a fixed unit row for every text."""
    rows = np.random.default_rng(1).normal(size=(len(corpus.texts), dim))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float16)


def random_states(corpus, dim=16):
    """Token states of every text: one to six tokens, fixed by the text's row."""
    rng = np.random.default_rng(2)
    every = [rng.normal(size=(1 + row % 6, dim)).astype(np.float16) for row in range(len(corpus.texts))]
    return cached_token_states(
        corpus.texts, np.arange(len(every)), lambda texts: every[: len(texts)], "random", None
    )


def write_data(folder: Path, proteins=None):
    """Shards with the ontology beside them, and the split: folder/shards, folder/splits.parquet."""
    proteins = proteins or make_proteins()
    write_shards(proteins, folder / "shards", {"source": "made up"}, shard_size=16)
    make_ontology().write_parquet(folder / "shards" / "ontology.parquet", definitions=True)
    make_splits(proteins).write(folder / "splits.parquet")


def write_checkpoint(folder: Path, shape="kmers", **more):
    make_model(shape, **more).save_pretrained(folder)
    make_processor().save_pretrained(folder)


def write_run(folder: Path, **changes):
    """A run file over everything in ``folder`` (data and checkpoint); ``changes`` are "section__key"."""
    flat = {
        "run__name": "tiny",
        "run__output": str(folder / "run"),
        "run__max_steps": 12,
        "run__device": "cpu",
        "data__shards": str(folder / "shards"),
        "data__splits": str(folder / "splits.parquet"),
        "data__text_cache": str(folder / "cache"),
        "data__batch_size": 8,
        "data__max_residues": 30,
        "model__checkpoint": str(folder / "checkpoint"),
        "objectives__gc": 1.0,
        "objectives__term": 0.3,
        "objectives__paraphrase": 0.2,
        "objectives__bsr": 0.0,
        "objectives__pda": 0.0,
        "objectives__mlm": 0.0,
        "optimizer__lr": 0.003,
        "optimizer__table_lr": 0.02,
        "snapshot__minutes": 1e-6,
        "snapshot__keep": 100,
        "evaluation__num_proteins": 8,
        **changes,
    }
    sections = {}
    for key, value in flat.items():
        section, name = key.split("__")
        told = f'"{value}"' if isinstance(value, str) else repr(value)
        sections.setdefault(section, []).append(f"{name} = {told}")
    lines = ["sinks = []"]
    for section, entries in sections.items():
        lines += [f"[{section}]", *entries]
    path = folder / "run.toml"
    path.write_text("\n".join(lines))
    return path
