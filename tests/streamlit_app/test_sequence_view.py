"""What the sequence viewer and the tracks' figure draw."""

import numpy as np

from streamlit_app.explain_charts import MAX_SHADED, Lane, track_figure
from streamlit_app.sequence_view import ShownTrack, Span, viewer_data

SEQUENCE = "MKTAYIAKQR"
VALUES = np.linspace(-1, 2, 10).astype(np.float32)


def test_residues_are_coloured_by_their_share_of_the_largest_value() -> None:
    data = viewer_data(SEQUENCE, [ShownTrack(label="contribution", values=VALUES)], [Span(start=2, end=4)])
    assert data["shares"][0] == -0.5
    assert data["shares"][-1] == 1
    assert data["has_negative"]
    assert data["tracks"][0]["values"][0] == "-1"
    assert (data["segments"], data["mark"]) == ([[2, 4]], None)


def test_a_sequence_alone_and_a_track_of_zeros_have_no_colour() -> None:
    assert viewer_data(SEQUENCE, [])["shares"] == []
    zeros = ShownTrack(label="x", values=np.zeros(10, np.float32))
    assert set(viewer_data(SEQUENCE, [zeros])["shares"]) == {0}


def test_lanes_share_both_axes_and_tell_residue_and_number() -> None:
    lanes = [
        Lane(label="sentence", values=VALUES, residues=SEQUENCE),
        Lane(label="control", values=VALUES * 3, residues=SEQUENCE),
    ]
    spans = [Span(start=n, end=n + 1) for n in range(1, 10)] + [Span(start=1, end=2)]
    figure = track_figure(lanes, threshold=0.5, segments=spans, mark=Span(start=9, end=10))
    assert figure.layout.yaxis.range == figure.layout.yaxis2.range
    assert figure.layout.yaxis.range[1] > 6
    assert [trace.yaxis for trace in figure.data] == ["y", "y2"]
    assert "".join(figure.data[0].text) == SEQUENCE
    assert list(figure.data[1].x) == list(range(1, 11))
    np.testing.assert_allclose(figure.data[1].y, VALUES * 3)
    shaded = [shape for shape in figure.layout.shapes if shape.yref == "y domain"]
    assert len(shaded) == MAX_SHADED
    assert [(s.x0, s.x1) for s in figure.layout.shapes if s.yref == "paper"] == [(8.5, 10.5)]
