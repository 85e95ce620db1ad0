"""A dozen proteins behind the real pages: store, encoder and retriever are faked, nothing else is."""

import zlib
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from protclip.data.evidence import evidence_groups
from protclip.errors import InputError
from protclip.records import Annotation, Hit, Protein
from streamlit_app.engine import NUM_COUNTED
from vector_store.recognise import recognise
from vector_store.search_records import FacetCount, SearchResult
from vector_store.store import ScoredPoint, SearchFilter, StoreInfo

DIMENSION = 64
TERMS = {
    "GO:0003674": ("molecular_function", "MF"),
    "GO:0004386": ("helicase activity", "MF"),
    "GO:0004672": ("protein kinase activity", "MF"),
    "GO:0006281": ("DNA repair", "BP"),
    "GO:0005634": ("nucleus", "CC"),
}
WORDS = ["DNA helicase in repair", "protein kinase", "potassium channel", "kinesin motor"]


def protein(number: int) -> Protein:
    word = WORDS[number % len(WORDS)]
    go = {0: ("GO:0004386", "GO:0006281"), 1: ("GO:0004672",)}.get(number % len(WORDS), ("GO:0005634",))
    return Protein(
        accession=f"P{number:05d}",
        sequence=("MKVLAAGGTWYRN" * (number + 2))[: 30 + 10 * number],
        name="" if number >= 8 else f"{word} {number}",
        organism="Homo sapiens (Human)" if number % 2 else "Mus musculus (Mouse)",
        annotations=tuple(
            Annotation(
                kind="go", id=g, text=TERMS[g][0], count=number + 1, evidence="IDA" if number < 3 else ""
            )
            for g in go
        ),
    )


PROTEINS = tuple(protein(number) for number in range(12))


class FakeOntology:
    roots = ("GO:0003674",)

    def __len__(self):
        return len(TERMS)

    def __contains__(self, go_id):
        return go_id in TERMS

    def resolve(self, go_id):
        return go_id if go_id in TERMS else None

    def term(self, go_id):
        if go_id not in TERMS:
            raise InputError(f"{go_id} is no GO term. Near ones: GO:0004386 helicase activity")
        name, aspect = TERMS[go_id]
        return SimpleNamespace(id=go_id, name=name, aspect=aspect)

    def find(self, text):
        return tuple(self.term(g) for g, (name, _) in TERMS.items() if name.lower() == text.lower())

    def leaves(self, ids):
        return tuple(sorted(ids))

    def closure(self, ids):
        return frozenset(ids) | {"GO:0003674"}

    def descendants(self, go_id):
        return frozenset({go_id})

    def ancestors(self, go_id):
        return self.closure({go_id})


class FakeEncoder:
    name, fingerprint = "fake-mini", "f00dcafe"

    def texts(self, texts):
        rows = np.zeros((len(texts), DIMENSION), np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in text.lower().split():
                row[zlib.crc32(word.encode()) % DIMENSION] += 1
            row += 0.01
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)

    def proteins(self, sequences):
        by_sequence = {p.sequence: p for p in PROTEINS}
        return self.texts([text_of(by_sequence[s]) if s in by_sequence else "unknown" for s in sequences])


def text_of(p: Protein) -> str:
    return f"{WORDS[int(p.accession[1:]) % len(WORDS)]} {p.accession}"


class FakeStore:
    def __init__(self):
        self.by_accession = {p.accession: p for p in PROTEINS}
        self.rows = FakeEncoder().texts([text_of(p) for p in PROTEINS])

    def info(self):
        return StoreInfo(
            engine="fake",
            location="memory",
            fingerprint="f00dcafe",
            schema_version=1,
            dimension=DIMENSION,
            num_points=len(PROTEINS),
            complete=True,
        )

    def passing(self, where: SearchFilter):
        for p in PROTEINS:
            ids = {a.id for a in p.annotations}
            fits = not where.go or ids & set(where.go)
            fits = fits and (not where.organism or p.organism in where.organism)
            fits = fits and (where.length_min is None or len(p.sequence) >= where.length_min)
            fits = fits and (where.length_max is None or len(p.sequence) <= where.length_max)
            groups = evidence_groups(p)
            fits = fits and (not where.evidence or set(groups) & set(where.evidence))
            if fits and (where.named is None or bool(p.name) == where.named):
                yield p

    def vectors(self, accessions, name):
        place = {p.accession: n for n, p in enumerate(PROTEINS)}
        return [self.rows[place[a]] if a in place else None for a in accessions]

    def get(self, accessions):
        return [self.by_accession.get(a) for a in accessions]

    def query(self, query):
        """The nearest proteins to a vector; the only query that pages ask of a store themselves."""
        scores = self.rows @ query.protein_vector
        order = sorted(range(len(PROTEINS)), key=lambda n: (-scores[n], PROTEINS[n].accession))
        return [
            ScoredPoint(protein=PROTEINS[n], score=float(scores[n]), leg_ranks=(("protein", rank),))
            for rank, n in enumerate(order[: query.limit], 1)
        ]


class FakeRetriever:
    """Keeps the retriever's contract on a dozen proteins; ``asked`` records every query."""

    def __init__(self, store: FakeStore):
        self.store, self.asked = store, []
        self.background = store.rows

    def facets(self, field, where, limit):
        values = {
            "go": lambda p: [a.id for a in p.annotations],
            "organism": lambda p: [p.organism],
            "evidence": evidence_groups,
        }
        found = Counter(v for p in self.store.passing(where) for v in values.get(field, lambda p: [])(p))
        return tuple(FacetCount(value=v, label=v, count=n) for v, n in found.most_common(limit))

    def title(self, p):
        return p.name or TERMS[p.annotations[0].id][0]

    def search(self, query):
        if query.top != NUM_COUNTED:
            self.asked.append(query)
        kind, vector = self._read(query)
        passing = list(self.store.passing(query.filter))
        cosine = {
            p.accession: float(self.store.vectors([p.accession], "protein")[0] @ vector) for p in PROTEINS
        }
        if query.mode == "lexical":
            passing = [p for p in passing if set(query.text.lower().split()) & set(p.name.lower().split())]
        passing.sort(key=lambda p: (-cosine[p.accession], p.accession))
        hits = tuple(self._hit(rank, p, cosine, query) for rank, p in enumerate(passing[: query.top], 1))
        return SearchResult(
            query=query, kind=kind, hits=hits, fingerprint="f00dcafe", index="fake", num_indexed=12,
            warnings=("A warning with <b>HTML</b> in it.",) if "warn" in query.text else (), seconds=0.005,
            vector=None if query.mode == "lexical" else vector,
        )  # fmt: skip

    def _read(self, query):
        if query.more_like:
            return "examples", np.mean(self.store.vectors(query.more_like, "protein"), axis=0)
        found = recognise(query.text, query.kind, self.store.by_accession.__contains__)
        if found.kind == "accession":
            return found.kind, self.store.vectors([found.value], "protein")[0]
        encode = FakeEncoder().proteins if found.kind == "sequence" else FakeEncoder().texts
        return found.kind, encode([found.value])[0]

    def _hit(self, rank, p, cosine, query):
        lexical = query.mode == "lexical"
        below = sum(c < cosine[p.accession] for c in cosine.values()) / len(cosine) * 100
        return Hit(
            rank=rank,
            protein=p,
            score=1 / (60 + rank),
            cosine=None if lexical else cosine[p.accession],
            percentile=None if lexical else below,
            leg_ranks=(("lexical", rank),) if lexical else (("protein", rank),),
            matched=p.annotations[:1],
        )

    def protein(self, accession):
        accession = accession.upper()
        if accession not in self.store.by_accession:
            raise InputError(f"The index has no protein {accession}. Near ones: P00001, P00002.")
        return self.store.by_accession[accession]


@pytest.fixture
def retriever(monkeypatch, tmp_path):
    """The fake retriever behind the pages for one test, with nothing cached from the one before."""
    import streamlit as st

    from streamlit_app import engine

    store = FakeStore()
    fake = FakeRetriever(store)

    def open_engine(url, progress):
        progress(12, 12)
        return engine.Engine(
            store=store,
            encoder=FakeEncoder(),
            ontology=FakeOntology(),
            retriever=fake,
            contributions=lambda sequences, vector: [np.linspace(-1, 3, len(s)) for s in sequences],
        )

    monkeypatch.setattr(engine, "open_engine", open_engine, raising=False)
    monkeypatch.setattr(engine, "warm_up", lambda engine: None, raising=False)  # it searches
    monkeypatch.setenv("PROTCLIP_UPLOADS", str(tmp_path / "uploads"))
    st.cache_resource.clear()
    st.cache_data.clear()
    yield fake
    st.cache_resource.clear()
    st.cache_data.clear()


@pytest.fixture
def app(retriever):
    """The app as a visitor meets it, before its first run."""
    from streamlit.testing.v1 import AppTest

    import streamlit_app

    return AppTest.from_file(str(Path(streamlit_app.__file__).with_name("app.py")), default_timeout=20)
