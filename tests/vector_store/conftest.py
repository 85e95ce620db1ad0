"""A miniature Gene Ontology, a dozen proteins, an encoder made of hashes, and every engine under one contract."""

import hashlib
import os
import uuid
import warnings
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

import protclip.encode
from protclip import starter
from protclip.data.atlas import Atlas, write_atlas
from protclip.data.ontology import Ontology
from protclip.data.ontology_io import Term, TermTable
from protclip.data.term_vectors import TermVectors
from protclip.records import Annotation, Biotext, Protein
from vector_store import sources
from vector_store.build_index import point_of
from vector_store.edge import EdgeStore
from vector_store.manifest import IndexManifest, OpenMode, StoreOptions
from vector_store.store import ProteinStore, StorePoint

FINGERPRINT, DIMENSION = "0123456789abcdef", 16
Rows = npt.NDArray[np.float32]
OpenStore = Callable[..., ProteinStore]

_TERMS = (
    ("GO:0003674", "molecular_function", "MF", (), ()),
    ("GO:0003824", "catalytic activity", "MF", ("GO:0003674",), ("enzyme activity",)),
    ("GO:0004386", "helicase activity", "MF", ("GO:0003824",), ()),
    ("GO:0003678", "DNA helicase activity", "MF", ("GO:0004386",), ("DNA helicase",)),
    ("GO:0004672", "protein kinase activity", "MF", ("GO:0003824",), ()),
    ("GO:0005488", "binding", "MF", ("GO:0003674",), ()),
    ("GO:0003677", "DNA binding", "MF", ("GO:0005488",), ()),
    ("GO:0008150", "biological_process", "BP", (), ()),
    ("GO:0006281", "DNA repair", "BP", ("GO:0008150",), ()),
    ("GO:0006810", "transport", "BP", ("GO:0008150",), ()),
    ("GO:0005575", "cellular_component", "CC", (), ()),
    ("GO:0005634", "nucleus", "CC", ("GO:0005575",), ()),
    ("GO:0005730", "nucleolus", "CC", ("GO:0005634",), ()),
    ("GO:0016020", "membrane", "CC", ("GO:0005575",), ()),
)
HUMAN, YEAST = "Homo sapiens (Human)", "Saccharomyces cerevisiae (Baker's yeast)"
_PROTEINS = (
    ("P38398", "Breast cancer type 1 helicase", "BRCA1", HUMAN, 120, "GO:0003678 GO:0006281 GO:0005634", "3.6.4.12"),
    ("Q9BX63", "Fanconi helicase", "BRIP1", HUMAN, 240, "GO:0003678 GO:0006281 GO:0005730", "3.6.4.-"),
    ("P12954", "DNA helicase SRS2", "SRS2", YEAST, 360, "GO:0004386 GO:0005634", ""),
    ("P00533", "Receptor kinase", "EGFR", HUMAN, 480, "GO:0004672 GO:0016020", "2.7.10.1"),
    ("P06241", "Tyrosine kinase Fyn", "FYN", HUMAN, 200, "GO:0004672", "2.7.10.2"),
    ("P11111", "", "", "", 90, "GO:0003677", ""),
    ("P22222", "", "", YEAST, 91, "GO:0006810 GO:0016020", ""),
    ("P33333", "", "", "", 92, "GO:0006810 GO:0016020", ""),
    ("P44444", "", "", "", 93, "", ""),
    ("MYPROT_1", "A protein of the user", "", "", 94, "", ""),
)  # fmt: skip


def unit(seed: str, dimension: int = DIMENSION) -> Rows:
    """A unit vector that depends on the text alone."""
    number = int.from_bytes(hashlib.blake2b(seed.encode(), digest_size=8).digest(), "big")
    row = np.random.default_rng(number).normal(size=dimension)
    return np.asarray(row / np.linalg.norm(row), dtype=np.float32)


class FakeEncoder:
    """Equal input, equal row; counts what it is asked."""

    fingerprint, name = FINGERPRINT, "fake"

    def __init__(self) -> None:
        self.num_texts = 0

    @property
    def dimension(self) -> int:
        return DIMENSION

    def proteins(self, sequences: Sequence[str], **_: object) -> Rows:
        return np.stack([unit(s) for s in sequences])

    def texts(self, texts: Sequence[str], **_: object) -> Rows:
        self.num_texts += len(texts)
        return np.stack([unit(t) for t in texts])

    def num_windows(self, sequence: str) -> int:
        return 1

    def biotexts(self, biotexts: Sequence[Biotext], **_: object) -> Rows:
        return np.stack([unit(b.text) if b.properties else np.zeros(DIMENSION, np.float32) for b in biotexts])


def _protein(row: tuple[str, str, str, str, int, str, str]) -> Protein:
    accession, name, gene, organism, length, go, ec = row
    names = {t[0]: t[1] for t in _TERMS}
    code = "IDA" if organism == HUMAN else "IEA"
    annotations = [Annotation(kind="go", id=i, text=names[i], evidence=code, count=2) for i in go.split()]
    annotations += [Annotation(kind="ec", id=ec)] if ec else []
    if accession == "P38398":
        annotations.append(Annotation(kind="function", text="Unwinds DNA; “needs” ATP.\n{ECO:1}"))
    return Protein(
        accession=accession,
        sequence=(accession.replace("_", "") + "ACDEFGHIKLMNPQRSTVWY" * 30)[:length].translate(
            {48 + d: 65 + d for d in range(10)}
        ),
        name=name,
        gene=gene,
        organism=organism,
        existence=1 if name else None,
        reviewed=bool(gene),
        annotations=tuple(annotations),
    )


@pytest.fixture(scope="session")
def ontology() -> Ontology:
    terms = (Term(id=i, name=n, aspect=a, parents=p, synonyms=s) for i, n, a, p, s in _TERMS)  # type: ignore[arg-type]
    return Ontology(TermTable(terms=tuple(sorted(terms, key=lambda t: t.id))))


@pytest.fixture(scope="session")
def terms(ontology: Ontology) -> TermVectors:
    found = [t for t in ontology.terms() if t.id not in ontology.roots]
    rows = np.stack([unit(t.name) for t in found])
    return TermVectors(ids=tuple(t.id for t in found), vectors=rows, fingerprint=FINGERPRINT)


@pytest.fixture(scope="session")
def proteins() -> tuple[Protein, ...]:
    return tuple(_protein(row) for row in _PROTEINS)


@pytest.fixture(scope="session")
def atlas(proteins: tuple[Protein, ...]) -> Atlas:
    known = [bool(p.annotations) for p in proteins]
    return Atlas(
        proteins=proteins,
        protein_vectors=np.stack([unit(p.sequence) for p in proteins]),
        biotext_vectors=np.stack(
            [unit(f"about {p.accession}") * k for p, k in zip(proteins, known, strict=True)]
        ),
        fingerprint=FINGERPRINT,
    )


@pytest.fixture(scope="session")
def points(atlas: Atlas, ontology: Ontology) -> list[StorePoint]:
    rows = zip(atlas.proteins, atlas.protein_vectors, atlas.biotext_vectors, strict=True)
    return [point_of(*row, ontology) for row in rows]


@pytest.fixture
def encoder() -> FakeEncoder:
    return FakeEncoder()


@pytest.fixture(params=["edge", "memory", "server"], scope="module")
def new_engine(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[], OpenStore]]:
    """Makes a place for an index in the engine under test; what it gives opens the index of that place."""
    from qdrant_client import QdrantClient

    if request.param == "edge":
        yield lambda: _edge_opener(tmp_path_factory.mktemp("edge") / "index")
        return
    if request.param == "memory":
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Payload indexes have no effect")
            yield lambda: _server_opener(QdrantClient(":memory:"), "test")
        return
    if not os.environ.get("QDRANT_URL"):
        pytest.skip("QDRANT_URL is not set: no Qdrant server to test against")
    client = QdrantClient(url=os.environ["QDRANT_URL"], api_key=os.environ.get("QDRANT_API_KEY"))
    lead = f"protclip_test_{uuid.uuid4().hex[:8]}"
    numbers = count()
    yield lambda: _server_opener(client, f"{lead}_{next(numbers)}")
    for name in (c.name for c in client.get_collections().collections):
        if name.startswith(lead):
            client.delete_collection(name)


@pytest.fixture
def open_engine(new_engine: Callable[[], OpenStore]) -> OpenStore:
    """Opens an index that only this test uses."""
    return new_engine()


def _edge_opener(folder: Path) -> OpenStore:
    def opener(
        mode: OpenMode = "write", fingerprint: str = FINGERPRINT, dimension: int = DIMENSION
    ) -> ProteinStore:
        return EdgeStore.open(folder, fingerprint, dimension, mode)

    return opener


def _server_opener(client: object, alias: str) -> OpenStore:
    from qdrant_client import QdrantClient

    from vector_store import server

    assert isinstance(client, QdrantClient)

    class Kept(server.ServerStore):
        """Leaves the client open: what is in memory would be gone with it."""

        def _release(self) -> None: ...

    def opener(
        mode: OpenMode = "write", fingerprint: str = FINGERPRINT, dimension: int = DIMENSION
    ) -> ProteinStore:
        manifest = IndexManifest.new(fingerprint, dimension, StoreOptions())
        if mode in ("write", "rebuild"):
            store = server.open_for_loading(
                client, manifest, place="test", alias=alias, rebuild=mode == "rebuild"
            )
        else:
            store = server.open_served(client, fingerprint, dimension, place="test", alias=alias)
        store.__class__ = Kept
        return store

    return opener


@pytest.fixture(scope="module")
def loaded(new_engine: Callable[[], OpenStore], points: list[StorePoint]) -> Iterator[ProteinStore]:
    """A complete index that the tests of a module share: leave it as it is, and open."""
    store = filled(new_engine(), points)
    yield store
    store.close()


@pytest.fixture
def fresh(open_engine: OpenStore, points: list[StorePoint]) -> Iterator[ProteinStore]:
    """A complete index of `open_engine` that a test may close or change."""
    store = filled(open_engine, points)
    yield store
    store.close()


def filled(opener: OpenStore, points: list[StorePoint]) -> ProteinStore:
    store = opener()
    store.upsert(points)
    store.finish()
    return store


@pytest.fixture
def edge_loaded(tmp_path: Path, points: list[StorePoint]) -> Iterator[ProteinStore]:
    store = filled(_edge_opener(tmp_path / "index"), points)
    yield store
    store.close()


@pytest.fixture
def shipped_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, atlas: Atlas, ontology: Ontology, encoder: FakeEncoder
) -> Path:
    """An empty working folder where the shipped atlas, ontology and model are the miniature ones."""
    write_atlas(atlas, tmp_path / "atlas")
    ontology.write_parquet(tmp_path / "ontology.parquet", definitions=False)
    monkeypatch.setattr(starter, "atlas_path", lambda: tmp_path / "atlas")
    monkeypatch.setattr(starter, "ontology_path", lambda: tmp_path / "ontology.parquet")
    monkeypatch.setattr(starter, "checkpoint_path", lambda: tmp_path / "checkpoint")
    monkeypatch.setattr(sources, "fingerprint", lambda path: encoder.fingerprint)
    monkeypatch.setattr(protclip.encode.Encoder, "from_pretrained", classmethod(lambda cls, model: encoder))
    monkeypatch.chdir(tmp_path)
    for name in ("QDRANT_URL", "PROTCLIP_INDEX"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path
