"""Annotations and sequences arranged for reading."""

from types import SimpleNamespace

from protclip.records import Annotation, Protein
from streamlit_app.annotation_view import (
    evidence_words,
    go_by_aspect,
    outside_links,
    with_code,
)


class Terms:
    names = {"GO:1": ("helicase activity", "MF"), "GO:2": ("DNA repair", "BP"), "GO:3": ("binding", "MF")}

    def resolve(self, go_id):
        return {"GO:old": "GO:1"}.get(go_id, go_id if go_id in self.names else None)

    def term(self, go_id):
        name, aspect = self.names[go_id]
        return SimpleNamespace(name=name, aspect=aspect)


def test_go_terms_stand_under_their_aspect_best_supported_first() -> None:
    annotations = (
        Annotation(kind="go", id="GO:3", count=1),
        Annotation(kind="go", id="GO:old", count=4, evidence="IDA"),
        Annotation(kind="go", id="GO:2"),
        Annotation(kind="go", id="GO:9", text="gone"),
        Annotation(kind="ec", id="3.6.4.12"),
    )
    groups = go_by_aspect(Protein(accession="P1", sequence="M", annotations=annotations), Terms())
    assert [(line.name, line.count) for line in groups["MF"]] == [("helicase activity", 4), ("binding", 1)]
    assert groups["MF"][0].evidence == "IDA: direct assay"
    assert [with_code(line) for line in groups["MF"]] == ["helicase activity (IDA)", "binding"]
    assert [line.name for line in groups["BP"]] == ["DNA repair"]
    assert groups["CC"] == ()
    assert [line.name for line in groups[""]] == ["gone"]


def test_outside_links_only_for_uniprot_accessions() -> None:
    links = outside_links("P38398")
    assert [label for label, _ in links] == ["UniProt", "AlphaFold DB", "InterPro", "QuickGO", "PubMed"]
    assert all(address.startswith("https://") and "P38398" in address for _, address in links)
    assert len(outside_links("A0A024R1R8")) == 5
    assert outside_links("my_protein|1") == ()


def test_unknown_evidence_is_shown_as_it_is() -> None:
    assert evidence_words("ECO:0000269|PubMed:1") == "ECO:0000269|PubMed:1"
