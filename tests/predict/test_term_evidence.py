"""Evidence for GO terms: shares, strata and candidates on a planted family."""

import numpy as np
import pytest

from protclip.data.ontology import Ontology
from protclip.data.ontology_io import Term, TermTable
from protclip.data.term_vectors import TermVectors
from protclip.predict.neighbours import Neighbour
from protclip.predict.term_evidence import (
    NUM_SHARING_WORDS,
    STRATA,
    KnownNear,
    TermColumns,
    TermRows,
    gather_evidence,
    look_near,
)
from protclip.records import Annotation, Protein

FAMILY = "MKVLAAGITGHHKKLAWWRRDDEELLKKFFNNPPQQSSTTVVYYAACCDDEEFFGGHHIIKK"
OTHER = "GSGSGSPPPGSGSGSTTTGSGSGSNNNGSGSGSQQQGSGSGSAAAGSGSGSPPPGSGSGSTT"
_TERMS = (
    ("GO:0003674", "molecular_function", "MF", ()),
    ("GO:0003824", "catalytic activity", "MF", ("GO:0003674",)),
    ("GO:0004386", "helicase activity", "MF", ("GO:0003824",)),
    ("GO:0005488", "binding", "MF", ("GO:0003674",)),
    ("GO:0005575", "cellular_component", "CC", ()),
    ("GO:0005634", "nucleus", "CC", ("GO:0005575",)),
)


@pytest.fixture
def ontology() -> Ontology:
    terms = tuple(Term(id=i, name=n, aspect=a, parents=p) for i, n, a, p in _TERMS)
    return Ontology(TermTable(terms=terms, version="test"))


def known(accession: str, sequence: str, *go_ids: str) -> Protein:
    annotations = tuple(Annotation(kind="go", id=go_id) for go_id in go_ids)
    return Protein(accession=accession, sequence=sequence, annotations=annotations)


@pytest.fixture
def columns(ontology: Ontology) -> TermColumns:
    proteins = [
        known("A", FAMILY, "GO:0004386"),
        known("B", OTHER, "GO:0005634"),
        known("C", OTHER, "GO:0005634"),
    ]
    return TermColumns.counted(ontology, proteins)


@pytest.fixture
def rows(columns: TermColumns) -> TermRows:
    ids = ("GO:0004386", "GO:0004386", "GO:0005488", "GO:0005634")
    return TermRows(TermVectors(ids=ids, vectors=np.eye(4, dtype=np.float32), fingerprint="f"), columns)


def share(evidence: object, columns: TermColumns, name: str, go_id: str) -> float:
    column = columns.column(go_id)
    places = np.flatnonzero(evidence.columns == column)  # type: ignore[attr-defined]
    return float(getattr(evidence, name)[places[0]]) if len(places) else 0.0


class Source:
    """Gives what it was made of: neighbours by cosine, and everyone as sharing words."""

    name, fingerprint = "planted", "f"

    def __init__(self, *proteins: tuple[Protein, float]) -> None:
        self.near = [Neighbour(protein=p, cosine=c) for p, c in sorted(proteins, key=lambda pair: -pair[1])]

    def nearest(self, embeddings: np.ndarray, top: int, exclude: object = ()) -> list[list[Neighbour]]:
        return [self.near[:1] for _ in embeddings]

    def sharing_words(
        self, sequence: str, embedding: np.ndarray, top: int, exclude: object = ()
    ) -> list[Neighbour]:
        return self.near[:top]


def near(sequence: str, *proteins: tuple[Protein, float]) -> KnownNear:
    return next(look_near([sequence], np.eye(1, 4, dtype=np.float32), Source(*proteins)))


def test_frequencies_count_what_is_implied(columns: TermColumns) -> None:
    at = columns.column("GO:0003824")
    assert at is not None
    assert columns.frequency[at] == pytest.approx(1 / 3)
    assert columns.column("GO:0003674") is None


def test_a_homologue_speaks_louder_than_a_stranger(columns: TermColumns, rows: TermRows) -> None:
    mutant = FAMILY.replace("W", "F")
    seen = near(mutant, (known("B", OTHER, "GO:0005634"), 0.9), (known("A", FAMILY, "GO:0004386"), 0.2))
    assert [n.protein.accession for n in seen.homologues] == ["A"]
    found = gather_evidence(np.array([1, 0, 0, 0], np.float32), seen, columns, rows)
    assert share(found, columns, "homologues", "GO:0004386") > share(
        found, columns, "homologues", "GO:0005634"
    )
    assert share(found, columns, "neighbours", "GO:0005634") > share(
        found, columns, "neighbours", "GO:0004386"
    )
    assert share(found, columns, "homologues", "GO:0003824") >= share(
        found, columns, "homologues", "GO:0004386"
    )
    assert STRATA[found.stratum] == "over 90%"


def decoys(number: int) -> list[tuple[Protein, float]]:
    return [(known(f"D{i}", OTHER, "GO:0005634"), 0.9) for i in range(number)]


def test_a_distant_homologue_is_found_behind_many_that_share_more_words() -> None:
    distant = known("A", FAMILY[:40] + OTHER[:20], "GO:0004386"), 0.2
    seen = near(FAMILY, *decoys(NUM_SHARING_WORDS + 50), distant)
    assert [n.protein.accession for n in seen.homologues] == ["A"]


def test_nobody_looks_far_where_a_near_homologue_was_found() -> None:
    twin, farther = (known("A", FAMILY, "GO:0004386"), 0.95), (known("Z", FAMILY, "GO:0004386"), 0.1)
    seen = near(FAMILY, twin, *decoys(NUM_SHARING_WORDS), farther)
    assert [n.protein.accession for n in seen.homologues] == ["A"]


def test_no_homologue_leaves_the_frequencies(columns: TermColumns, rows: TermRows) -> None:
    seen = near(FAMILY, (known("B", OTHER, "GO:0005634"), 0.9))
    found = gather_evidence(np.array([0, 0, 1, 0], np.float32), seen, columns, rows)
    assert STRATA[found.stratum] == "no hit"
    np.testing.assert_allclose(found.homologues, found.frequency)


def test_a_term_is_as_near_as_its_nearest_wording(columns: TermColumns, rows: TermRows) -> None:
    cosines = rows.cosines(np.array([0.1, 0.9, 0.2, 0.3], np.float32))
    told = {columns.ids[c]: float(v) for c, v in zip(rows.columns, cosines, strict=True)}
    assert told["GO:0004386"] == pytest.approx(0.9)
    assert told["GO:0005488"] == pytest.approx(0.2)


def test_nothing_known_at_all(columns: TermColumns, rows: TermRows) -> None:
    nothing = KnownNear(neighbours=(), homologues=())
    found = gather_evidence(np.array([1, 0, 0, 0], np.float32), nothing, columns, rows)
    assert np.isfinite(found.text).all()
    assert (found.neighbours == found.frequency).all()


def test_terms_the_ontology_has_not_are_passed_over(columns: TermColumns) -> None:
    assert columns.of(known("Z", FAMILY, "GO:9999999", "GO:0005634")).tolist() == [
        columns.column("GO:0005634")
    ]
