"""`protclip bridge` on a planted graph: what is learned ranks for proteins the graph does not have."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

import protclip.encode
from protclip.data.knowledge_graph import read_knowledge_graph
from protclip.errors import AssetError, FingerprintError, InputError
from protclip.predict.bridge_nodes import embed_graph
from protclip.predict.bridge_study import load_known_tails
from protclip.predict.bridge_verbs import bridge
from protclip.records import Protein

Call = Callable[..., Result]
KINDS = {"helicase": "KLMW", "channel": "FILV", "kinase": "DEST"}
HEADER = "display_relation,x_index,x_id,x_type,x_name,y_index,y_id,y_type,y_name\n"
SMALL = ("--width", "16", "--layers", "1", "--attention-heads", "2", "--epochs", "40")


def sequence(kind: str, seed: int) -> str:
    """Three quarters of the residues are those of the kind."""
    rng = np.random.default_rng(seed)
    return "".join(rng.choice(list(KINDS[kind] * 3 + "ACGNPQRYH"), 60))


class StandIn:
    """Proteins by how often they have each residue, texts by their letters."""

    name, fingerprint = "stand-in", "a" * 16

    def proteins(self, sequences: list[str]) -> np.ndarray:
        return self._counts([s.upper() for s in sequences])

    def texts(self, texts: list[str]) -> np.ndarray:
        return self._counts([t.upper()[::-1] for t in texts])

    def _counts(self, texts: list[str]) -> np.ndarray:
        rows = np.array([[t.count(x) for x in "ABCDEFGHIKLMNOPQRSTUVWY"] for t in texts], dtype=np.float32)
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Call:
    """Thirty proteins, each with an edge to its kind in both directions; one protein that has no sequence."""
    kinds, edges, fasta = list(KINDS), [], []
    for n in range(30):
        kind = kinds[n % 3]
        fasta.append(f">P{n:02} GN=gene{n}\n{sequence(kind, n)}\n")
        protein, named = (
            f"{n},{1000 + n},gene/protein,GENE{n}",
            f"{50 + n % 3},G{n % 3},molecular_function,{kind}",
        )
        edges += [f"does,{protein},{named}\n", f"does,{named},{protein}\n"]
    edges.append("does,40,2000,gene/protein,UNKNOWN,50,G0,molecular_function,helicase\n")
    (tmp_path / "kg.csv").write_text(HEADER + "".join(edges))
    (tmp_path / "p.fasta").write_text("".join(fasta))
    monkeypatch.setattr(
        protclip.encode.Encoder, "from_pretrained", classmethod(lambda cls, model=None: StandIn())
    )
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: CliRunner().invoke(bridge, list(arguments))


@pytest.fixture
def fitted(call: Call) -> Result:
    return call("fit", "kg.csv", "-o", "out", "--proteins", "p.fasta", *SMALL)


def rows(result: Result) -> list[dict[str, object]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_a_new_protein_is_carried_to_its_kind(call: Call, fitted: Result) -> None:
    assert fitted.exit_code == 0, fitted.output
    assert "60 triplets between 33 nodes" in fitted.stdout
    assert "1 proteins (UNKNOWN" in fitted.stderr
    first = []
    for number, kind in enumerate(KINDS, start=500):
        told = rows(call("rank", "out", "--protein", sequence(kind, number), "--format", "jsonl"))
        assert [row["rank"] for row in told] == [1, 2, 3]
        assert {row["relation"] for row in told} == {"does"}
        first.append(told[0]["name"])
    assert first == list(KINDS)


def test_both_formats_tell_the_same_and_top_is_kept(call: Call, fitted: Result) -> None:
    asked = ("rank", "out", "--protein", sequence("kinase", 9), "--top", "2")
    header, *lines = call(*asked).stdout.splitlines()
    told = rows(call(*asked, "--format", "jsonl"))
    assert len(told) == 2
    assert [dict(zip(header.split("\t"), line.split("\t"), strict=True)) for line in lines] == [
        {name: str(value) for name, value in row.items()} for row in told
    ]


def test_held_out_heads_are_ranked_better_than_untrained(call: Call) -> None:
    result = call(
        "fit", "kg.csv", "-o", "o", "--proteins", "p.fasta", *SMALL, "--held-out", "0.3", "--seed", "1"
    )
    line = next(line for line in result.stdout.splitlines() if line.startswith("gene/protein\tdoes"))
    cells = line.split("\t")
    trained, untrained = (float(cell.split()[1]) for cell in cells[3:5])
    assert cells[5] == "n=9"
    assert trained > untrained


def test_human_proteins_come_before_others_of_the_same_gene(call: Call) -> None:
    graph = read_knowledge_graph("kg.csv", node_types=("gene/protein", "molecular_function"))
    mouse = Protein(accession="M", sequence="KKKK", gene="gene1", organism="Mus musculus (Mouse)")
    human = Protein(accession="H", sequence="WWWW", gene="GENE1", organism="Homo sapiens (Human)")
    for given in ([mouse, human], [human, mouse]):
        embedded = embed_graph(graph, StandIn(), given)
        assert embedded.spaces["gene/protein"].rows.tolist() == StandIn().proteins(["WWWW"]).tolist()
        assert len(embedded.without_sequence) == 30
    assert len(embed_graph(graph, StandIn(), [mouse]).graph) == 2


def test_bad_lines_are_told_and_the_rest_is_trained(call: Call, tmp_path: Path) -> None:
    whole = (tmp_path / "kg.csv").read_text()
    (tmp_path / "bad.csv").write_text(f"{whole}does,x,1,drug,a,3,2,drug,b\n")
    result = call("fit", "bad.csv", "-o", "o", "--proteins", "p.fasta", *SMALL[:-1], "1")
    assert result.exit_code == 3
    assert "a node's index is no number" in result.stderr
    assert load_known_tails(tmp_path / "o").questions


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("fit", "kg.csv", "-o", "o", "--proteins", "p.fasta", "--width", "7"), "cannot be dealt to 12"),
        (("fit", "kg.csv", "-o", "o", "--proteins", "p.fasta", "--type", "drug"), "no edge of the graph"),
        (
            ("rank", "out", "--protein", "MKTAYIAKQRQ", "--relation", "treats"),
            "'does' to 'molecular_function'",
        ),
        (("rank", "out", "--protein", "MKTAYIAKQRQ", "--tail", "disease"), "'does' to 'molecular_function'"),
    ],
)
def test_what_cannot_be_used_is_a_sentence(
    call: Call, fitted: Result, arguments: tuple[str, ...], told: str
) -> None:
    error = call(*arguments).exception
    assert isinstance(error, InputError)
    assert told in str(error)


def test_other_models_and_damaged_folders_are_refused(
    call: Call, fitted: Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ("rank", "out", "--protein", sequence("kinase", 9))
    monkeypatch.setattr(StandIn, "fingerprint", "b" * 16)
    assert isinstance(call(*asked).exception, FingerprintError)
    (tmp_path / "out" / "nodes.json").write_text("{")
    assert isinstance(call(*asked).exception, AssetError)


def test_proteins_are_ranked_for_a_protein_without_itself_among_the_nodes(call: Call, tmp_path: Path) -> None:
    """Proteins of one kind interact: heads and tails share a space, and the asked one is none of its rows."""
    edges = [
        f"interacts,{a},{a},gene/protein,GENE{a},{b},{b},gene/protein,GENE{b}\n"
        for a in range(30)
        for b in range(30)
        if a != b and a % 3 == b % 3
    ]
    (tmp_path / "ppi.csv").write_text(HEADER + "".join(edges))
    assert call("fit", "ppi.csv", "-o", "ppi", "--proteins", "p.fasta", *SMALL).exit_code == 0
    told = rows(call("rank", "ppi", "--protein", sequence("channel", 77), "--top", "50", "--format", "jsonl"))
    assert len(told) == 30
    assert {int(str(row["name"])[4:]) % 3 for row in told[:5]} == {1}


def test_a_graph_that_memory_does_not_hold_is_refused(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("protclip.predict.bridge_study.MAX_PAIRS", 80)
    error = call("fit", "kg.csv", "-o", "o", "--proteins", "p.fasta", *SMALL).exception
    assert isinstance(error, InputError)
    assert "90 pairs of nodes" in str(error)
