"""The note that lies beside a substitute for published data, so that no result made on it can pass for another."""

from pathlib import Path

from protclip.data.files import replacing

NOTE = "SUBSTITUTE.txt"


def read_note(folder: Path) -> str:
    """In what the data of a folder differ from the published set; empty where nothing says that they do."""
    path = folder / NOTE
    return " ".join(path.read_text(encoding="utf-8").split()) if path.is_file() else ""


def write_note(folder: Path, note: str) -> None:
    """Say in what the data of a folder differ from the published set."""
    folder.mkdir(parents=True, exist_ok=True)
    with replacing(folder / NOTE) as path:
        path.write_text(note + "\n", encoding="utf-8")
