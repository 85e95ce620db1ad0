"""DeepLoc 1.0 (Almagro Armenteros et al. 2017) as FASTA: from DTU in one file, from Light Attention in one a split.

A header is ``>Q9H400 Cell.membrane-M test``: accession, location, then M (membrane), S (soluble) or U (unknown), and
"test" where DTU's file marks the test set.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from protclip.benchmarks.formats.rows import Row
from protclip.errors import AssetError
from protclip.sequence import read_fasta

LOCATIONS = (
    "Cell membrane", "Cytoplasm", "Endoplasmic reticulum", "Golgi apparatus", "Lysosome/Vacuole", "Mitochondrion",
    "Nucleus", "Peroxisome", "Plastid", "Extracellular",
)  # fmt: skip
"""Classes in PEER's order (ProtST's subloc_name.tsv)."""
SAPROTHUB_LOCATIONS = (
    "Nucleus", "Cytoplasm", "Extracellular", "Mitochondrion", "Cell membrane", "Endoplasmic reticulum", "Plastid",
    "Golgi apparatus", "Lysosome/Vacuole", "Peroxisome",
)  # fmt: skip
"""The same in the order of SaProtHub's table (its README on Hugging Face)."""
MEMBRANE = ("membrane-bound", "soluble")
"""PEER's two classes in its order."""
_MEMBRANE_LETTERS = {"M": MEMBRANE[0], "S": MEMBRANE[1]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Located:
    """A protein of DeepLoc; ``membrane`` is "M", "S" or "U"."""

    accession: str
    sequence: str
    location: str
    membrane: str
    is_test: bool


def read_deeploc(path: Path) -> list[Located]:
    """The proteins of a file.

    Raises
    ------
    AssetError
        If a header does not say a location.
    RecordError
        If a record is malformed.
    """
    found = []
    for protein in read_fasta(path, on_duplicate="rename"):
        words = protein.name.split()
        location, dash, membrane = words[0].rpartition("-") if words else ("", "", "")
        if not dash or membrane not in ("M", "S", "U"):
            raise AssetError(
                f"{path}: the header of {protein.accession} says {protein.name!r}; DeepLoc's say a location with -M, "
                "-S or -U, such as Nucleus-S. Give a FASTA file of DeepLoc 1.0"
            )
        found.append(
            Located(
                accession=protein.accession,
                sequence=protein.sequence,
                location=location,
                membrane=membrane,
                is_test="test" in words[1:],
            )
        )
    return found


def location_rows(proteins: Sequence[Located]) -> list[Row]:
    """Rows for the ten classes; proteins of both cytoplasm and nucleus are none of them and left out."""
    return [Row(sequence=p.sequence, label=p.location) for p in proteins if p.location != "Cytoplasm-Nucleus"]


def membrane_rows(proteins: Sequence[Located]) -> list[Row]:
    """Rows for membrane-bound or soluble; of U it is not known, and these are left out."""
    return [
        Row(sequence=p.sequence, label=_MEMBRANE_LETTERS[p.membrane])
        for p in proteins
        if p.membrane in _MEMBRANE_LETTERS
    ]
