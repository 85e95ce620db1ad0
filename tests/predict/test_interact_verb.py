"""`protclip interact` on a miniature atlas with a tiny head; the model is stood in for."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

import protclip.encode
from protclip import starter
from protclip.data.atlas import Atlas, write_atlas
from protclip.data.ppi_pairs import TYPES
from protclip.errors import FingerprintError, InputError
from protclip.predict.interact_verbs import interact
from protclip.predict.interaction import HeadOrigin, InteractionPredictor
from protclip.predict.interaction_file import write_predictor
from protclip.predict.known_proteins import KnownProteins
from protclip.predict.pair_head import HeadSettings, PairHead
from protclip.predict.platt import Platt
from protclip.records import Protein

Call = Callable[..., Result]
LETTERS = "ACDEFGHIKLMNPQRSTVWY"
LONG = "MKTAYIAKQRQISFVKSHFSRQLEERLG"


class StandIn:
    """Embeds a sequence as how often it has each residue."""

    name, fingerprint = "stand-in", "a" * 16

    def proteins(self, sequences: list[str]) -> np.ndarray:
        counts = np.array([[s.count(x) for x in LETTERS] for s in sequences], dtype=np.float32)
        return (counts / np.linalg.norm(counts, axis=1, keepdims=True)).reshape(-1, len(LETTERS))


def predictor(rows: np.ndarray) -> InteractionPredictor:
    import torch

    torch.manual_seed(0)
    return InteractionPredictor(
        head=PairHead(torch.from_numpy(rows.mean(0)), 7, HeadSettings(hidden=8)).eval(),
        calibration=(Platt(),) * 8,
        type_threshold=0.5,
        known=KnownProteins.of(["T1", "T2", "T3"], rows[:3], num_directions=3),
        origin=HeadOrigin(fingerprint=StandIn.fingerprint, data="tiny", sha256="0", num_pairs=1, seed=1),
    )


@pytest.fixture
def proteins() -> tuple[Protein, ...]:
    rng = np.random.default_rng(0)
    return tuple(
        Protein(accession=f"P{k:05}", sequence="".join(rng.choice(list(LETTERS), 40))) for k in range(12)
    )


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, proteins: tuple[Protein, ...]) -> Call:
    encoder = StandIn()
    rows = encoder.proteins([p.sequence for p in proteins])
    atlas = Atlas(
        proteins=proteins, protein_vectors=rows, biotext_vectors=rows, fingerprint=encoder.fingerprint
    )
    write_atlas(atlas, tmp_path / "atlas")
    write_predictor(predictor(rows), tmp_path / "head.safetensors")
    monkeypatch.setattr(starter, "atlas_path", lambda: tmp_path / "atlas")
    monkeypatch.setattr(starter, "interaction_path", lambda: tmp_path / "head.safetensors")
    monkeypatch.setattr(protclip.encode.Encoder, "from_pretrained", classmethod(lambda cls, model: encoder))
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, stdin: str | None = None) -> Result:
        return CliRunner().invoke(interact, list(arguments), input=stdin)

    return run


def table(result: Result) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(result.stdout), delimiter="\t"))


def test_accession_file_and_sequence_are_the_same_protein(
    call: Call, proteins: tuple[Protein, ...], tmp_path: Path
) -> None:
    (tmp_path / "a.fasta").write_text(f">mine\n{proteins[0].sequence}\n")
    found = [table(call(first, "P00001"))[0] for first in ("P00000", "a.fasta", proteins[0].sequence.lower())]
    assert [row["first"] for row in found[:2]] == ["P00000", "mine"]
    assert found[2]["first"].startswith(proteins[0].sequence[:12])
    assert len({(row["probability"], row["binding"], row["first_cosine"]) for row in found}) == 1
    assert list(found[0])[:10] == ["first", "second", "probability", *TYPES]


def test_both_formats_tell_the_same(call: Call) -> None:
    (row,) = table(call("P00000", "P00001"))
    told = json.loads(call("P00000", "P00001", "--format", "json").stdout)
    assert told["head"]["fingerprint"] == StandIn.fingerprint
    (one,) = told["interactions"]
    assert f"{one['probability']:.4f}" == row["probability"]
    assert f"{one['types']['catalysis']:.4f}" == row["catalysis"]
    assert one["second_nearest"]["accession"] == row["second_nearest"]


def test_files_of_several_proteins_are_all_paired(
    call: Call, proteins: tuple[Protein, ...], tmp_path: Path
) -> None:
    (tmp_path / "a.fa").write_text("".join(f">A{k}\n{proteins[k].sequence}\n" for k in range(2)))
    (tmp_path / "b.fa").write_text("".join(f">B{k}\n{proteins[k].sequence}\n" for k in range(3)))
    found = [(row["first"], row["second"]) for row in table(call("a.fa", "b.fa"))]
    assert found == [(f"A{a}", f"B{b}") for a in range(2) for b in range(3)]


def test_a_bad_pair_of_a_list_is_reported_and_the_rest_done(call: Call, tmp_path: Path) -> None:
    (tmp_path / "list.tsv").write_text(f"P00000\tP00001\nP00000\tP99999\nP00002\n\nP00003\t{LONG}\n")
    result = call("--pairs", "list.tsv")
    assert result.exit_code == 3
    assert [row["first"] for row in table(result)] == ["P00000", "P00003"]
    assert "list.tsv, line 2: 'P99999' is no FASTA file, no sequence, and no accession" in result.stderr
    assert "list.tsv, line 3: there are 1 columns. Write two proteins" in result.stderr
    assert call("--pairs", "-", stdin="P00000\tP00001\n").exit_code == 0
    none_left = call("--pairs", "-", stdin="P00000\tP99999\n")
    assert (none_left.exit_code, table(none_left)) == (3, [])


def test_one_against_all_is_every_pair_sorted(call: Call, proteins: tuple[Protein, ...]) -> None:
    found = table(call("P00004", "--all", "--top", "50"))
    assert {row["second"] for row in found} == {p.accession for p in proteins} - {"P00004"}
    probabilities = [float(row["probability"]) for row in found]
    assert probabilities == sorted(probabilities, reverse=True)
    for row in found[:3]:
        (single,) = table(call("P00004", row["second"]))
        # The atlas holds vectors as int8.
        assert float(single["probability"]) == pytest.approx(float(row["probability"]), abs=0.01)
    assert len(table(call("P00004", "--all", "--top", "3"))) == 3


@pytest.mark.parametrize(
    "arguments", [(), ("P00000",), ("P00000", "P00001", "--all"), ("P00000", "--pairs", "x"), ("--all",)]
)
def test_what_is_not_one_of_the_three_ways_is_told(call: Call, arguments: tuple[str, ...]) -> None:
    result = call(*arguments)
    assert result.exit_code == 2
    assert "give two proteins (A B), one protein with --all, or --pairs FILE" in result.stderr


@pytest.mark.parametrize("bad", ["P99999", "hemoglobin", "gone.fasta", "MKV", ""])
def test_a_protein_that_is_none_is_bad_input(call: Call, bad: str) -> None:
    error = call("P00000", bad).exception
    assert isinstance(error, InputError)
    assert "Give one of these" in str(error)


def test_a_head_of_another_checkpoint_is_refused(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(StandIn, "fingerprint", "b" * 16)
    assert isinstance(call("P00000", "P00001").exception, FingerprintError)


NETWORK = "first,second\nP00000,P00001\nP00002,uniprotkb:P00003\n9606.ENSP00000269305,P00001\n"


def test_known_interactions_add_two_columns_and_change_nothing_else(call: Call, tmp_path: Path) -> None:
    (tmp_path / "list.tsv").write_text("P00000\tP00001\nP00003\tP00002\nP00001\tP00002\n")
    (tmp_path / "known.csv").write_text(NETWORK)
    before = call("--pairs", "list.tsv")
    result = call("--pairs", "list.tsv", "--known", "known.csv")
    assert (before.stderr, result.exit_code) == ("", 0)
    rows = table(result)
    assert list(rows[0])[-2:] == ["known", "interologs"]
    assert [row["known"] for row in rows] == ["itself", "itself", ""]
    assert table(before) == [
        {n: v for n, v in row.items() if n not in ("known", "interologs")} for row in rows
    ]
    assert "1 of 3 lines of known.csv cannot be used" in result.stderr
    assert "known.csv: 2 known interactions of 4 proteins; 4 of these are in the atlas" in result.stderr


def test_interologs_are_told_in_both_formats(
    call: Call, proteins: tuple[Protein, ...], tmp_path: Path
) -> None:
    like = ("A" + proteins[0].sequence[1:], proteins[1].sequence[:-1] + "A")
    (tmp_path / "a.fa").write_text(f">P04637\n{like[0]}\n")
    (tmp_path / "b.fa").write_text(f">mine\n{like[1]}\n")
    (tmp_path / "known.csv").write_text(NETWORK)
    (row,) = table(call("a.fa", "b.fa", "--known", "known.csv"))
    told = json.loads(call("a.fa", "b.fa", "--known", "known.csv", "--format", "json").stdout)
    (one,) = told["interactions"][0]["interologs"]
    assert row["known"] == told["interactions"][0]["known"] == "homologues"
    assert row["interologs"] == f"P00000-P00001 {one['joint_identity']:.2f}"
    assert 0.9 < one["joint_identity"] <= 1
    assert "known" not in call("a.fa", "b.fa", "--format", "json").stdout


def test_known_interactions_of_the_best_partners(call: Call, tmp_path: Path) -> None:
    (tmp_path / "known.csv").write_text(NETWORK)
    rows = table(call("P00000", "--all", "--known", "known.csv"))
    assert [row["second"] for row in rows if row["known"] == "itself"] == ["P00001"]


def test_a_file_without_known_interactions_is_bad_input(call: Call, tmp_path: Path) -> None:
    (tmp_path / "known.tsv").write_text("9606.ENSP00000269305 9606.ENSP00000258149 999\n")
    error = call("P00000", "P00001", "--known", "known.tsv").exception
    assert isinstance(error, InputError)
    assert "are no accessions: translate them" in str(error)
    both = call("--pairs", "-", "--known", "-", stdin="P00000\tP00001\n")
    assert "cannot both be standard input" in both.stderr
