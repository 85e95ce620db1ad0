"""A figure on a page, with buttons that save it as SVG or PNG.

Plotly's tool bar has one button for one format, out of reach of the keyboard; these set the format and press it. The
browser makes the file, so what is saved is what is seen.
"""

import re
from collections.abc import Callable
from functools import cache
from typing import Any

import plotly.graph_objects as go
import streamlit as st

_HTML = """<div class="row"><span>Save the figure:</span>
<button type="button" value="svg">SVG</button><button type="button" value="png">PNG</button></div>"""
_CSS = """
.row { display: flex; gap: 0.9rem; align-items: baseline; color: var(--st-text-color);
  font: 400 0.875rem var(--st-font, sans-serif); }
span { opacity: 0.8; }
button { padding: 0.15rem 0.2rem; font: inherit; color: inherit; background: none; border: 0; cursor: pointer;
  text-decoration: underline; }
button:hover { color: var(--st-primary-color); }
button:focus-visible { outline: 2px solid var(--st-primary-color); }
"""
_JS = """
export default function ({ data, parentElement }) {
  for (const button of parentElement.querySelectorAll("button")) {
    button.onclick = () => {
      const figure = document.querySelector(`.st-key-${data.figure} .js-plotly-plot`);
      const own = figure?.querySelector(".modebar-btn[data-title^='Download plot']");
      if (!own) return;
      const options = { ...figure._context.toImageButtonOptions };
      figure._context.toImageButtonOptions = { ...options, format: button.value };
      own.click();
      figure._context.toImageButtonOptions = options;
    };
  }
}
"""
_SCALE = 2
"""Dots of a PNG for each of the screen's."""


@cache
def _buttons() -> Callable[..., Any]:
    # Registered on first use, so that importing this module does nothing.
    return st.components.v2.component("protclip_figure_buttons", html=_HTML, css=_CSS, js=_JS)


def show_figure(figure: go.Figure, *, key: str, stem: str, alt: str, **options: Any) -> None:
    """Draw a figure.

    Parameters
    ----------
    stem
        The name of a saved file, without its ending.
    options
        What else `st.plotly_chart` takes.
    """
    config = {"displaylogo": False, "toImageButtonOptions": {"filename": stem, "scale": _SCALE}}
    st.plotly_chart(figure, key=key, config=config, alt=alt, **options)
    # As Streamlit makes a class of a key.
    _buttons()(key=f"{key}-save", data={"figure": re.sub(r"[^a-zA-Z0-9_-]", "-", key)})
