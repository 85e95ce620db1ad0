import json
import random
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from protclip.data.biotext import describe
from protclip.data.sampling import Stratum
from protclip.data.statistics import (
    PUBLISHED,
    QUANTILES,
    SetStatistics,
    StatisticsCounter,
    family,
    quantiles,
    statistics_of,
)
from protclip.data.statistics_figure import draw_statistics
from protclip.data.statistics_table import table
from protclip.errors import InputError
from protclip.records import Annotation, Protein


def protein(number, existence, properties, length=10, similarity="Belongs to the cutinase family."):
    kinds = (("function", "Cuts."), ("similarity", similarity), ("location", "Secreted."))[: properties - 1]
    return Protein(
        accession=f"P{number}",
        sequence="M" * length,
        name="A name",
        existence=existence,
        annotations=tuple(Annotation(kind=kind, text=text) for kind, text in kinds),
    )


PROTEINS = [
    protein(0, 1, 4, 5),
    protein(1, 1, 4, 6),
    protein(2, 3, 2, 7),
    protein(3, 3, 3, 8, "Belongs to the peptidase S8 family. Furin subfamily. {ECO:0000305}."),
    protein(4, None, 1, 100),
]


def test_counts_are_those_made_by_hand():
    counted = statistics_of(PROTEINS, None)
    assert counted.num_proteins == 5
    assert [(s.existence, s.num_properties, n) for s, n in counted.strata] == [
        (1, 4, 2),
        (3, 2, 1),
        (3, 3, 1),
        (None, 1, 1),
    ]
    assert dict(counted.properties) == {
        "PROTEIN NAME": 5,
        "FUNCTION": 4,
        "SUBCELLULAR LOCATION": 2,
        "SIMILARITY": 3,
    }
    assert counted.families == (("cutinase family", 2), ("peptidase S8 family", 1))
    assert counted.marginals().existence == (0.5, 0, 0.5, 0, 0)
    assert counted.marginals().coverage == (0.2, 0.2, 0.2, 0.4)
    assert counted.size_of(Stratum(existence=1, num_properties=4)) == 2
    assert counted.size_of(Stratum(existence=5, num_properties=4)) == 0


def test_the_order_of_the_proteins_does_not_matter():
    shuffled = random.Random(0).sample(PROTEINS, len(PROTEINS))
    assert statistics_of(shuffled, None) == statistics_of(PROTEINS, None)


def test_quantiles_are_numpys():
    numbers = np.random.default_rng(0).integers(1, 50, size=317)
    counts = {int(n): int(c) for n, c in zip(*np.unique(numbers, return_counts=True), strict=True)}
    expected = np.quantile(numbers, QUANTILES, method="inverted_cdf")
    assert [n for _, n in quantiles(counts)] == expected.tolist()
    assert quantiles({}) == ()


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Belongs to the cutinase family. {ECO:0000305}.", "cutinase family"),
        (
            "In the N-terminal section; belongs to the class I-like SAM-binding methyltransferase superfamily. X.",
            "class I-like SAM-binding methyltransferase superfamily",
        ),
        (
            "Matches Pfam PF00270 (DEAD/DEAH box helicase); PF00271 (Helicase).",
            "PF00270 (DEAD/DEAH box helicase)",
        ),
        ("Peptidase S8 family, Furin subfamily", "Peptidase S8 family, Furin subfamily"),
    ],
)
def test_the_family_of_a_similarity_text(text, name):
    assert family(text) == name


def test_statistics_come_back_from_json():
    counted = statistics_of(PROTEINS, None)
    assert SetStatistics.from_dict(json.loads(json.dumps(counted.to_dict()))) == counted
    with pytest.raises(InputError, match="no statistics of a set"):
        SetStatistics.from_dict({"num_proteins": 3})
    with pytest.raises(InputError, match="no statistics of a set"):
        SetStatistics.from_dict(counted.to_dict() | {"properties": 3})


def test_the_published_shares_sum_to_one():
    for marginals in PUBLISHED.values():
        assert sum(marginals.existence) == pytest.approx(1, abs=2e-4)
        assert sum(marginals.coverage) == pytest.approx(1, abs=2e-4)


def test_an_empty_set_has_statistics():
    empty = StatisticsCounter().result()
    assert empty.marginals().coverage == (0, 0, 0, 0)
    assert empty.marginals().existence is None
    assert list(table(empty, None))


def test_the_table_shows_both_sets_and_the_published_shares():
    after = statistics_of(PROTEINS[:2], None)
    lines = list(table(after, statistics_of(PROTEINS, None)))
    assert any("C1" in line and "2 > 2" in line for line in lines)
    assert any("unknown" in line and "1 > 0" in line for line in lines)
    published = next(line for line in lines if line.startswith("published ProtAnno-D"))
    assert published.split()[-4:] == ["62.11", "18.14", "11.82", "7.93"]
    assert any("cutinase family" in line for line in lines)


@pytest.mark.parametrize("has_before", [False, True])
def test_the_figure_is_the_same_svg_each_time_and_shows_the_counts(tmp_path, has_before):
    pytest.importorskip("matplotlib")
    after, before = statistics_of(PROTEINS[:2], None), statistics_of(PROTEINS, None) if has_before else None
    for name in ("a.svg", "b.svg"):
        draw_statistics(tmp_path / name, after, before)
    content = (tmp_path / "a.svg").read_bytes()
    assert content == (tmp_path / "b.svg").read_bytes()
    texts = [
        "".join(node.itertext()) for node in ET.fromstring(content).iter("{http://www.w3.org/2000/svg}text")
    ]
    assert ("Proteins before sampling: 5" in texts) == has_before
    assert "cutinase family" in texts
    with pytest.raises(InputError, match=r"x\.png is not SVG"):
        draw_statistics(tmp_path / "x.png", after, before)


def test_the_counter_takes_what_describe_gives():
    counter = StatisticsCounter()
    for each in PROTEINS:
        counter.add(each, describe(each, None))
    assert counter.result() == statistics_of(PROTEINS, None)
