"""The app over a dozen proteins and an encoder that hashes words, for machines without the shipped atlas.

Everything else is real: Gene Ontology, embedded index, retriever, pages. Run by test_search_browser.py.
"""

import os
import zlib
from pathlib import Path

import numpy as np

from protclip import starter
from protclip.data.ontology import Ontology
from protclip.records import Annotation, Protein
from streamlit_app import app, engine
from vector_store.build_index import build_from_proteins
from vector_store.opening import open_store
from vector_store.retriever import Retriever
from vector_store.terms import term_vectors_of

DIMENSION = 128
FACTS = (
    ("P46063", "ATP-dependent DNA helicase Q1", "RECQL", "GO:0003678 GO:0006281 GO:0005634"),
    ("P54132", "RecQ-like DNA helicase BLM", "BLM", "GO:0003678 GO:0006281 GO:0005634"),
    ("Q14191", "", "", "GO:0003678 GO:0006281"),
    ("P12931", "Proto-oncogene tyrosine-protein kinase Src", "SRC", "GO:0004713 GO:0005886"),
    ("P00519", "Tyrosine-protein kinase ABL1", "ABL1", "GO:0004713 GO:0005737"),
    ("P33176", "Kinesin-1 heavy chain", "KIF5B", "GO:0003777 GO:0005874"),
    ("O60282", "", "", "GO:0003777 GO:0005874"),
    ("Q09470", "Potassium voltage-gated channel KCNA1", "KCNA1", "GO:0005249 GO:0005886"),
    ("P01308", "Insulin", "INS", "GO:0005179 GO:0005576"),
    ("P38398", "Breast cancer type 1 susceptibility protein", "BRCA1", "GO:0004842 GO:0006281 GO:0005634"),
    ("P68871", "Hemoglobin subunit beta", "HBB", "GO:0005344 GO:0020037"),
    ("P00698", "Lysozyme C", "LYZ", "GO:0003796 GO:0005576"),
)


class HashingEncoder:
    """A text's words, hashed; a sequence's are those of the protein that has it."""

    name, fingerprint, dimension = "fixture", "f1c7de00", DIMENSION

    def __init__(self, words_of_sequence):
        self._words_of_sequence = words_of_sequence

    def texts(self, texts, *, progress=None):
        rows = np.full((len(texts), self.dimension), 0.02, np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in text.lower().replace("-", " ").split():
                row[zlib.crc32(word.encode()) % self.dimension] += 1
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)

    def proteins(self, sequences):
        return self.texts([self._words_of_sequence.get(s, "unknown") for s in sequences])

    def biotexts(self, biotexts, **_):
        return self.texts([b.text for b in biotexts])


def proteins(ontology):
    for number, (accession, name, gene, terms) in enumerate(FACTS):
        yield Protein(
            accession=accession,
            sequence=("MKVLAAGGTWYRNDEFHCIPQS" * 20)[number : 60 + 30 * number],
            name=name,
            gene=gene,
            organism=""
            if not name
            else "Gallus gallus (Chicken)"
            if gene == "LYZ"
            else "Homo sapiens (Human)",
            annotations=tuple(
                Annotation(kind="go", id=t, text=ontology.term(t).name, count=2) for t in terms.split()
            ),
        )


def open_engine(url, progress):
    ontology = Ontology.read_parquet(starter.ontology_path())
    records = list(proteins(ontology))
    words = {p.sequence: f"{p.name} {' '.join(a.text for a in p.annotations)}" for p in records}
    encoder = HashingEncoder(words)
    store = open_store(url, encoder.fingerprint, encoder.dimension, "write")
    build_from_proteins(records, ontology, store, encoder, progress)
    terms = term_vectors_of(encoder, store, ontology, cache=Path(url).with_name("terms"))
    retriever = Retriever(store, encoder, ontology, terms=terms)
    return engine.Engine(store=store, encoder=encoder, ontology=ontology, retriever=retriever)


if __name__ == "__main__":
    assert os.environ.get("PROTCLIP_INDEX"), "give the fixture a folder of its own"
    engine.open_engine = open_engine
    app.main()
