"""A figure's buttons know what made it, and what to say where it cannot be drawn."""

import json
import shutil
import subprocess

import plotly.graph_objects as go
import pytest

from streamlit_app import figure_view
from streamlit_app.downloads import Origin

ORIGIN = Origin(model="tiny <1>", fingerprint="0123456789ab", index="i", date="2026-01-31", query="q")


@pytest.fixture
def given(monkeypatch):
    """Draws a figure; gives what its buttons are told."""
    told = []
    monkeypatch.setattr(figure_view.st, "plotly_chart", lambda *a, **b: None)
    monkeypatch.setattr(figure_view, "_buttons", lambda: lambda key, data: told.append(data))

    def draw(trace, **more):
        figure_view.show_figure(go.Figure(trace), key="a:b", stem="s", alt="x", **more)
        return told[-1]

    return draw


def test_a_saved_figure_tells_model_fingerprint_and_date_where_the_caller_knows_them(given) -> None:
    foot = given(go.Bar(), origin=ORIGIN)["foot"]
    assert foot == "ProtCLIP: tiny &lt;1&gt; (01234567), 2026-01-31"
    assert given(go.Bar()) == {"figure": "a-b", "foot": "", "without": ""}


def test_points_that_need_webgl_come_with_a_way_on_without_it(given) -> None:
    assert "Select by numbers" in given(go.Scattergl())["without"]
    assert given(go.Scatter())["without"] == ""


@pytest.mark.skipif(shutil.which("node") is None, reason="needs node")
@pytest.mark.parametrize("foot", ["", "ProtCLIP: tiny"])
def test_the_foot_is_in_the_file_alone(foot) -> None:
    script = figure_view._JS.replace("export default function", "const draw = function") + """
const figure = { layout: { margin: { t: 5 }, annotations: [{ text: "own" }] },
  _fullLayout: { height: 300, _size: { l: 40, b: 60 } }, _context: { toImageButtonOptions: { scale: 2 } } };
const before = JSON.stringify(figure), saved = [];
figure.querySelector = () => ({ click: () => saved.push(JSON.parse(JSON.stringify(figure))) });
globalThis.document = { querySelector: () => figure };
const button = { value: "svg" }, told = {};
draw({ data: { figure: "f", foot: FOOT_WORDS, without: "" },
  parentElement: { querySelector: () => told, querySelectorAll: () => [button] } });
button.onclick();
console.log(JSON.stringify({ saved: saved[0], same: JSON.stringify(figure) === before, told }));
""".replace("FOOT_WORDS", json.dumps(foot))  # fmt: skip
    done = subprocess.run(["node", "-e", script], capture_output=True, text=True, check=True)
    said = json.loads(done.stdout)
    assert said["same"], "the page's figure is as it was"
    assert said["told"] == {"hidden": True, "textContent": ""}
    options, layout = said["saved"]["_context"]["toImageButtonOptions"], said["saved"]["layout"]
    texts = [note["text"] for note in layout["annotations"]]
    if not foot:
        assert (options, texts) == ({"scale": 2, "format": "svg"}, ["own"])
        return
    assert options == {"scale": 2, "format": "svg", "height": 320}
    assert layout["margin"] == {"t": 5, "b": 80}
    assert texts == ["own", foot]
