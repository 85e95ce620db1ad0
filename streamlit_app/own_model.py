"""What pages do where the server has a checkpoint of its own: which it is, and what cannot be done with it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from protclip import starter
from streamlit_app import resources
from streamlit_app.engine import Engine
from streamlit_app.widgets import errors_as_sentences
from vector_store.opening import default_model

if TYPE_CHECKING:
    from protclip.predict.tasks import Tools

_UNJUDGED = (
    "Whether a sentence reads like any known function is not judged: the cut-off for that is of another checkpoint. "
    "`protclip evaluate-search --model FOLDER --index PLACE --questions dev --fit-cut-off "
    f"FOLDER/{starter.CUT_OFF}` makes one that is used from the next start on."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedModel:
    """The checkpoint of this server; ``is_shipped`` where none was named."""

    name: str
    folder: Path
    fingerprint: str
    is_shipped: bool


def served_model() -> ServedModel:
    """The checkpoint of this server, whatever index it has.

    Raises
    ------
    AssetError
        If the folder that was named is no checkpoint, or a shipped file is missing.
    """
    own = default_model()
    folder = own or starter.checkpoint_path()
    fingerprint = resources.own_fingerprint(own) if own else starter.fingerprint()
    return ServedModel(name=folder.name, folder=folder, fingerprint=fingerprint, is_shipped=own is None)


def is_refused(engine: Engine, needed: "Callable[[Tools], object]") -> bool:
    """Open what a page needs beside the model, and say why that cannot be where it is of another checkpoint.

    Of the shipped checkpoint nothing is opened here: all that is shipped is of it.
    """
    if default_model() is None:
        return False
    with errors_as_sentences():
        needed(engine.tools)
        return False
    return True


def say_unjudged(engine: Engine) -> None:
    """Say on the search page that no sentence is told to be far from every function."""
    own = default_model()
    if own and engine.fingerprint != starter.fingerprint() and not (own / starter.CUT_OFF).is_file():
        st.caption(_UNJUDGED)
