"""Structures that a visitor brings, and the one that is shipped."""

import io
from dataclasses import replace
from pathlib import Path

from protclip.errors import InputError
from protclip.textio import GZIP_ERRORS, damage, plain_bytes
from streamlit_app.uploads import UploadStore

MAX_BYTES = 8_000_000
"""Of a structure's text: some 100,000 atoms."""
EXAMPLE_ACCESSION, EXAMPLE_NAME = "P15555", "PDB 1PWC"
EXAMPLE_FILE = Path(__file__).parent / "static" / "1pwc.pdb.gz"
EXAMPLE_WORDS = (
    "PDB entry 1PWC: the DD-peptidase of Streptomyces R61 (EC 3.4.16.4), X-ray diffraction at 1.1 Å, with "
    "penicillin G bound to its active serine, S93 here (62 in the file). Silvaggi et al. 2005, "
    "doi:10.1016/j.jmb.2004.10.076."
)


def store_for_structures(uploads: UploadStore) -> UploadStore:
    """The same folder, with room for a structure."""
    return replace(uploads, max_bytes=MAX_BYTES)


def text_of(content: bytes, name: str) -> str:
    """The text of a file that was uploaded, plain or gzip.

    Raises
    ------
    InputError
        If it is no text, empty, another kind of archive, damaged, or too long.
    """
    try:
        read = plain_bytes(io.BytesIO(content), name).read(MAX_BYTES + 1)
    except GZIP_ERRORS as error:
        raise damage(error, name, 1) from error
    if len(read) > MAX_BYTES:
        raise InputError(
            f"{name} has more than the {MAX_BYTES:,} bytes that are read of a structure. Give the chains that "
            f"are needed"
        )
    if not read.strip():
        raise InputError(f"{name} is empty. Give a PDB or mmCIF file of the protein")
    try:
        return read.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{name} is no text. Give a PDB or mmCIF file, plain or as .gz") from error


def example_text() -> str:
    """The shipped structure."""
    return text_of(EXAMPLE_FILE.read_bytes(), EXAMPLE_NAME)
