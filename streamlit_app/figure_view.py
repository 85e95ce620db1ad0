"""A figure on a page, with buttons that save it as SVG or PNG, and a sentence where the browser cannot draw it.

Plotly's tool bar has one button for one format, out of reach of the keyboard; these set the format and press it. The
browser makes the file, so what is saved is what is seen, with a line at its foot that says what made it.
"""

import re
from collections.abc import Callable
from functools import cache
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from streamlit_app.charts import without_markup
from streamlit_app.downloads import Origin

_HTML = """<p role="alert" hidden></p><div class="row"><span>Save the figure:</span>
<button type="button" value="svg">SVG</button><button type="button" value="png">PNG</button></div>"""
_CSS = """
.row { display: flex; gap: 0.9rem; align-items: baseline; color: var(--st-text-color);
  font: 400 0.875rem var(--st-font, sans-serif); }
p { margin: 0 0 0.6rem; color: var(--st-text-color); font: 400 1rem var(--st-font, sans-serif); }
span { opacity: 0.8; }
button { padding: 0.15rem 0.2rem; font: inherit; color: inherit; background: none; border: 0; cursor: pointer;
  text-decoration: underline; }
button:hover { color: var(--st-primary-color); }
button:focus-visible { outline: 2px solid var(--st-primary-color); }
"""
_JS = """
const FOOT = 20;
let drawsPoints = null;
const hasWebGL = () => {
  if (drawsPoints === null) {
    const context = document.createElement("canvas").getContext("webgl");
    drawsPoints = context !== null;
    // A browser allows few at a time, and takes the oldest from who has it.
    context?.getExtension("WEBGL_lose_context")?.loseContext();
  }
  return drawsPoints;
};
const withFoot = (figure, foot) => {
  const { l, b } = figure._fullLayout._size;
  const line = { text: foot, showarrow: false, font: { size: 10 }, xref: "paper", yref: "paper", x: 0, y: 0,
    xanchor: "left", yanchor: "bottom", xshift: 4 - l, yshift: -b - FOOT };
  const { layout } = figure;
  return { ...layout, margin: { ...layout.margin, b: b + FOOT },
    annotations: [...(layout.annotations || []), line] };
};
export default function ({ data, parentElement }) {
  const told = parentElement.querySelector("p");
  told.hidden = !data.without || hasWebGL();
  told.textContent = told.hidden ? "" : data.without;
  for (const button of parentElement.querySelectorAll("button")) {
    button.onclick = () => {
      const figure = document.querySelector(`.st-key-${data.figure} .js-plotly-plot`);
      const own = figure?.querySelector(".modebar-btn[data-title^='Download plot']");
      if (!own) return;
      const options = { ...figure._context.toImageButtonOptions }, layout = figure.layout;
      const foot = data.foot ? { height: figure._fullLayout.height + FOOT } : {};
      figure._context.toImageButtonOptions = { ...options, ...foot, format: button.value };
      if (data.foot) figure.layout = withFoot(figure, data.foot);
      own.click();
      figure._context.toImageButtonOptions = options;
      figure.layout = layout;
    };
  }
}
"""
_SCALE = 2
"""Dots of a PNG for each of the screen's."""
WITHOUT_WEBGL = (
    "This browser cannot draw the points: WebGL is off or missing. Switch on hardware acceleration in its settings, "
    "or go on without the picture: “Select by numbers” and the tables work without it."
)


@cache
def _buttons() -> Callable[..., Any]:
    # Registered on first use, so that importing this module does nothing.
    return st.components.v2.component("protclip_figure_buttons", html=_HTML, css=_CSS, js=_JS)


def show_figure(
    figure: go.Figure, *, key: str, stem: str, alt: str, origin: Origin | None = None, **options: Any
) -> None:
    """Draw a figure.

    Parameters
    ----------
    stem
        The name of a saved file, without its ending.
    origin
        What made the numbers; a saved file tells it at its foot.
    options
        What else `st.plotly_chart` takes.
    """
    config = {"displaylogo": False, "toImageButtonOptions": {"filename": stem, "scale": _SCALE}}
    st.plotly_chart(figure, key=key, config=config, alt=alt, **options)
    data = {
        "figure": re.sub(r"[^a-zA-Z0-9_-]", "-", key),  # as Streamlit makes a class of a key
        "foot": foot_words(origin) if origin else "",
        "without": WITHOUT_WEBGL if any(trace.type == "scattergl" for trace in figure.data) else "",
    }
    _buttons()(key=f"{key}-save", data=data)


def foot_words(origin: Origin) -> str:
    """The line at the foot of a saved figure."""
    return without_markup(f"ProtCLIP: {origin.model} ({origin.fingerprint[:8]}), {origin.date}")
