"""What two proteins share in the ontology: the most specific terms, with their evidence, never a root."""

import runpy
from pathlib import Path

from protclip.predict.shared_terms import count_having, shared_terms
from protclip.records import Annotation, Protein

FAMILY = runpy.run_path(str(Path(__file__).with_name("tiny_family.py")))
ONTOLOGY = FAMILY["make_ontology"]()


def protein(*ids: str, evidence: str = "") -> Protein:
    annotations = (Annotation(kind="go", id=go_id, evidence=evidence) for go_id in ids)
    return Protein(accession="P", sequence="MKV", annotations=tuple(annotations))


def test_shared_terms_are_the_most_specific_of_location_and_process() -> None:
    complex_, nucleus, repair, helicase = "GO:0031011", "GO:0005634", "GO:0006281", "GO:0004386"
    first, second = protein(complex_, repair, helicase, evidence="IDA"), protein(nucleus, repair, helicase)
    found = {term.id: term for term in shared_terms(first, second, ONTOLOGY)}
    assert set(found) == {
        nucleus,
        repair,
    }  # the complex is in the nucleus; what both do is no place and no process
    assert (found[nucleus].name, found[nucleus].aspect) == ("nucleus", "CC")
    assert (found[nucleus].first_evidence, found[nucleus].second_evidence) == (("IDA",), ())
    assert {t.id for t in shared_terms(first, first, ONTOLOGY)} == {complex_, repair}
    assert {t.id for t in shared_terms(first, second, ONTOLOGY, aspects=("MF",))} == {helicase}


def test_proteins_that_share_only_a_root_share_nothing() -> None:
    assert shared_terms(protein("GO:0031011"), protein("GO:0006281"), ONTOLOGY) == ()
    assert shared_terms(protein("GO:0032991"), protein("GO:0005634"), ONTOLOGY) == ()
    assert shared_terms(protein("GO:9999999"), protein("GO:9999999"), ONTOLOGY) == ()
    assert shared_terms(protein(), protein("GO:0006281"), ONTOLOGY) == ()


def test_a_term_is_counted_for_whoever_has_it_or_one_below_it() -> None:
    proteins = [protein("GO:0031011", "GO:0005634"), protein("GO:0032991"), protein("GO:0006281"), protein()]
    asked = ["GO:0005634", "GO:0032991", "GO:0004386"]
    assert count_having(asked, proteins, ONTOLOGY) == {"GO:0005634": 1, "GO:0032991": 2, "GO:0004386": 0}
