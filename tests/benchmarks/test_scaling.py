"""Slopes are those of the rows, formulae those of their sources, and docs/scale.md shows what they give."""

import math

import pytest

from protclip.benchmarks.results import append_rows
from protclip.benchmarks.scaling import TABLES, Plan, growth_table, shown, with_tables
from protclip.benchmarks.scaling_rows import EXACT_POINTS, Series, read_scaling
from protclip.errors import AssetError, InputError
from vector_store.schema import EXACT_SEARCH_POINTS


@pytest.mark.parametrize(("power", "factor"), [(0, 7.0), (1, 0.002), (1.5, 3.0)])
def test_the_exponent_of_a_power_law_is_its_power(power, factor):
    series = Series(points={n: factor * n**power for n in (5_000, 20_000, 500_000)})
    assert series.exponent == pytest.approx(power)
    if power == 1:
        assert series.slope == pytest.approx(factor)


def test_a_fixed_cost_is_no_part_of_the_slope_and_one_size_has_none():
    series = Series(points={1_000: 60 + 2.0, 11_000: 60 + 22.0})
    assert series.slope == pytest.approx(0.002)
    assert 0 < series.exponent < 1
    alone = Series(points={1_000: 3.0})
    assert math.isnan(alone.slope)
    assert shown(alone.exponent) == ""


def test_work_on_graphs_is_what_the_largest_size_costs_beyond_the_line_through_the_others():
    points = {n: 60 + 0.002 * n for n in (5_000, 50_000)} | {500_000: 60 + 0.002 * 500_000 + 0.01 * 500_000}
    assert Series(points=points).beyond_exact == pytest.approx(0.01)
    assert math.isnan(Series(points=points).up_to(50_000).beyond_exact)
    assert EXACT_POINTS == EXACT_SEARCH_POINTS


def test_memory_is_that_of_the_example_in_qdrants_documentation():
    # https://qdrant.tech/documentation/capacity-planning: a million vectors of 1,024 numbers are 5.72 GB.
    plan = Plan(num_proteins=1_000_000, dimension=1_024, vectors=1)
    assert plan.vector_gib(4) == pytest.approx(5.72, abs=0.005)
    assert plan.vector_gib(1) == pytest.approx(plan.vector_gib(4) / 4)


def test_machines_hold_what_they_are_counted_for():
    for replicas in (1, 2, 3):
        plan = Plan(replicas=replicas)
        needed = replicas * (plan.vector_gib(1) + plan.graph_gib)
        room = plan.node_gib * plan.usable_share
        assert (plan.nodes(1) - 1) * room < needed <= plan.nodes(1) * room


def test_the_latest_row_of_a_size_counts_and_other_benchmarks_and_checkpoints_do_not(tmp_path):
    path = tmp_path / "scaling.csv"
    row = {"benchmark": "growth", "metric": "encode/cpu_s", "n": 10, "value": 9.0, "fingerprint": "new"}
    append_rows(path, [row | {"n": 99, "fingerprint": "old"}], command="x")
    append_rows(path, [row, row | {"benchmark": "other"}, row | {"value": 4.0}], command="x")
    append_rows(path, [row | {"n": 1_010, "value": 6.0}], command="x")
    scaling = read_scaling(path)
    assert scaling.growth["encode/cpu_s"].points == {10: 4.0, 1_010: 6.0}
    assert "| encode: CPU seconds | 4 | 6 | 2,000 |" in growth_table(scaling, Plan())
    with pytest.raises(AssetError, match="cannot be read"):
        read_scaling(tmp_path / "none.csv")


def test_a_table_takes_the_place_of_the_one_before_and_of_no_more():
    page = (
        "# A\n\n<!-- scaling: a -->\n\n| old |\n| old |\n\nText.\n\n<!-- scaling: b -->\n\n| old |\n\nEnd.\n"
    )
    new = with_tables(page, {"a": "| new |", "b": "| two |\n| rows |"})
    assert new == page.replace("| old |\n| old |", "| new |").replace("| old |", "| two |\n| rows |")
    with pytest.raises(InputError, match="no line <!-- scaling: c -->"):
        with_tables(page, {"c": ""})


def test_the_page_shows_what_the_rows_give(request):
    root = request.config.rootpath
    scaling, page = (
        read_scaling(root / "results" / "scaling.csv"),
        (root / "docs" / "scale.md").read_text("utf-8"),
    )
    tables = {name: table(scaling, Plan()) for name, table in TABLES.items()}
    assert with_tables(page, tables) == page, (
        "run python -m protclip.benchmarks.scaling with --page docs/scale.md"
    )
