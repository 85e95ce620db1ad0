"""From proteins to statements, documents, rows and GAF, on a planted family; curated before predicted."""

import csv
import io
import runpy
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from protclip.data.atlas import Atlas
from protclip.data.ontology import Ontology
from protclip.data.ontology_io import TermTable
from protclip.data.term_vectors import TermVectors
from protclip.errors import AssetError, FingerprintError, InputError
from protclip.predict.annotate import annotate
from protclip.predict.annotation_rows import COLUMNS, document, rows_of, separated, table_of
from protclip.predict.calibration import Calibration
from protclip.predict.function import FunctionPrediction, FunctionPredictor, TermPrediction
from protclip.predict.gaf import gaf_header, gaf_lines
from protclip.predict.neighbours import AtlasSource
from protclip.predict.opening import open_function_predictor
from protclip.predict.statements import Wanted, agreement_of, statements
from protclip.predict.term_evidence import TermColumns
from protclip.records import Protein

FAMILY = runpy.run_path(str(Path(__file__).with_name("tiny_family.py")))
HELICASE, KINASE, known, helicases = (FAMILY[name] for name in ("HELICASE", "KINASE", "known", "helicases"))
MUTANT = HELICASE.replace("WW", "FF")


@pytest.fixture(scope="module")
def ontology() -> Ontology:
    return FAMILY["make_ontology"]()


@pytest.fixture(scope="module")
def calibration() -> Calibration:
    return FAMILY["make_calibration"]()


@pytest.fixture(scope="module")
def predictor(ontology: Ontology, calibration: Calibration) -> FunctionPredictor:
    terms = ("GO:0004386", "GO:0006281", "GO:0031011")
    proteins = [known("P00001", KINASE, "GO:0004672", ec="2.7.11.1", name="A kinase")]
    proteins += helicases(*terms, name="A helicase")
    encoder = FAMILY["CompositionEncoder"]()
    rows = encoder.proteins([p.sequence for p in proteins])
    atlas = Atlas(proteins=tuple(proteins), protein_vectors=rows, biotext_vectors=rows, fingerprint="tiny")
    vectors = TermVectors(ids=terms, vectors=np.eye(3, 20, dtype=np.float32), fingerprint="tiny")
    columns = TermColumns.counted(ontology, proteins)
    return FunctionPredictor(encoder, AtlasSource(atlas, "tiny"), columns, vectors, calibration)  # type: ignore[arg-type]


def query(accession: str, sequence: str) -> Protein:
    return Protein(accession=accession, sequence=sequence)


@pytest.fixture
def mutant(predictor: FunctionPredictor) -> FunctionPrediction:
    return next(annotate([query("mutant", MUTANT)], predictor))


def test_no_protein_is_read_before_it_is_needed(predictor: FunctionPredictor) -> None:
    read: list[str] = []

    def stream() -> Iterator[Protein]:
        for number in range(100):
            read.append(f"q{number}")
            yield query(read[-1], MUTANT)

    found = annotate(stream(), predictor, batch=4)
    assert [next(found).label for _ in range(5)] == ["q0", "q1", "q2", "q3", "q4"]
    assert len(read) == 8


def test_long_proteins_make_small_batches(
    predictor: FunctionPredictor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("protclip.predict.annotate._BATCH_RESIDUES", 2 * len(MUTANT))
    read = iter([query(f"q{n}", MUTANT) for n in range(9)])
    next(annotate(read, predictor))
    assert next(read).accession == "q2"


def test_batches_do_not_change_what_is_said(predictor: FunctionPredictor, ontology: Ontology) -> None:
    proteins = [query("a", MUTANT), query("b", KINASE), query("c", KINASE[:40])]
    alone, together = (
        [document(f, ontology) for f in annotate(proteins, predictor, batch=batch)] for batch in (1, 64)
    )
    assert alone == together


def test_a_sequence_that_cannot_be_used_names_its_protein(predictor: FunctionPredictor) -> None:
    with pytest.raises(InputError, match="protein b: Character '1' at position 3"):
        list(annotate([query("a", MUTANT), query("b", "MK1")], predictor))
    with pytest.raises(InputError, match="batches of 0"):
        next(annotate([], predictor, batch=0))


def test_what_is_curated_comes_first_and_is_not_predicted_again(
    predictor: FunctionPredictor, ontology: Ontology
) -> None:
    (found,) = annotate([query("new", KINASE)], predictor)
    told = statements(found, ontology, Wanted(min_probability=0.05))
    curated = [(s.id, s.evidence, s.identity) for s in told if s.status == "curated" and s.kind == "MF"]
    assert curated == [("GO:0004672", "IDA", 1.0)]
    assert told[0].name == "Curated: protein kinase activity; same sequence as A kinase (P00001)"
    assert not {s.id for s in told if s.status == "predicted"} & {"GO:0004672", "GO:0003824", "2.7.11.1"}
    assert {(s.kind, s.id) for s in told if s.status == "curated"} >= {("EC", "2.7.11.1")}


def test_curated_terms_have_current_ids_and_are_no_roots(
    predictor: FunctionPredictor, ontology: Ontology
) -> None:
    (found,) = annotate([query("new", KINASE)], predictor)
    former = replace(ontology.term("GO:0004672"), secondary=("GO:0009999",))
    terms = tuple(former if t.id == former.id else t for t in ontology.terms())
    renamed = Ontology(TermTable(terms=terms, version="test"))
    old = known("P00001", KINASE, "GO:0009999", "GO:0003674", "GO:0008888")
    told = statements(replace(found, known=old), renamed)
    assert [s.id for s in told if s.status == "curated" and s.kind == "MF"] == ["GO:0004672"]


def test_without_itself_a_known_protein_is_predicted(
    predictor: FunctionPredictor, ontology: Ontology
) -> None:
    (found,) = annotate([query("P00001", KINASE)], predictor, exclude_self=True)
    told = statements(found, ontology, Wanted(min_probability=0.05))
    assert {s.status for s in told} == {"predicted"}
    assert "P00001" not in {a for s in told for a in (*s.supporters, s.homologue)}


def test_each_statement_has_its_evidence(mutant: FunctionPrediction, ontology: Ontology) -> None:
    told = {(s.kind, s.id): s for s in statements(mutant, ontology)}
    helicase = told["MF", "GO:0004386"]
    assert helicase.agreement == "homology and model"
    assert helicase.homologue in {"H0", "H1", "H2"}
    assert helicase.identity == pytest.approx(59 / 62, abs=0.03)
    assert helicase.query_coverage == 1
    assert told["EC", "3.6.4.12"].probability is None
    assert told["EC", "3.6.4.12"].homologues == 1
    assert (told["MF", "GO:0003824"].most_specific, helicase.most_specific) == (False, True)
    relations = {i: told[k, i].relation for k, i in told if k in ("MF", "BP", "CC")}
    assert relations["GO:0031011"] == "part_of"
    assert relations["GO:0005634"] == "located_in"
    assert (relations["GO:0006281"], relations["GO:0004386"]) == ("involved_in", "enables")
    line = told["description", ""]
    assert line.name.startswith("Predicted: helicase activity; DNA repair; nucleus; like A helicase (H")
    assert line.probability == min(told[k].probability or 1 for k in told if k[0] in ("MF", "BP", "location"))


def test_what_is_wanted(predictor: FunctionPredictor, mutant: FunctionPrediction, ontology: Ontology) -> None:
    (fused,) = annotate([query("fused", MUTANT + KINASE)], predictor)
    everything = statements(fused, ontology, Wanted(min_probability=0.05))
    one = statements(fused, ontology, Wanted(min_probability=0.05, top=1))
    assert {s.id for s in one} < {s.id for s in everything}
    assert all(sum(s.most_specific for s in one if s.kind == kind) == 1 for kind in ("MF", "CC"))
    assert "GO:0003824" in {s.id for s in one}, "what a chosen term implies is told, too"
    assert {s.kind for s in statements(mutant, ontology, Wanted(aspects=("BP",)))} == {"description", "BP"}
    (only,) = statements(replace(mutant, ec=()), ontology, Wanted(min_probability=1))
    assert only.name.startswith("Predicted: no term with a probability of 1; like A helicase")
    for wrong in ({"min_probability": 0.01}, {"aspects": ("XX",)}, {"top": 0}):
        with pytest.raises(InputError):
            Wanted(**wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("homologues", "neighbours", "text", "number", "told"),
    [
        (0.9, 0.9, 0.0, 3, "homology and model"),
        (0.9, 0.1, 3.0, 3, "homology and model"),
        (0.9, 0.1, 0.0, 3, "homology only"),
        (0.1, 0.9, 0.0, 3, "model only"),
        (0.9, 0.0, 3.0, 0, "model only"),
        (0.2, 0.1, 0.0, 3, "homology only"),
        (0.1, 0.2, 0.0, 3, "model only"),
    ],
)
def test_agreement(homologues: float, neighbours: float, text: float, number: int, told: str) -> None:
    term = TermPrediction(
        go_id="GO:1", name="", aspect="MF", probability=0.5, homologues=homologues, neighbours=neighbours,
        text=text, supporters=(),
    )  # fmt: skip
    assert agreement_of(term, number) == told


def test_a_document_has_the_shape_of_the_task(mutant: FunctionPrediction, ontology: Ontology) -> None:
    made = document(mutant, ontology)
    assert made["predicted_function"] == "helicase activity"
    assert 0.5 <= made["confidence_score"] <= 1
    assert made["homologues"][0]["identity"] > 0.9
    nothing = document(mutant, ontology, Wanted(min_probability=1))
    assert (nothing["predicted_function"], nothing["confidence_score"]) == ("no confident prediction", 0.0)


def test_rows_table_and_cells_say_the_same(mutant: FunctionPrediction, ontology: Ontology) -> None:
    made = document(mutant, ontology)
    rows = list(rows_of(made))
    assert table_of([made]).to_pylist() == rows
    assert len(rows) == len(made["statements"])
    rows[0]["name"] = '"A" protein'
    cells = list(csv.DictReader(io.StringIO(separated(rows, header=True)), delimiter="\t"))
    assert list(cells[0]) == list(COLUMNS)
    for row, cell in zip(rows, cells, strict=True):
        assert (cell["accession"], cell["name"]) == ("mutant", row["name"])
        assert cell["probability"] == ("" if row["probability"] is None else str(row["probability"]))
        assert cell["supporters"].split("; ") == row["supporters"]
        assert cell["most_specific"] == str(row["most_specific"]).lower()


def test_gaf_has_seventeen_columns_and_what_the_format_asks_for(
    predictor: FunctionPredictor, ontology: Ontology
) -> None:
    found = annotate([query("mine|1", MUTANT), query("P12345", KINASE)], predictor)
    documents = [document(f, ontology) for f in found]
    lines = [line.split("\t") for d in documents for line in gaf_lines(d, date="2026-01-31", taxon=9606)]
    assert {len(columns) for columns in lines} == {17}
    assert {(c[0], c[1]) for c in lines} == {("ProtCLIP", "mine|1"), ("UniProtKB", "P12345")}
    assert {c[6] for c in lines} == {"IEA"}
    assert {(c[3], c[4], c[8]) for c in lines if c[1] == "mine|1"} == {
        ("enables", "GO:0004386", "F"), ("involved_in", "GO:0006281", "P"), ("part_of", "GO:0031011", "C"),
    }  # fmt: skip
    assert {c[7] for c in lines if c[1] == "P12345" and c[4] == "GO:0004672"} == {"UniProtKB:P00001"}
    assert {(c[5], c[11], c[12], c[13], c[14]) for c in lines} == {
        ("ProtCLIP:tiny", "protein", "taxon:9606", "20260131", "ProtCLIP")
    }
    header = list(gaf_header({"model": "m", "date": "2026-01-31"}))
    assert header[0] == "!gaf-version: 2.2"
    assert all(line.startswith("!") for line in header)


def test_a_predictor_is_opened_with_a_calibration_of_its_checkpoint(
    ontology: Ontology, calibration: Calibration, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = np.zeros((0, 20), np.float32)
    atlas = Atlas(proteins=(), protein_vectors=rows, biotext_vectors=rows, fingerprint="tiny")
    vectors = TermVectors(ids=("GO:0004386",), vectors=np.eye(1, 20, dtype=np.float32), fingerprint="tiny")
    parts = (FAMILY["CompositionEncoder"](), AtlasSource(atlas, "tiny"), TermColumns(ontology), vectors)
    monkeypatch.setattr("protclip.starter.calibration_path", lambda: tmp_path / "shipped.json")
    with pytest.raises(AssetError, match=r"shipped\.json"):
        open_function_predictor(*parts)  # type: ignore[arg-type]
    calibration.write(tmp_path / "shipped.json")
    found = open_function_predictor(*parts)  # type: ignore[arg-type]
    assert next(annotate([query("a", MUTANT)], found)).homologues == ()
    replace(calibration, fingerprint="other").write(tmp_path / "other.json")
    with pytest.raises(FingerprintError, match="calibration"):
        open_function_predictor(*parts, tmp_path / "other.json")  # type: ignore[arg-type]
