"""The query box: grows with what is pasted, Enter searches, and Python learns of the draft while one types.

Streamlit's own inputs give one or the other: `st.text_input` searches on Enter but joins the lines of a
pasted FASTA record, `st.text_area` keeps them but takes Enter as a new line.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

import streamlit as st

_HTML = """
<label for="query">Query</label>
<div class="row">
  <textarea id="query" aria-label="Query" rows="1" spellcheck="false" autocomplete="off"></textarea>
  <button type="button" id="go">Search</button>
</div>
"""

_CSS = """
label { display: block; font: 600 0.875rem var(--st-font, sans-serif); color: var(--st-text-color);
  margin-bottom: 0.35rem; }
.row { display: flex; gap: 0.5rem; align-items: flex-start; }
textarea { flex: 1; min-width: 0; box-sizing: border-box; resize: vertical; min-height: 2.9rem;
  max-height: 14rem; padding: 0.7rem 0.9rem; font: 400 1.05rem/1.4 var(--st-font, sans-serif);
  color: var(--st-text-color); background: var(--st-background-color); caret-color: var(--st-text-color);
  border: 1.5px solid var(--st-border-color, #8a8a8a); border-radius: var(--st-base-radius, 0.5rem);
  overflow-wrap: anywhere; }
textarea:focus { outline: 2px solid var(--st-primary-color); outline-offset: 1px; }
textarea::placeholder { color: var(--st-text-color); opacity: 0.75; }
button { height: 2.9rem; padding: 0 1.3rem; font: 600 1rem var(--st-font, sans-serif);
  color: var(--st-background-color); background: var(--st-primary-color); border: 0;
  border-radius: var(--st-base-radius, 0.5rem); cursor: pointer; }
button:hover { filter: brightness(1.08); }
button:focus-visible { outline: 2px solid var(--st-text-color); outline-offset: 2px; }
@media (max-width: 520px) { .row { flex-direction: column; } textarea, button { width: 100%; } }
"""

_JS = """
export default function (component) {
  const { data, parentElement, setStateValue, setTriggerValue } = component;
  const box = parentElement.querySelector("textarea");
  const go = parentElement.querySelector("button");
  const fit = () => {
    box.style.height = "auto";
    box.style.height = Math.min(box.scrollHeight + 3, 224) + "px";
  };
  // Python's text replaces the user's only when Python says so, never under the typing hands.
  if (box.dataset.version !== String(data.version)) {
    box.dataset.version = String(data.version);
    box.value = data.text;
    box.placeholder = data.placeholder;
    requestAnimationFrame(fit);
  }
  let timer = null;
  box.oninput = () => {
    fit();
    clearTimeout(timer);
    timer = setTimeout(() => setStateValue("draft", { text: box.value, version: data.version }), 350);
  };
  const submit = () => {
    clearTimeout(timer);
    setTriggerValue("submitted", box.value);
  };
  box.onkeydown = (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      submit();
    }
  };
  go.onclick = submit;
  return () => clearTimeout(timer);
}
"""


@cache
def _component() -> Callable[..., Any]:
    # Registered on first use, so that importing this module does nothing.
    return st.components.v2.component("protclip_query_box", html=_HTML, css=_CSS, js=_JS)


def query_box(text: str, *, version: int, placeholder: str, key: str) -> tuple[str, str | None]:
    """Draw the box.

    Parameters
    ----------
    text
        What Python wants to stand in the box; it takes effect when ``version`` changes.

    Returns
    -------
    tuple
        The draft as typed so far, and the text just submitted (None in every other run).
    """
    data = {"text": text, "version": version, "placeholder": placeholder}
    result = _component()(key=key, data=data, on_draft_change=lambda: None, on_submitted_change=lambda: None)
    draft = text
    if isinstance(result.draft, dict) and result.draft.get("version") == version:
        draft = str(result.draft.get("text", ""))
    submitted = result.submitted if isinstance(result.submitted, str) else None
    return draft, submitted
