"""The sequence viewer: residues in the colours of a track; pointing at one tells its number and values.

It speaks with a structure on the same page (`structure3d`) by messages between windows, so that what is pointed at
in one is marked in the other without a run of the script.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import streamlit as st

from streamlit_app.sequence_view_js import SCRIPT

_HTML = """
<div class="told" aria-live="polite"></div>
<div class="lines" tabindex="0" role="group"></div>
<div class="key"><span class="low"></span><span class="bar"></span><span class="high"></span></div>
"""
_CSS = """
.told { min-height: 2.9em; font: 400 0.85rem/1.45 var(--st-font, sans-serif); color: var(--st-text-color); }
.told b { font-weight: 600; }
.lines { max-height: 26rem; overflow: auto; outline-offset: 3px; padding: 2px;
  font: 400 0.86rem/1.75 ui-monospace, "DejaVu Sans Mono", monospace; color: var(--st-text-color); cursor: default; }
.lines:focus-visible { outline: 2px solid var(--st-primary-color); }
.line { white-space: nowrap; }
.n { display: inline-block; text-align: right; opacity: 0.75; margin-right: 1ch; user-select: none; }
.r { display: inline-block; width: 1.15ch; text-align: center; border-bottom: 2px solid transparent; }
.r.b { margin-right: 0.7ch; }
.r.s { border-bottom-color: var(--st-text-color); }
.r.m { outline: 1.5px solid #009E73; outline-offset: -1px; }
.r.c { outline: 2px solid var(--st-primary-color); }
.key { display: flex; gap: 0.6rem; align-items: center; margin-top: 0.4rem;
  font: 400 0.8rem var(--st-font, sans-serif); color: var(--st-text-color); opacity: 0.85; }
.bar { width: 7rem; height: 0.6rem; border-radius: 3px; }
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownTrack:
    """Values (L,) of a sequence's residues under a name."""

    label: str
    values: npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Residues ``start`` to ``end``, both from 1 and inside."""

    start: int
    end: int


def viewer_data(
    sequence: str, tracks: Sequence[ShownTrack], segments: Sequence[Span] = (), mark: Span | None = None
) -> dict[str, Any]:
    """What the viewer draws, as JSON values.

    Parameters
    ----------
    sequence
        L residues.
    tracks
        The first colours the residues, by its share of its largest value; all are told of the residue pointed at.
    segments
        Residues to underline.
    mark
        Residues to frame, here and in the structure.
    """
    shares = _shares(tracks[0].values) if tracks else []
    return {
        "sequence": sequence,
        "shares": shares,
        "has_negative": any(share < 0 for share in shares),
        "tracks": [{"label": t.label, "values": [f"{v:.3g}" for v in t.values]} for t in tracks],
        "segments": [[span.start, span.end] for span in segments],
        "mark": [mark.start, mark.end] if mark else None,
    }


def _shares(values: npt.NDArray[np.float32]) -> list[float]:
    largest = float(np.abs(values).max(initial=0)) or 1.0
    return [round(float(value) / largest, 3) for value in values]


@cache
def _component() -> Callable[..., Any]:
    # Registered on first use, so that importing this module does nothing.
    return st.components.v2.component("protclip_sequence", html=_HTML, css=_CSS, js=SCRIPT)


def sequence_view(data: dict[str, Any], *, key: str) -> None:
    """Draw the viewer; ``data`` is of `viewer_data`."""
    _component()(key=key, data=data)
