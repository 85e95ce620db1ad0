"""Figures of mutations and interactions from numbers alone; what the pages say of themselves against results/."""

import csv
from pathlib import Path

import numpy as np
import pytest

from protclip.sequence import RESIDUES
from streamlit_app import interaction_words, mutation_words
from streamlit_app.force_layout import force_layout
from streamlit_app.interaction_charts import Edge, network_chart, type_chart
from streamlit_app.mutation_charts import BY_CHEMISTRY, heatmap, measured_chart, position_chart

SEQUENCE = "MKVLXAGITG"
RESULTS = Path(__file__).parents[2] / "results"


@pytest.fixture
def grid():
    found = np.random.default_rng(3).normal(size=(len(SEQUENCE), len(RESIDUES))) - 2
    found[4] = np.nan
    return found


def test_a_cell_of_the_heatmap_is_its_substitution(grid) -> None:
    labels = np.full(grid.shape, "neutral")
    figure = heatmap(grid, SEQUENCE, (3, 8), unit="nats", labels_LR=labels)
    cells, wild = figure.data
    assert list(cells.x) == [3, 4, 5, 6, 7, 8]
    assert sorted(cells.y) == sorted(RESIDUES)
    row, column = BY_CHEMISTRY.index("W"), 1
    assert cells.z[row][column] == grid[3, RESIDUES.index("W")]
    assert cells.text[row][column] == f"L4W: {grid[3, RESIDUES.index('W')]:.3g}, neutral"
    assert "no score" in cells.text[row][2]
    # The wild type is marked at each position that has a standard residue.
    assert list(zip(wild.x, wild.y, strict=True)) == [(3, "V"), (4, "L"), (6, "A"), (7, "G"), (8, "I")]


def test_colours_are_those_of_the_whole_protein(grid) -> None:
    labels = np.full(grid.shape, "")
    first, second = (heatmap(grid, SEQUENCE, r, unit="", labels_LR=labels).data[0] for r in ((1, 3), (6, 9)))
    assert (first.zmin, first.zmax) == (second.zmin, second.zmax)
    assert first.zmin == -first.zmax  # no effect is the middle
    predicted = heatmap(grid, SEQUENCE, (1, 3), unit="", labels_LR=None).data[0]
    assert predicted.zmid is None
    nothing = heatmap(np.full((2, 20), np.nan), "XX", (1, 2), unit="", labels_LR=None)
    assert list(nothing.data[1].x) == []


def test_the_region_is_shaded_unless_it_is_everything() -> None:
    means = np.arange(10.0)
    assert len(position_chart(means, SEQUENCE, (2, 5), unit="nats").layout.shapes) == 1
    assert not position_chart(means, SEQUENCE, (1, 10), unit="nats").layout.shapes


def test_measured_against_predicted_has_the_line_of_equals() -> None:
    measured, predicted = np.array([1.0, 4.0]), np.array([2.0, 3.0])
    line, points = measured_chart(measured, predicted, ["A1G", "A2G"]).data
    assert list(line.x) == list(line.y) == [1.0, 4.0]
    assert list(points.x) == [2.0, 3.0]


def test_linked_nodes_stand_nearer_than_others_and_the_same_each_time() -> None:
    edges = [(0, 1, 0.9), (1, 2, 0.9), (0, 2, 0.9), (3, 4, 0.9), (4, 5, 0.9), (3, 5, 0.9)]
    places = force_layout(6, edges)
    assert np.array_equal(places, force_layout(6, edges))
    distance = np.linalg.norm(places[:, None] - places[None], axis=2)
    linked = np.mean([distance[a, b] for a, b, _ in edges])
    apart = np.mean([distance[a, b] for a in range(3) for b in range(3, 6)])
    assert linked < 0.7 * apart
    assert np.abs(places).max() == pytest.approx(1)
    assert force_layout(1, []).tolist() == [[0, 0]]
    assert np.isfinite(force_layout(3, [(0, 0, 1.0)])).all()


def test_edges_are_drawn_by_probability_and_far_nodes_are_hollow() -> None:
    edges = [Edge(first="A", second="B", probability=0.95), Edge(first="A", second="<C>", probability=0.3)]
    figure = network_chart(edges, {"A": "<i>a</i>"}, ["B"])
    wide, thin, full, hollow = figure.data
    assert wide.line.width > thin.line.width
    assert (wide.name, thin.name) == ("probability 0.9 or more", "probability 0 to 0.5")
    assert set(full.text) == {"A", "&lt;C&gt;"}
    assert list(hollow.text) == ["B"]
    assert full.customdata[0][0] == "&lt;i&gt;a&lt;/i&gt;"
    assert len(wide.x) == len(thin.x) == 3


def test_types_stand_by_probability_with_the_threshold() -> None:
    (bars,) = type_chart([("binding", 0.6), ("reaction", 0.2)], 0.35).data
    assert list(bars.y) == ["reaction", "binding"]
    assert bars.marker.color[0] != bars.marker.color[1]


def rows(name):
    with (RESULTS / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_what_the_pages_say_of_themselves_is_measured() -> None:
    measured = {(r["benchmark"], r["metric"]): r["value"] for r in rows("interaction.csv")}
    told = interaction_words.APART
    assert float(measured["interaction/yeast/apart", "aupr/shipped_head"]) == told["shipped"]
    assert float(measured["interaction/yeast/apart", "share_interacting"]) == told["share"]
    ranked = {(r["benchmark"], r["metric"]): r["value"] for r in rows("mutation.csv")}
    for assay, value in mutation_words.RANKING.values():
        assert float(ranked[assay, "combined/spearman"]) == value


def test_a_probability_at_another_prevalence() -> None:
    assert interaction_words.at_prevalence(0.9, 0.5) == pytest.approx(0.9)
    assert interaction_words.at_prevalence(0.9, 0.01) == pytest.approx(1 / 12, abs=0.001)
    assert interaction_words.at_prevalence(1.0, 0.01) == 1.0


def test_only_an_accession_of_uniprot_is_linked() -> None:
    assert "identifiers=P04637" in interaction_words.string_link("P04637")
    assert interaction_words.string_link("P04637&x=<b>") == ""
