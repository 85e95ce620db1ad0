"""GNN-PPI's files of actions and sequences, lists of pairs with 0 or 1, and what is wrong in them."""

from pathlib import Path

import numpy as np
import pytest

from protclip.data.ppi_pairs import (
    TYPES,
    ProteinPairs,
    read_action_pairs,
    read_labelled_pairs,
    read_sequence_dictionary,
)
from protclip.errors import InputError, RecordError

HEADER = "item_id_a\titem_id_b\tmode\taction\tis_directional\ta_is_acting\tscore"
# As STRING writes them: a line for each type, direction and actor, either protein first.
ACTIONS = [
    "9606.B\t9606.A\treaction\t\tt\tt\t900",
    "9606.A\t9606.B\treaction\t\tt\tf\t900",
    "9606.A\t9606.C\tactivation\tactivation\tf\tf\t175",
    "9606.A\t9606.B\texpression\tinhibition\tf\tf\t161",
]
SEQUENCES = "9606.A\tMKV\n9606.C\tMLLA\n9606.B\tMGLT"  # no line end: the published file has none


@pytest.fixture
def sequences(tmp_path: Path) -> Path:
    path = tmp_path / "protein.sequences.dictionary.tsv"
    path.write_text(SEQUENCES)
    return path


def read(folder: Path, sequences: Path, lines: list[str], header: str = HEADER) -> ProteinPairs:
    path = folder / "protein.actions.txt"
    path.write_text("\n".join([header, *lines]) + "\n")
    return read_action_pairs(path, sequences)


def test_lines_of_a_pair_are_put_together_in_first_seen_order(tmp_path: Path, sequences: Path) -> None:
    data = read(tmp_path, sequences, ACTIONS)
    assert data.accessions == ("9606.B", "9606.A", "9606.C")
    assert data.sequences == ("MGLT", "MKV", "MLLA")
    assert data.pairs.tolist() == [[1, 0], [1, 2]]
    assert [[TYPES[k] for k in np.flatnonzero(row)] for row in data.labels] == [
        ["reaction", "expression"],
        ["activation"],
    ]


def test_the_hash_knows_pairs_labels_and_sequences(tmp_path: Path, sequences: Path) -> None:
    data = read(tmp_path, sequences, ACTIONS)
    assert data.sha256 == read(tmp_path, sequences, ACTIONS).sha256
    others = [read(tmp_path, sequences, ACTIONS[:3]), data.of(np.array([1]))]
    sequences.write_text(SEQUENCES + "V")
    others.append(read(tmp_path, sequences, ACTIONS))
    assert len({data.sha256, *(other.sha256 for other in others)}) == 4


@pytest.mark.parametrize(
    ("lines", "header", "told"),
    [
        (
            ["9606.A\t9606.B\tligation\t\tt\tt\t900"],
            HEADER,
            "line 2: unknown type 'ligation'. Types are reaction,",
        ),
        (["9606.A\t9606.B\tbinding"], HEADER, "line 2: there are 3 columns. Lines have 7"),
        ([*ACTIONS, "9606.A\t9606.Z\tbinding\t\tt\tt\t1"], HEADER, "line 6: 9606.Z has no sequence in"),
        (ACTIONS, "a\tb\tmode", "line 1: the header begins with 'a"),
        ([], HEADER, "has no pairs"),
    ],
)
def test_bad_actions_are_told_with_their_line(
    tmp_path: Path, sequences: Path, lines: list[str], header: str, told: str
) -> None:
    with pytest.raises(InputError, match=told):
        read(tmp_path, sequences, lines, header)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("A\tMKV\nA\tMKV\n", "line 2: A comes twice"),
        ("A\tMK1\n", "line 1: A: Character '1'"),
        ("A MKV\n", "line 1: there are 1 columns"),
    ],
)
def test_bad_dictionaries_are_told_with_their_line(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "d.tsv").write_text(text)
    with pytest.raises(RecordError, match=told):
        read_sequence_dictionary(tmp_path / "d.tsv")


def test_labelled_pairs_count_by_the_sequences_given(tmp_path: Path) -> None:
    path = tmp_path / "train.txt"
    path.write_text("P2\tP1\t1\nP3\tP1\t0\n\nP1\tP2\t1\n")
    data = read_labelled_pairs(path, {"P1": "MKV", "P2": "MLL", "P3": "MGG", "P4": "MAA"})
    assert data.accessions == ("P1", "P2", "P3", "P4")
    assert data.pairs.tolist() == [[0, 1], [0, 2]]
    assert data.labels.tolist() == [[True], [False]]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("P1\tP2\tyes\n", "line 1: the label is 'yes'"),
        ("P1\tP9\t1\n", "line 1: no sequence is known for P9"),
        ("P1\tP2\t1\nP2\tP1\t0\n", "line 2: P1 and P2 stood above with the other label"),
        ("P1,P2,1\n", "line 1: there are 1 columns"),
    ],
)
def test_bad_lists_are_told_with_their_line(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "list.txt").write_text(text)
    with pytest.raises(RecordError, match=told):
        read_labelled_pairs(tmp_path / "list.txt", {"P1": "MKV", "P2": "MLL"})


def test_a_bad_line_can_be_reported_and_passed_over(tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text("P1\tP2\t1\nP2\tP1\t0\nP1\tP1\t0\n")
    told: list[RecordError] = []
    sequences = {"P1": "MKV", "P2": "MLL"}
    data = read_labelled_pairs(tmp_path / "list.txt", sequences, on_error="skip", report=told.append)
    assert [error.line for error in told] == [2]
    assert data.pairs.tolist() == [[0, 1], [0, 0]]
