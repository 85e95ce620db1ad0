"""The map's figure and table: every point once, colours told apart by everybody, many points as density."""

from itertools import combinations

import numpy as np
import pytest

from protclip.data.go_slim import BP_SLIM, CC_SLIM, MF_SLIM
from protclip.predict.enrichment import TermSets
from protclip.predict.map_measures import MapMeasures
from protclip.predict.map_placing import Placed
from protclip.predict.map_regions import box
from protclip.predict.protein_map import MapSettings, ProteinMap
from streamlit_app import map_figure as module
from streamlit_app.map_figure import PALETTE, MapMark, Overlay, figure_rows, map_figure
from streamlit_app.map_points import MAX_CATEGORIES, NOTHING, OTHER, MapPoints, colour

MEASURES = MapMeasures(
    num_sampled=9,
    num_neighbours=2,
    trustworthiness=0.9,
    overlap=0.5,
    usual_distance=0.3,
    usual_spread=1,
    placing_error=0.1,
)


def points_of(number: int, organisms: list[str], title: str = "") -> MapPoints:
    coordinates = np.random.default_rng(1).normal(size=(number, 2)).astype(np.float32)
    made = ProteinMap(
        accessions=tuple(f"P{n}" for n in range(number)),
        coordinates=coordinates,
        fingerprint="f",
        settings=MapSettings(),
        measures=MEASURES,
    )
    return MapPoints(
        made=made,
        titles=(title,) * number,
        lengths=np.arange(number) * 10,
        organisms=tuple(organisms),
        enzymes=("",) * number,
        terms=TermSets(ids=(), aspects=np.array([], dtype=np.str_), terms=np.zeros((number, 0))),
    )


def many(number: int = 60) -> MapPoints:
    return points_of(number, [("" if n % 5 == 0 else f"organism {n % 13}") for n in range(number)])


def test_every_point_is_drawn_once_in_the_colour_of_its_category() -> None:
    points = many()
    colouring = colour(points, "organism", None)
    assert colouring.labels[-2:] == (OTHER, NOTHING)
    assert len(colouring.labels) == MAX_CATEGORIES + 2
    drawn = [
        (text, trace.name.split(" (")[0])
        for trace in map_figure(points, colouring, Overlay()).data
        for text in trace.text
    ]
    assert sorted(a for a, _ in drawn) == sorted(points.made.accessions)
    for accession, label in drawn:
        own = points.organisms[int(accession[1:])]
        assert label == (own or NOTHING) or (label == OTHER and own not in colouring.labels)
    colours = [trace.marker.color for trace in map_figure(points, colouring, Overlay()).data]
    assert len(set(colours)) == len(colours)


def test_length_is_drawn_as_a_number_and_what_is_not_known_apart() -> None:
    points = many()
    colouring = colour(points, "length", None)
    unknown, known = map_figure(points, colouring, Overlay()).data
    assert list(unknown.text) == ["P0"]
    assert known.marker.color[4] == pytest.approx(np.log10(50))
    assert colouring.counts() == [59, 0, 1]


def test_only_what_is_in_view_is_drawn_and_the_axes_end_there() -> None:
    points, view = many(), box(-1, 0.5, -0.5, 1)
    figure = map_figure(points, colour(points, "organism", None), Overlay(), view=view)
    drawn = {text for trace in figure.data for text in trace.text}
    assert drawn == {
        a
        for a, is_in in zip(points.made.accessions, view.contains(points.made.coordinates), strict=True)
        if is_in
    }
    assert tuple(figure.layout.xaxis.range) == (-1, 0.5)


def named(trace) -> str:
    return trace.name.rpartition(" (")[0]


def test_too_many_points_are_a_density_that_counts_all_and_a_sample(monkeypatch) -> None:
    monkeypatch.setattr(module, "MAX_POINTS", 50)
    monkeypatch.setattr(module, "_SAMPLE", 20)
    points = many(60)
    colouring = colour(points, "organism", None)
    density, *sample = map_figure(points, colouring, Overlay()).data
    assert np.nansum(10 ** np.asarray(density.z) - 1) == pytest.approx(60, rel=1e-3)
    assert 0 < sum(len(trace.text) for trace in sample) <= 20
    told = dict(zip(colouring.labels, colouring.counts(), strict=True))
    assert [trace.name for trace in sample] == [f"{named(t)} ({told[named(t)]})" for t in sample]
    near = map_figure(points, colouring, Overlay(), view=box(-0.5, 0.5, -0.5, 0.5))
    assert all(trace.type == "scattergl" for trace in near.data)


def test_marks_and_new_sequences_lie_on_top_and_stand_in_the_table() -> None:
    points = many()
    hit = MapMark(accession="P3", title="<b>three</b>", rank=1, x=1, y=2)
    asked = MapMark(accession="P4", title="four", rank=0, x=3, y=4)
    new = Placed(accession="mine", x=5, y=6, nearest="P3", distance=0.9, spread=0, is_far=True, is_torn=False)
    overlay = Overlay(marks=(hit, asked), placed=(new,), outline=box(0, 1, 0, 1))
    colouring = colour(points, "organism", None)
    figure = map_figure(points, colouring, overlay)
    assert [trace.name for trace in figure.data[-4:]] == [
        "selection",
        "hits",
        "P4",
        "your sequences, far or torn",
    ]
    assert [note.text for note in figure.layout.annotations] == ["mine"]
    assert {trace.type for trace in figure.data} == {"scattergl"}, "SVG would lie below the points"
    assert figure.data[-1].marker.symbol == "x"
    assert "<b>" not in figure.data[-3].text[0]
    inside = np.arange(10)
    rows = figure_rows(colouring, inside, overlay)
    assert sum(row.get("proteins") or 0 for row in rows) == 60
    assert sum(row.get("selected") or 0 for row in rows) == 10
    assert [row["what"] for row in rows[-3:]] == [
        "hit 1: P3 <b>three</b>",
        "asked for: P4 four",
        "placed: mine",
    ]


def test_names_are_no_markup_in_labels() -> None:
    points = points_of(3, ["<i>a</i>"] * 3, title="<script>")
    (trace,) = map_figure(points, colour(points, "organism", None), Overlay()).data
    assert "<" not in trace.name + trace.text[0]


# Machado, Oliveira and Fernandes (2009), full severity, linear RGB.
SEEN_AS = {
    "as it is": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}


def lab(colour_: str, seen_as: str) -> np.ndarray:
    rgb = np.array([int(colour_[n : n + 2], 16) / 255 for n in (1, 3, 5)])
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    seen = np.clip(np.asarray(SEEN_AS[seen_as]) @ linear, 0, 1)
    to_xyz = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    x, y, z = np.cbrt(np.asarray(to_xyz) @ seen / [0.9505, 1, 1.089])
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("seen_as", SEEN_AS)
def test_every_pair_of_colours_is_told_apart(seen_as) -> None:
    near = {
        (a, b): float(np.linalg.norm(lab(a, seen_as) - lab(b, seen_as))) for a, b in combinations(PALETTE, 2)
    }
    assert {pair: d for pair, d in near.items() if d < 15} == {}


@pytest.mark.parametrize("background", ["#FFFFFF", "#0E1117"])
def test_every_colour_stands_out_from_the_page(background) -> None:
    assert min(abs(lab(c, "as it is") - lab(background, "as it is"))[0] for c in PALETTE) > 20


@pytest.mark.parametrize(("slim", "aspect"), [(MF_SLIM, "MF"), (BP_SLIM, "BP"), (CC_SLIM, "CC")])
def test_slims_are_current_terms_of_their_aspect(slim, aspect) -> None:
    from protclip import starter
    from protclip.data.ontology import Ontology

    ontology = Ontology.read_parquet(starter.ontology_path())
    assert [i for i in slim if ontology.resolve(i) != i or ontology.term(i).aspect != aspect] == []
    assert len(set(slim)) == len(slim)
