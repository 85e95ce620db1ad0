"""Cross-modal tasks on a tiny graph in the forms of PrimeKG and BioBridge, and the substitute in the same forms."""

import csv
import runpy
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from protclip.benchmarks import cross_modal
from protclip.benchmarks.cross_modal import TASKS, measure_cross_modal, questions_of
from protclip.benchmarks.cross_modal_graph import NodeEmbedder, embedded_graph
from protclip.benchmarks.formats.biobridge import held_out_heads, read_contents
from protclip.benchmarks.formats.primekg import KG, read_nodes, read_prime_kg
from protclip.benchmarks.models.features import Composition
from protclip.data.knowledge_graph import KnowledgeGraph, Node
from protclip.errors import AssetError, InputError
from protclip.predict.bridge_training import FitOptions

SETS = runpy.run_path(str(Path(__file__).with_name("synthetic_sets.py")))
KINDS = "".join(SETS["KINDS"])
NUM_PROTEINS, NUM_DISEASES = 100, 40
QUICK = FitOptions(width=16, num_layers=1, num_heads=2, epochs=12, batch_size=128, learning_rate=1e-2)


class StandIn:
    """Embeds proteins by their residues; of a text, the kind it speaks of, in an order that is not the residues'."""

    name, fingerprint = "stand-in", "c" * 16

    def proteins(self, sequences: Sequence[str]) -> np.ndarray:
        rows = np.array([[s.count(x) for x in KINDS] for s in sequences], dtype=np.float32)
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)

    def texts(self, texts: Sequence[str]) -> np.ndarray:
        turned = KINDS[1:] + KINDS[:1]
        rows = np.array([[f"kind {x}" in t for x in turned] for t in texts], dtype=np.float32) + 0.01
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """100 proteins of five kinds with the terms and the drug of their kind, 40 diseases."""
    folder = tmp_path_factory.mktemp("kg")
    rng = np.random.default_rng(0)
    sequences = [KINDS[k % 5] * 6 + "".join(rng.choice(list(KINDS), 4)) for k in range(NUM_PROTEINS)]
    SETS["write_prime_kg"](folder, sequences, NUM_DISEASES)
    return folder


@pytest.fixture(scope="module")
def embedder() -> NodeEmbedder:
    return NodeEmbedder(encoder=StandIn())


def test_texts_are_biobridges_and_definitions_come_in_its_order(folder: Path) -> None:
    contents = read_contents(folder)
    texts = set(contents.texts.values())
    assert "Name: disease 0. Definition: of kind A" in texts
    assert "Name: molecular_function 6. Definition: of kind C" in texts
    assert "drug of kind D" in texts
    assert len(contents.sequences) == NUM_PROTEINS


def test_other_types_of_nodes_are_left_out(folder: Path) -> None:
    graph = read_prime_kg(folder)
    assert {node.type for node in graph.nodes} == {
        "gene/protein", "biological_process", "molecular_function", "cellular_component", "drug", "disease"
    }  # fmt: skip
    assert read_nodes(folder / "nodes.csv")[3] == Node(index=3, type="gene/protein", id="9003", name="GENE3")


def test_heads_are_drawn_as_biobridge_draws_them(folder: Path) -> None:
    graph = read_prime_kg(folder)
    # As dataset/build_train_test_split.py walks through its table, with numpy's global state.
    np.random.seed(42)
    lines = list(csv.DictReader((folder / KG).open()))
    kept = [row for row in lines if "anatomy" not in (row["x_type"], row["y_type"])]
    wanted = set()
    for node_type in dict.fromkeys(row["x_type"] for row in kept):
        heads = np.array(list(dict.fromkeys(int(r["x_index"]) for r in kept if r["x_type"] == node_type)))
        wanted |= set(np.random.choice(heads, size=int(0.1 * len(heads)), replace=False).tolist())
    assert {graph.nodes[place].index for place in held_out_heads(graph)} == wanted


def test_no_triplet_of_a_held_out_head_is_in_training_in_either_direction(
    folder: Path, embedder: NodeEmbedder
) -> None:
    data = embedded_graph(folder, embedder)
    held = set(data.test.heads.tolist())
    assert {data.test.nodes[h].type for h in held} >= {"gene/protein", "disease"}
    assert not held & set(data.train.heads.tolist())
    answers = set(zip(data.test.heads.tolist(), data.test.tails.tolist(), strict=True))
    assert not answers & set(zip(data.train.tails.tolist(), data.train.heads.tolist(), strict=True))


@pytest.mark.parametrize("key", list(TASKS))
def test_what_knows_the_kind_beats_frequency_and_a_cosine_that_was_never_learned(
    folder: Path, embedder: NodeEmbedder, key: str
) -> None:
    runs = {run.model: run for run in measure_cross_modal(key, folder, embedder, seeds=[3], options=QUICK)}
    mrr = {model: next(m.value for m in run.measured if m.metric == "mrr") for model, run in runs.items()}
    assert mrr["stand-in, bridge"] > mrr["frequency"] + 0.05
    if key != "disease2prot":
        assert mrr["nearest sequences"] > mrr["frequency"] + 0.2
        assert mrr["stand-in, bridge"] > mrr["stand-in, zero-shot"] + 0.2
    bridge = runs["stand-in, bridge"]
    assert (bridge.seed, bridge.fingerprint) == (3, embedder.fingerprint)
    assert "substitute" not in bridge.note
    assert runs["frequency"].fingerprint == ""


def test_other_rows_of_proteins_reach_the_texts_by_a_bridge_alone(folder: Path) -> None:
    by_counts = NodeEmbedder(encoder=StandIn(), source=Composition())
    runs = {
        run.model: run for run in measure_cross_modal("prot2mf", folder, by_counts, seeds=[3], options=QUICK)
    }
    bridged, nearest = "composition, bridge to stand-in texts", "composition, nearest heads"
    assert set(runs) == {"frequency", "nearest sequences", nearest, bridged}
    assert runs[bridged].fingerprint == runs[nearest].fingerprint == ""
    mrr = {model: next(m.value for m in run.measured if m.metric == "mrr") for model, run in runs.items()}
    assert min(mrr[bridged], mrr[nearest]) > mrr["frequency"] + 0.2
    # Of diseases the nearest heads are texts, which the other rows have no part in.
    of_diseases = measure_cross_modal("disease2prot", folder, by_counts, seeds=[], options=QUICK)
    assert [run.model for run in of_diseases] == ["frequency"]
    rows = embedded_graph(folder, by_counts).spaces["gene/protein"].rows
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, rtol=1e-6)


def test_measures_are_those_of_loops(folder: Path, embedder: NodeEmbedder) -> None:
    data = embedded_graph(folder, embedder)
    (asked,) = questions_of("prot2mf", data)
    run = next(r for r in measure_cross_modal("prot2mf", folder, embedder, seeds=[], options=QUICK)
               if r.model == "stand-in, zero-shot")  # fmt: skip
    scores = data.spaces["gene/protein"].rows[asked.heads] @ data.spaces["molecular_function"].rows.T
    filtered, raw = [], []
    for row, true in zip(scores, asked.true, strict=True):
        own = np.flatnonzero(true)
        rivals = [k for k in range(len(row)) if k not in own]
        filtered.append(np.mean([1 / (1 + sum(row[k] >= row[t] for k in rivals)) for t in own]))
        raw.append(np.mean([1 / sum(row[k] >= row[t] for k in range(len(row))) for t in own]))
    found = {m.metric: m.value for m in run.measured}
    assert found["mrr"] == pytest.approx(np.mean(filtered))
    assert found["mrr/raw"] == pytest.approx(np.mean(raw))


def test_relations_of_drugs_are_asked_one_by_one(folder: Path, embedder: NodeEmbedder) -> None:
    asked = list(questions_of("prot2drug", embedded_graph(folder, embedder)))
    assert {one.question[1] for one in asked} == {"target", "enzyme"}
    assert sum(len(one.heads) for one in asked) == 10


def test_what_cannot_be_measured_is_said(folder: Path, embedder: NodeEmbedder, tmp_path: Path) -> None:
    with pytest.raises(
        AssetError, match=r"lacks kg.csv, biological.csv, .*protein.csv. Copy PrimeKG's .*982 MB"
    ):
        list(measure_cross_modal("prot2bp", tmp_path, embedder))
    with pytest.raises(AssetError, match=r"lacks kg.csv, biological.csv"):
        embedded_graph(tmp_path, embedder)
    with pytest.raises(InputError, match=r"kg.csv"):
        read_prime_kg(tmp_path)
    with pytest.raises(InputError, match=r"biological.csv"):
        read_contents(tmp_path)
    for path in folder.rglob("*.csv"):
        target = tmp_path / path.relative_to(folder)
        target.parent.mkdir(exist_ok=True)
        target.write_text(path.read_text())
    (tmp_path / "Processed" / "drug.csv").write_text(
        "version https://git-lfs.github.com/spec/v1\noid sha256:1\n"
    )
    with pytest.raises(AssetError, match="pointer of Git LFS"):
        embedded_graph(tmp_path, embedder)
    (tmp_path / "Processed" / "drug.csv").write_text("node_index,node_name\n")
    with pytest.raises(InputError, match="no held-out gene/protein is related to a drug"):
        list(measure_cross_modal("prot2drug", tmp_path, embedder, seeds=[]))


def test_a_graph_of_few_heads_holds_none_out() -> None:
    nodes = tuple(Node(index=k, type="drug") for k in range(3))
    graph = KnowledgeGraph(
        nodes=nodes,
        relation_names=("r",),
        heads=np.arange(2),
        relations=np.zeros(2, int),
        tails=np.arange(1, 3),
    )
    assert len(held_out_heads(graph)) == 0
    assert cross_modal.NUM_NEIGHBOURS > 1
