import pytest

from protclip.data.ontology import Ontology
from protclip.errors import InputError
from vector_store.filters import parse_filters
from vector_store.store import SearchFilter

ORGANISMS = ["Homo sapiens (Human)", "Homo sapiens neanderthalensis", "Escherichia coli"]


def parsed(ontology: Ontology, *pairs: str) -> SearchFilter:
    return parse_filters(pairs, ontology, lambda: ORGANISMS)


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ((), SearchFilter()),
        (("go=GO:0004386",), SearchFilter(go=("GO:0004386",))),
        (("go=helicase activity", "go = dna HELICASE"), SearchFilter(go=("GO:0004386", "GO:0003678"))),
        (("ec=EC 3.6.4.-", "ec=2"), SearchFilter(ec=("3.6.4", "2"))),
        (("location=nucleus",), SearchFilter(location=("GO:0005634",))),
        (("length=100-300",), SearchFilter(length_min=100, length_max=300)),
        (("length=100-",), SearchFilter(length_min=100)),
        (("length=..300",), SearchFilter(length_max=300)),
        (("named=yes",), SearchFilter(named=True)),
        (("named=No",), SearchFilter(named=False)),
        (("evidence=Experimental", "evidence=curated"), SearchFilter(evidence=("experimental", "curated"))),
        (("organism=coli",), SearchFilter(organism=("Escherichia coli",))),
        (("organism=homo sapiens",), SearchFilter(organism=tuple(ORGANISMS[:2]))),
        (("organism=Homo sapiens (Human)",), SearchFilter(organism=("Homo sapiens (Human)",))),
    ],
)
def test_filters_as_they_are_written(
    ontology: Ontology, pairs: tuple[str, ...], expected: SearchFilter
) -> None:
    assert parsed(ontology, *pairs) == expected


@pytest.mark.parametrize(
    ("pair", "told"),
    [
        ("organsim=x", "Did you mean organism"),
        ("go", "KEY=VALUE"),
        ("go=", "KEY=VALUE"),
        ("go=GO:9999999", "unknown GO id 'GO:9999999'. Nearest: GO:"),
        ("go=helicase actvity", "helicase activity"),
        ("location=DNA repair", "not one of the locations.*nucleus"),
        ("ec=9.1", "3.6.4.12"),
        ("ec=helicase", "no EC number"),
        ("length=300-100", "first number is above"),
        ("length=-", "100-300"),
        ("length=many", "100-300"),
        ("named=maybe", "yes or no"),
        ("evidence=IDA", "'IDA' is no group of evidence. Give one of experimental, curated"),
        ("organism=Mus musculus", "Nearest"),
    ],
)
def test_what_cannot_be_used_says_what_can(ontology: Ontology, pair: str, told: str) -> None:
    with pytest.raises(InputError, match=told):
        parsed(ontology, pair)


def test_organisms_are_asked_for_only_when_needed(ontology: Ontology) -> None:
    def never() -> list[str]:
        raise AssertionError("asked")

    assert parse_filters(["named=yes"], ontology, never) == SearchFilter(named=True)
