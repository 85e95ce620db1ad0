import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protclip.errors import StoreError
from protclip.records import ANNOTATION_KINDS, Annotation, Protein
from vector_store.payload import RECORD, ec_prefixes, payload_of, protein_of
from vector_store.schema import point_id
from vector_store.store import StorePoint

text = st.text(max_size=20)
annotations = st.builds(
    Annotation,
    kind=st.sampled_from(ANNOTATION_KINDS),
    id=st.text(min_size=1, max_size=12),
    text=text,
    evidence=text,
    count=st.integers(1, 9),
)
proteins = st.builds(
    Protein,
    accession=st.from_regex(r"[A-Z0-9_.|-]{1,20}", fullmatch=True),
    sequence=st.text("ACDEFGHIKLMNPQRSTVWYX", min_size=1, max_size=50),
    name=text,
    gene=text,
    organism=text,
    existence=st.one_of(st.none(), st.integers(1, 5)),
    reviewed=st.booleans(),
    annotations=st.lists(annotations, max_size=4).map(tuple),
)


@given(proteins)
def test_a_protein_survives_the_payload_and_json(protein: Protein) -> None:
    point = StorePoint(protein=protein, protein_vector=None, biotext_vector=None)  # type: ignore[arg-type]
    assert protein_of(json.loads(json.dumps(payload_of(point)))) == protein


def test_indexed_fields() -> None:
    protein = Protein(
        accession="P1",
        sequence="MKT",
        name="x",
        annotations=(Annotation(kind="ec", id="3.6.4.12"), Annotation(kind="ec", id="3.6.-.-")),
    )
    point = StorePoint(
        protein=protein,
        protein_vector=None,  # type: ignore[arg-type]
        biotext_vector=None,
        go_closure=("GO:0000001", "GO:0000002", "other"),
        location=("GO:0000002",),
    )
    payload = payload_of(point)
    payload.pop(RECORD)
    assert payload == {
        "accession": "P1",
        "go": [1, 2],
        "ec_prefixes": ["3", "3.6", "3.6.4", "3.6.4.12"],
        "ec_class": ["3"],
        "location": [2],
        "length": 3,
        "named": "yes",
        "evidence": ["unknown"],
    }


def test_prefixes_of_an_incomplete_number() -> None:
    protein = Protein(accession="P1", sequence="M", annotations=(Annotation(kind="ec", id="2.7.-.-"),))
    assert ec_prefixes(protein) == ["2", "2.7"]


@pytest.mark.parametrize(
    "payload", [{}, {"accession": "P1"}, {"accession": "P1", RECORD: "{"}, {"accession": "P1", RECORD: "{}"}]
)
def test_a_payload_of_somebody_else_is_a_sentence(payload: dict[str, str]) -> None:
    with pytest.raises(StoreError, match="protclip index --rebuild"):
        protein_of(payload)


def test_point_ids_never_change() -> None:
    # A changed id would load every protein a second time into an index that exists.
    assert point_id("P38398") == "81c64131-046e-5526-9aa4-65be5e637467"
    assert point_id("P38398") != point_id("P38399")
