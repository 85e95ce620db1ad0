from protclip.data.ontology import Ontology
from protclip.records import Protein
from vector_store.matching import Asked, asked, matched_annotations, terms_named_in
from vector_store.schema import Lexicon

stems = Lexicon(1.0).stems


def names(protein: Protein, text: str, ontology: Ontology) -> list[str]:
    query = asked(text, ontology, stems)
    return [a.text for a in matched_annotations(protein, query, ontology, stems)]


def test_terms_named_in_a_sentence(ontology: Ontology) -> None:
    assert terms_named_in("a DNA helicase, for DNA repair.", ontology) == ("GO:0003678", "GO:0006281")
    assert terms_named_in("nothing of the kind", ontology) == ()
    # The longest name wins: "DNA helicase activity" also holds "helicase activity" and "DNA helicase".
    assert terms_named_in("DNA helicase activity", ontology) == ("GO:0003678",)


def test_one_word_names_a_term_only_when_alone(ontology: Ontology) -> None:
    assert terms_named_in("binding", ontology) == ("GO:0005488",)
    assert terms_named_in("binding of something", ontology) == ()


def test_annotations_below_a_named_term_match(ontology: Ontology, proteins: tuple[Protein, ...]) -> None:
    assert names(proteins[0], "helicase activity", ontology) == ["DNA helicase activity"]
    # Of Fyn's and EGFR's annotations only the kinase is an enzyme activity; no word is shared.
    assert names(proteins[3], "enzyme activity", ontology) == ["protein kinase activity"]


def test_annotations_that_share_stems_match_best_first(
    ontology: Ontology, proteins: tuple[Protein, ...]
) -> None:
    assert names(proteins[0], "repairing of DNA", ontology) == ["DNA repair", "DNA helicase activity"]
    assert names(proteins[0], "the nuclei of kinases", ontology) == []
    assert names(proteins[3], "kinases", ontology) == ["protein kinase activity"]


def test_common_words_match_nothing(ontology: Ontology, proteins: tuple[Protein, ...]) -> None:
    assert asked("proteins involved in a process, activity", ontology, stems) == Asked()
    assert names(proteins[0], "activity of proteins", ontology) == []
