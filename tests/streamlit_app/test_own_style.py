"""The app's own rules of style take hold of what the installed Streamlit draws."""

from pathlib import Path

import streamlit

from streamlit_app import widgets

SCRIPTS = Path(streamlit.__file__).parent / "static" / "static" / "js"


def drawn_by(name: str) -> str:
    return "".join(path.read_text(encoding="utf-8") for path in SCRIPTS.glob(f"{name}.*.js"))


def test_streamlits_own_download_of_a_table_is_hidden_by_names_that_it_has() -> None:
    hidden = [line for line in widgets._STYLE.splitlines() if "display: none" in line]
    assert [line.partition(" {")[0] for line in hidden] == [
        '[data-testid=stDataFrame] button[aria-label^="Download as CSV"]'
    ]
    assert "label:`Download as CSV`" in drawn_by("DataFrame")
    assert '"data-testid":`stDataFrame`' in drawn_by("DataFrame")
    assert '"aria-label":' in drawn_by("Toolbar")
