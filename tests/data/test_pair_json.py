import json

import pytest

from protclip.data.biotext import describe
from protclip.data.pair_json import read_pair_json, write_pair_json
from protclip.errors import RecordError
from protclip.records import Annotation, Protein

TEXTS = [
    "PROTEIN NAME: Cutinase 1 (EC 3.1.1.74) (EC 3.1.1.-). FUNCTION: Degrades cutin. {ECO:0000269|PubMed:1}.",
    "PROTEIN NAME: Polyprotein [Cleaved into: A; B]. FUNCTION: [A]: Cuts.; FUNCTION: [B]: Joins. "
    "SUBCELLULAR LOCATION: Virion. SIMILARITY: Belongs to the X family.; SIMILARITY: Contains 1 Y domain.",
    "PROTEIN NAME: Made by Co..",
    "PROTEIN NAME: Only a name.",
    "FUNCTION: Nameless.",
]


def write(path, *pairs):
    path.write_text("".join(json.dumps(pair) + "\n" for pair in pairs))
    return path


def test_texts_come_back_to_the_letter(tmp_path):
    path = write(tmp_path / "train.json", *({"seq": "mkv", "text": text} for text in TEXTS))
    proteins = list(read_pair_json(path))
    assert [describe(p, None).text for p in proteins] == TEXTS
    assert {p.sequence for p in proteins} == {"MKV"}
    assert len({p.accession for p in proteins}) == len(TEXTS)
    assert [a.id for a in proteins[0].of_kind("ec")] == ["3.1.1.74", "3.1.1.-"]
    assert [a.text for a in proteins[1].of_kind("function")] == ["[A]: Cuts.", "[B]: Joins."]
    assert not any(p.reviewed or p.existence for p in proteins)


def test_what_is_written_is_exactly_two_strings_a_line_and_comes_back(tmp_path):
    proteins = [
        Protein(
            accession="P1", sequence="MKV", name="Ä", annotations=(Annotation(kind="function", text="Cuts."),)
        ),
        Protein(accession="P2", sequence="MKVW"),
    ]
    path = tmp_path / "pairs.json"
    assert write_pair_json(proteins, path, None) == 1
    assert [json.loads(line) for line in path.read_text("utf-8").splitlines()] == [
        {"seq": "MKV", "text": "PROTEIN NAME: Ä. FUNCTION: Cuts."}
    ]
    back = list(read_pair_json(path))
    assert describe(back[0], None) == describe(proteins[0], None)
    again = tmp_path / "again.json"
    write_pair_json(back, again, None)
    assert again.read_bytes() == path.read_bytes()


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('{"seq": "MKV"', "this is no JSON"),
        ('["MKV"]', "no object, expected are 'seq' and 'text'"),
        ('{"seq": "MKV", "label": "x"}', "the keys are 'seq', 'label'"),
        ('{"seq": "MKV", "text": 3}', "not both strings"),
        ('{"seq": "MK1", "text": "FUNCTION: x"}', "character '1' at position 3"),
        ('{"seq": "MKV", "text": "no label"}', "begins with 'no label'"),
    ],
)
def test_a_malformed_line_is_told_or_skipped(tmp_path, line, told):
    path = tmp_path / "x.json"
    path.write_text(
        f'{{"seq": "MKV", "text": "FUNCTION: x"}}\n{line}\n{{"seq": "MKW", "text": "FUNCTION: y"}}\n'
    )
    with pytest.raises(RecordError, match=rf"x\.json, line 2: .*{told}"):
        list(read_pair_json(path))
    skipped = []
    kept = list(read_pair_json(path, on_error="skip", report=skipped.append))
    assert [p.sequence for p in kept] == ["MKV", "MKW"]
    assert [error.line for error in skipped] == [2]


def test_a_file_without_pairs_is_told(tmp_path):
    (tmp_path / "x.json").write_text("\n")
    with pytest.raises(RecordError, match="there is no pair"):
        list(read_pair_json(tmp_path / "x.json"))
