"""The figure that explains a score, and the words and table that say the same."""

import numpy as np
import pytest

from streamlit_app.charts import Mark, cosine_distribution, describe_position, distribution_rows, percent

COSINES = np.linspace(-0.2, 0.8, 1001).astype(np.float32)
MARKS = [
    Mark(accession="P1", title="best <b>one</b>", cosine=0.8, strong=True),
    Mark(accession="P2", title="second", cosine=0.7),
]


def test_bars_count_every_protein_once_and_marks_stand_at_their_cosine() -> None:
    bars, weak, strong = cosine_distribution(COSINES, MARKS).data
    assert sum(bars.y) == len(COSINES)
    assert list(weak.x) == [0.7]
    assert list(strong.x) == [0.8]
    assert weak.marker.symbol != strong.marker.symbol
    assert strong.customdata[0][0] == "P1"


def test_titles_are_no_html_in_the_hover_label() -> None:
    strong = cosine_distribution(COSINES, MARKS).data[2]
    assert "<b>" not in strong.customdata[0][1]


def test_one_value_for_all_still_draws() -> None:
    figure = cosine_distribution(np.zeros(5, np.float32), [])
    assert sum(figure.data[0].y) == 5


def test_table_says_what_the_figure_says_in_falling_order() -> None:
    rows = distribution_rows(COSINES, MARKS)
    values = [row["cosine"] for row in rows]
    assert values == sorted(values, reverse=True)
    assert {"P1 best <b>one</b>", "P2 second", "50% of the index lies below"} <= {row["what"] for row in rows}


def test_position_in_words() -> None:
    words = describe_position(0.3, COSINES)
    assert "above 50.0% of the 1,001 proteins" in words
    assert "500 score higher" in words
    assert "no protein scores higher" in describe_position(0.9, COSINES)


@pytest.mark.parametrize(
    ("value", "text"),
    [(100.0, "100%"), (99.99996, "99.999%"), (99.876, "99.876%"), (97.56, "97.6%"), (0.0, "0.0%")],
)
def test_percent_never_rounds_up_to_certainty(value, text) -> None:
    assert percent(value) == text
