"""Evidence codes in groups, the strongest of several, and what stands behind a protein."""

import pytest

from protclip.data.evidence import CODES, EVIDENCE_GROUPS, evidence_group, evidence_groups, strongest
from protclip.records import Annotation, Protein


def test_every_code_has_one_group() -> None:
    codes = [code for group in CODES.values() for code in group]
    assert len(codes) == len(set(codes))
    assert tuple(CODES) == EVIDENCE_GROUPS


@pytest.mark.parametrize(
    ("code", "group"),
    [
        ("IDA", "experimental"),
        ("HDA", "experimental"),
        ("TAS", "curated"),
        ("IC", "curated"),
        ("IBA", "computational"),
        ("IEA", "computational"),
        ("ND", "unknown"),
        ("", "unknown"),
        ("ECO:0007744", "unknown"),
    ],
)
def test_groups_as_go_has_them(code: str, group: str) -> None:
    assert evidence_group(code) == group


@pytest.mark.parametrize(
    ("codes", "best"),
    [
        (("IEA", "IBA", "IDA", "TAS"), "IDA"),
        (("IEA", "HDA"), "HDA"),
        (("IEA", "ISS", "NAS"), "NAS"),
        (("IEA", "IBA"), "IBA"),
        (("XYZ", "ND"), "ND"),
        ((), ""),
    ],
)
def test_an_experiment_goes_before_a_statement_before_a_likeness_before_a_program(codes, best) -> None:
    assert strongest(codes) == strongest(reversed(codes)) == best


def protein(*codes: str) -> Protein:
    go = tuple(Annotation(kind="go", id=f"GO:{n:07d}", evidence=code) for n, code in enumerate(codes))
    return Protein(
        accession="P1", sequence="MKT", annotations=(*go, Annotation(kind="ec", id="1", evidence="IDA"))
    )


def test_a_protein_has_the_groups_of_its_go_annotations_and_unknown_only_alone() -> None:
    assert evidence_groups(protein("IEA", "IDA", "")) == ("experimental", "computational")
    assert evidence_groups(protein("", "ND")) == ("unknown",)
    assert evidence_groups(protein()) == ("unknown",)
