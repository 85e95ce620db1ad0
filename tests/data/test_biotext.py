import pytest
from hypothesis import given
from hypothesis import strategies as st

from protclip.data.biotext import UNCHARACTERIZED, clauses, describe, parse_biotext, title
from protclip.data.ontology import Ontology, Term
from protclip.data.ontology_io import TermTable
from protclip.errors import InputError
from protclip.records import PROPERTIES, Annotation, Biotext, Protein

TERMS = (
    Term(id="GO:0003674", name="molecular_function", aspect="MF"),
    Term(id="GO:0003677", name="DNA binding", aspect="MF", parents=("GO:0003674",)),
    Term(id="GO:0003678", name="DNA helicase activity", aspect="MF", parents=("GO:0003674",)),
    Term(id="GO:0004003", name="old helicase", aspect="MF", obsolete=True),
    Term(id="GO:0005515", name="protein binding", aspect="MF", parents=("GO:0003674",)),
    Term(
        id="GO:0005524", name="ATP binding", aspect="MF", parents=("GO:0003674",), secondary=("GO:0000001",)
    ),
    Term(id="GO:0005575", name="cellular_component", aspect="CC"),
    Term(id="GO:0005634", name="nucleus", aspect="CC", parents=("GO:0005575",)),
    Term(id="GO:0005730", name="nucleolus", aspect="CC", parents=("GO:0005634",)),
    Term(id="GO:0006281", name="DNA repair", aspect="BP", parents=("GO:0008150",)),
    Term(id="GO:0006310", name="DNA recombination", aspect="BP", parents=("GO:0008150",)),
    Term(id="GO:0008150", name="biological_process", aspect="BP"),
    Term(id="GO:0043140", name="3'-5' DNA helicase", aspect="MF", parents=("GO:0003677", "GO:0003678")),
)
ONTOLOGY = Ontology(TermTable(terms=TERMS))


def protein(*go_ids, name="", gene="", extra=()):
    annotations = tuple(Annotation(kind="go", id=go_id) for go_id in go_ids)
    return Protein(accession="P1", sequence="MKV", name=name, gene=gene, annotations=(*annotations, *extra))


def prose(kind, text):
    return Annotation(kind=kind, text=text)


def test_go_only_protein_is_told_by_its_most_specific_terms():
    known = describe(
        protein(
            "GO:0005524", "GO:0043140", "GO:0003677", "GO:0006310", "GO:0006281", "GO:0005634", "GO:0005730"
        ),
        ONTOLOGY,
    )
    assert known.text == (
        "FUNCTION: ATP binding; 3'-5' DNA helicase. Involved in DNA repair; DNA recombination. "
        "SUBCELLULAR LOCATION: nucleolus."
    )


def test_process_alone_and_component_alone():
    assert describe(protein("GO:0006281"), ONTOLOGY).text == "FUNCTION: Involved in DNA repair."
    assert describe(protein("GO:0005634"), ONTOLOGY).text == "SUBCELLULAR LOCATION: nucleus."


def test_protein_binding_comes_last_though_its_id_sorts_before():
    assert (
        describe(protein("GO:0005515", "GO:0005524"), ONTOLOGY).text
        == "FUNCTION: ATP binding; protein binding."
    )


def test_secondary_ids_count_once_and_unknown_obsolete_and_root_ids_vanish():
    odd = protein("GO:0000001", "GO:0005524", "GO:9999999", "GO:0004003", "GO:0008150", "GO:0005575")
    assert describe(odd, ONTOLOGY).text == "FUNCTION: ATP binding."


def test_name_gene_ec_and_pfam_of_a_go_only_protein():
    extra = (
        Annotation(kind="ec", id="3.6.4.12"),
        Annotation(kind="pfam", id="PF00270", text="DEAD"),
        Annotation(kind="pfam", id="PF00271"),
    )
    known = describe(protein(name="RecQ helicase", gene="RECQ", extra=extra), ONTOLOGY)
    assert known.properties == (
        ("PROTEIN NAME", "RecQ helicase (EC 3.6.4.12)."),
        ("SIMILARITY", "Matches Pfam PF00270 (DEAD); PF00271."),
    )
    assert describe(protein(gene="RECQ"), None).text == "PROTEIN NAME: RECQ."


def test_without_an_ontology_go_terms_are_left_out_and_nothing_known_is_an_empty_text():
    assert describe(protein("GO:0005524"), None) == Biotext(properties=())
    assert describe(protein(), ONTOLOGY).text == ""


def test_uniprot_protein_follows_the_template_and_gets_no_go_text():
    cell = "Cutinase (EC 3.1.1.74)"
    known = describe(
        protein(
            "GO:0005634",
            name=cell,
            extra=(
                prose("similarity", "Belongs to the cutinase family. {ECO:0000255|RuleBase:RU361263}."),
                prose("function", "Degrades cutin (PubMed:25219509). {ECO:0000269|PubMed:25219509}."),
                Annotation(kind="ec", id="3.1.1.74"),
            ),
        ),
        ONTOLOGY,
    )
    assert known.text == (
        "PROTEIN NAME: Cutinase (EC 3.1.1.74). "
        "FUNCTION: Degrades cutin (PubMed:25219509). {ECO:0000269|PubMed:25219509}. "
        "SIMILARITY: Belongs to the cutinase family. {ECO:0000255|RuleBase:RU361263}."
    )


def test_several_functions_repeat_their_label_as_in_the_export_and_come_back_as_one_property():
    known = describe(
        protein(extra=(prose("function", "[Protein C]: Binds."), prose("function", "[Protein E]: Fuses."))),
        None,
    )
    assert known.text == "FUNCTION: [Protein C]: Binds.; FUNCTION: [Protein E]: Fuses."
    assert parse_biotext(known.text) == known


def test_parse_takes_any_order_and_drops_empty_labels():
    parsed = parse_biotext(
        "  FUNCTION: Cuts. SIMILARITY: SUBCELLULAR LOCATION: Cytoplasm.\nPROTEIN NAME: A: b. "
    )
    assert parsed.properties == (
        ("PROTEIN NAME", "A: b."),
        ("FUNCTION", "Cuts."),
        ("SUBCELLULAR LOCATION", "Cytoplasm."),
    )


def test_parse_leaves_words_that_only_look_like_labels():
    body = "DYSFUNCTION: no label. (FUNCTION: neither) {ECO:0000250|UniProtKB:P17763, ECO:0000305}."
    assert parse_biotext(f"FUNCTION: {body}").properties == (("FUNCTION", body),)


@pytest.mark.parametrize("text", ["Cutinase. FUNCTION: Cuts.", "Just a sentence", "Function: Cuts."])
def test_text_outside_any_property_is_an_error_that_quotes_it(text):
    with pytest.raises(InputError, match=f"begins with '{text[:8]}") as caught:
        parse_biotext(text)
    assert "SUBCELLULAR LOCATION:" in str(caught.value)


words = st.text(min_size=1, max_size=60).map(str.strip)
sentences = words.filter(lambda t: t and not any(label in t for label in PROPERTIES))
statements = st.lists(
    st.builds(prose, st.sampled_from(["function", "location", "similarity"]), sentences), max_size=5
)


@given(name=st.one_of(st.just(""), sentences), notes=statements)
def test_describe_then_parse_is_the_identity(name, notes):
    known = describe(protein(name=name, extra=notes), None)
    assert parse_biotext(known.text) == known


def test_title_is_name_then_gene_then_the_most_informative_function():
    bits = {"GO:0005524": 2.0, "GO:0043140": 9.0, "GO:0006281": 20.0, "GO:0005730": 30.0}
    terms = ("GO:0005524", "GO:0043140", "GO:0006281", "GO:0005730")
    assert title(protein(*terms, name="N", gene="G"), ONTOLOGY, bits) == "N"
    assert title(protein(*terms, gene="G"), ONTOLOGY, bits) == "G"
    assert title(protein(*terms), ONTOLOGY, bits) == "3'-5' DNA helicase"
    assert title(protein("GO:0006281", "GO:0005730"), ONTOLOGY, bits) == "DNA repair"
    assert title(protein("GO:0005730"), ONTOLOGY, {}) == "nucleolus"
    assert title(protein("GO:0003674"), ONTOLOGY, bits) == UNCHARACTERIZED
    assert title(protein(*terms), None, bits) == UNCHARACTERIZED


def test_clauses_are_the_single_statements_without_labels():
    known = describe(protein("GO:0005524", "GO:0043140", "GO:0006281", "GO:0005730", name="RecQ"), ONTOLOGY)
    assert clauses(known) == ("RecQ", "ATP binding", "3'-5' DNA helicase", "DNA repair", "nucleolus")
    assert clauses(Biotext(properties=())) == ()
