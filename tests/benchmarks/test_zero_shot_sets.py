"""Test sets without training, and ProtST's texts, from a folder."""

import json

import pytest

from protclip.benchmarks.formats.zero_shot import ZeroShotTerms
from protclip.benchmarks.zero_shot_sets import PROMPTS, load_labelled_test, load_prompts, load_zero_shot_terms
from protclip.errors import AssetError, InputError

RECORDS = [
    {
        "sequence": "MKT",
        "label": ["GO:0004033", "GO:0016620"],
        "negative_labels": ["GO:0019841", "GO:0032427"],
    },
    {"sequence": "MK1", "label": ["GO:0004033"], "negative_labels": ["GO:0019841"]},
    {"sequence": "MKV", "label": ["GO:0004033"], "negative_labels": ["GO:0019841"]},
]


def test_terms_and_drawn_negatives_come_with_each_protein(tmp_path):
    (tmp_path / "instructprotein").mkdir()
    lines = "\n".join(map(json.dumps, RECORDS))
    (tmp_path / "instructprotein/go_test_mf.lm.json").write_text(lines + "\n")
    found = load_zero_shot_terms("go-mf", tmp_path)
    assert (found.name, found.sequences) == ("go-mf", ("MKT", "MKV"))
    assert found.positives == (("GO:0004033", "GO:0016620"), ("GO:0004033",))
    assert found.negatives == (("GO:0019841", "GO:0032427"), ("GO:0019841",))
    assert found.note.startswith("1 rows are left out")
    with pytest.raises(AssetError, match=r"no go_test_bp\.lm\.json.*InstructProtein"):
        load_zero_shot_terms("go-bp", tmp_path)


def test_a_line_of_another_form_is_named(tmp_path):
    (tmp_path / "test_cc.lm.json").write_text(json.dumps(RECORDS[0]) + '\n{"sequence": "MKT"}\n')
    with pytest.raises(AssetError, match="line 2 is no record with sequence, label and negative_labels"):
        load_zero_shot_terms("go-cc", tmp_path)


def test_lists_of_different_length_are_no_set():
    with pytest.raises(ValueError, match="1 sequences with 0"):
        ZeroShotTerms(name="x", sequences=("M",), positives=(), negatives=())


def test_prompts_keep_quoted_descriptions_and_ec_numbers(tmp_path):
    (tmp_path / "subloc_name.tsv").write_text(
        'id\tname\tdescription\n0\tCell membrane\t"Apical, basal"\n1\tCytoplasm\tCytosol\n'
    )
    header = "id\tEC_number\thier1\thier2\thier3\tname\tcomment\talter_name\n"
    (tmp_path / "reaction_description.tsv").write_text(
        f"{header}0\t4.2.1.10\tLyases.\tx\ty\t3-dehydroquinate dehydratase. \t\t\n"
    )
    membrane, cytoplasm = load_prompts("subloc_name", tmp_path)
    assert (membrane.index, membrane.name, membrane.description) == (0, "Cell membrane", "Apical, basal")
    assert (cytoplasm.index, cytoplasm.ec_number) == (1, "")
    (reaction,) = load_prompts("reaction_description", tmp_path)
    assert (reaction.name, reaction.ec_number) == ("3-dehydroquinate dehydratase.", "4.2.1.10")


@pytest.mark.parametrize("text", ["name\nx\n", "id\tname\n1\tx\n", ""])
def test_prompts_that_are_not_numbered_from_0_are_refused(tmp_path, text):
    (tmp_path / "subloc_name.tsv").write_text(text)
    with pytest.raises(AssetError, match=r"subloc_name\.tsv"):
        load_prompts("subloc_name", tmp_path)


def test_names_that_do_not_exist_are_answered_with_those_that_do(tmp_path):
    with pytest.raises(InputError, match="go-mf, go-bp, go-cc"):
        load_zero_shot_terms("ec", tmp_path)
    with pytest.raises(InputError, match="ec, go-mf"):
        load_labelled_test("flu", tmp_path)
    with pytest.raises(InputError, match=PROMPTS[0]):
        load_prompts("colour", tmp_path)
