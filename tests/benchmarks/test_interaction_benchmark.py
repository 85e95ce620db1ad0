"""Baselines of interaction against loops, and the whole benchmark on tiny files named as the published ones."""

import csv
import itertools
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from protclip.benchmarks import interaction, interaction_yeast
from protclip.benchmarks.interaction_baselines import (
    by_nearest_pair,
    by_protein,
    kmer_similarity,
    nearest_pairs,
)
from protclip.benchmarks.interaction_interologs import interolog_rows
from protclip.benchmarks.interaction_yeast import yeast_questions
from protclip.benchmarks.pair_metrics import calibration_error
from protclip.data.ppi_pairs import TYPES, ProteinPairs
from protclip.encode import Encoder
from protclip.predict.gin import GinSettings
from protclip.predict.pair_head import HeadSettings

LETTERS = "ACDEFGHIKLMNPQRSTVWY"
LISTS = ("original_guo", "partition0_guo", "partition0_du")


class StandIn:
    """Embeds a sequence as how often it has each residue."""

    name, fingerprint = "stand-in", "a" * 16

    def proteins(self, sequences: list[str]) -> np.ndarray:
        counts = np.array([[s.count(x) for x in LETTERS] for s in sequences], dtype=np.float32)
        return counts / np.linalg.norm(counts, axis=1, keepdims=True)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """SHS27k's two files with 60 pairs of 40 proteins; yeast's lists: partition 0 has proteins Y0 to Y19."""
    rng = np.random.default_rng(0)
    sequences = ["".join(rng.choice(list(LETTERS), 30)) for _ in range(40)]
    shs, yeast = tmp_path / "shs", tmp_path / "bernett_yeast"
    shs.mkdir()
    yeast.mkdir()
    some = rng.permutation(list(itertools.combinations(range(40), 2)))
    lines = ["item_id_a\titem_id_b\tmode\taction\tis_directional\ta_is_acting\tscore"]
    lines += [f"9606.E{a}\t9606.E{b}\t{TYPES[(a + b) % 7]}\t\tt\tt\t900" for a, b in some[:60]]
    (shs / "protein.actions.SHS27k.STRING.txt").write_text("\n".join(lines))
    dictionary = "\n".join(f"9606.E{k}\t{s}" for k, s in enumerate(sequences))
    (shs / "protein.SHS27k.sequences.dictionary.tsv").write_text(dictionary)
    rows = "\n".join(f"Y{k}\t{s}\tx" for k, s in enumerate(sequences))
    (yeast / "yeast_swissprot.tab").write_text(f"Entry\tSequence\tCross-reference (STRING)\n{rows}\n")
    for name in LISTS:
        ends = some if name.startswith("original") else some[(some < 20).all(axis=1)]
        for part, chosen in (("train", ends[:60]), ("val", ends[60:200])):
            text = "".join(f"Y{a}\tY{b}\t{(a + b) % 2}\n" for a, b in chosen)
            (yeast / f"{name}_{part}.txt").write_text(text)
    return tmp_path


def test_kmer_similarity_is_a_cosine_of_sets() -> None:
    sequences = ["ACDEFGHIK", "ACDEF", "WWWWW", "AC", "ACDXDEF"]
    triples = [
        {s[i : i + 3] for i in range(len(s) - 2) if set(s[i : i + 3]) <= set(LETTERS)} for s in sequences
    ]
    for a, b in itertools.product(range(5), repeat=2):
        size = (len(triples[a]) * len(triples[b])) ** 0.5
        wanted = len(triples[a] & triples[b]) / size if size else 0
        assert kmer_similarity(sequences)[a, b] == pytest.approx(wanted, abs=1e-6)


def test_the_nearest_pair_is_that_of_loops() -> None:
    rng = np.random.default_rng(0)
    similarity = rng.random((12, 12)).astype(np.float32)
    similarity = (similarity + similarity.T) / 2
    train, asked = rng.integers(0, 12, (30, 2)), rng.integers(0, 12, (9, 2))
    slow = [
        [max(similarity[a, c] * similarity[b, d], similarity[a, d] * similarity[b, c]) for c, d in train]
        for a, b in asked
    ]
    places, alike = nearest_pairs(similarity, train, asked)
    assert places.tolist() == [int(np.argmax(row)) for row in slow]
    assert alike == pytest.approx([max(row) for row in slow])
    interacts = np.arange(30) % 3 == 0
    wanted = [max(np.array(row)[interacts]) - max(np.array(row)[~interacts]) for row in slow]
    assert by_nearest_pair(similarity, train, interacts, asked) == pytest.approx(np.array(wanted))


def test_a_protein_never_seen_has_the_overall_frequencies() -> None:
    train = np.array([[0, 1], [0, 2], [0, 3], [4, 5]])
    labels = np.array([[True], [True], [True], [False]])
    found = by_protein(train, labels, np.array([[6, 7], [0, 6], [5, 6]]), 8)[:, 0]
    assert found[0] == pytest.approx(0.75)
    assert found[1] > found[0] > found[2]


def test_the_pairs_apart_know_no_protein_of_the_partition(folder: Path) -> None:
    found = {name: (train, test) for name, train, test in yeast_questions(folder)}
    assert list(found) == ["original", "partition0", "apart"]
    train, test = found["apart"]
    assert len(test.pairs) > 10
    assert not set(test.pairs.ravel()) & set(train.pairs.ravel())
    assert set(found["partition0"][1].pairs.ravel()) & set(train.pairs.ravel())


def test_every_part_gives_rows_with_their_seed(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Encoder, "from_pretrained", classmethod(lambda cls, model: StandIn()))
    for module in (interaction, interaction_yeast):
        monkeypatch.setattr(module, "HeadSettings", lambda: HeadSettings(hidden=4, epochs=1))
    monkeypatch.setattr(interaction, "GinSettings", lambda: GinSettings(reduced=4, width=4, epochs=1))
    arguments = ["--data", str(folder), "--output", str(tmp_path / "r.csv"), "--seed", "5", "--seed", "6"]
    result = CliRunner().invoke(
        interaction.main,
        [*arguments, "--part", "bfs", "--part", "network", "--part", "yeast", "--part", "interologs"],
        catch_exceptions=False,
    )
    assert result.exit_code == 0
    rows = list(csv.DictReader((tmp_path / "r.csv").open(encoding="utf-8")))
    assert {row["seed"] for row in rows} == {"5", "6"}
    without = [row["metric"] for row in rows if row["fingerprint"] != StandIn.fingerprint]
    assert set(without) == {row["metric"] for row in rows if row["model"] == "interologs"}
    assert len(without) == 2 * 6
    for name in ("head", "majority", "degree", "nearest_sequences", "gin", "gin_all_edges"):
        asked = [row for row in rows if row["metric"] == f"micro_f1/{name}"]
        assert sum(row["benchmark"] == "interaction/shs27k/bfs" for row in asked) == 2
    for name in ("head", "degree", "nearest_sequences"):
        asked = [
            row["benchmark"] for row in rows if row["metric"] == f"accuracy/{name}" and row["seed"] == "5"
        ]
        assert asked == [f"interaction/yeast/{kind}" for kind in ("original", "partition0", "apart")]
    assert all(0 <= float(row["value"]) <= 1 and int(row["n"]) > 0 for row in rows)


def test_hidden_pairs_between_two_families_have_interologs_and_pairs_within_one_have_none() -> None:
    rng = np.random.default_rng(0)
    parents = ["".join(rng.choice(list(LETTERS), 120)) for _ in range(2)]
    sequences = []
    for number in range(20):
        residues = list(parents[number % 2])
        residues[number] = "A" if residues[number] != "A" else "G"
        sequences.append("".join(residues))
    pairs = np.array([(a, b) for a in range(0, 20, 2) for b in range(1, 20, 2)])
    data = ProteinPairs(
        accessions=tuple(f"E{number}" for number in range(20)),
        sequences=tuple(sequences),
        pairs=pairs,
        labels=np.ones((len(pairs), 1), dtype=bool),
    )
    found = {row["metric"]: (row["value"], row["n"]) for row in interolog_rows(data, seed=1)}
    for least in ("0.0", "0.6", "0.8"):
        assert found[f"interologs/hidden/{least}"] == (1, 10)
        assert found[f"interologs/no_pair/{least}"] == (0, 10)


def test_a_calibration_error_is_nil_where_frequencies_are_as_told() -> None:
    labels = np.arange(100) % 4 == 0
    assert calibration_error(np.full(100, 0.25), labels) == pytest.approx(0)
    assert calibration_error(np.full(100, 0.95), labels) == pytest.approx(0.7)
