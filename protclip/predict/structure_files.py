"""Chains of a PDB or mmCIF file, and the same file with other B-factors.

Everything but the B-factors stays as it was, in PDB files to the letter.
"""

import os
import re
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from protclip.errors import InputError, RecordError
from protclip.textio import open_text, source_name

Place: TypeAlias = tuple[str, str]
"""Chain, and residue number with insertion code, as the file writes them."""

_LETTERS = {
    "ALA": "A", "ARG": "R", "ASN": "N", "ASP": "D", "CYS": "C", "GLN": "Q", "GLU": "E", "GLY": "G", "HIS": "H",
    "ILE": "I", "LEU": "L", "LYS": "K", "MET": "M", "PHE": "F", "PRO": "P", "SER": "S", "THR": "T", "TRP": "W",
    "TYR": "Y", "VAL": "V", "SEC": "U", "PYL": "O", "UNK": "X", "ASX": "B", "GLX": "Z",
    "MSE": "M", "SEP": "S", "TPO": "T", "PTR": "Y", "CSO": "C", "CME": "C", "KCX": "K", "MLY": "K", "HYP": "P",
}  # fmt: skip
"""The residues, and the modified ones that stand in chains most often; any other name is a ligand or water."""

_CIF_COLUMNS = (
    "auth_asym_id", "auth_seq_id", "?pdbx_PDB_ins_code", "label_comp_id", "B_iso_or_equiv", "?pdbx_PDB_model_num",
)  # fmt: skip
"""Of _atom_site; those with a question mark may be missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """The residues of a chain that the file has coordinates for, in its order, and where each stands."""

    name: str
    sequence: str
    places: tuple[Place, ...]


class Structure(Protocol):
    """A structure file in memory."""

    @property
    def ending(self) -> str:
        """What the names of such files end in: pdb or cif."""
        ...

    @property
    def chains(self) -> tuple[Chain, ...]:
        """The protein chains of the first model."""
        ...

    def with_b_factors(self, values: Mapping[Place, float], elsewhere: float, note: str) -> str:
        """The file with these B-factors, ``elsewhere`` at every other atom, and a line that says what they are."""
        ...


def read_structure(path: str | os.PathLike[str]) -> Structure:
    """Read a PDB or mmCIF file, plain or gzip; which of them is told by content.

    Raises
    ------
    InputError
        If it cannot be read, or has no protein chain.
    RecordError
        For an atom's line that is cut off, with its number.
    """
    with open_text(path) as lines:
        return parse_structure("\n".join(lines), source_name(path))


def parse_structure(text: str, source: str) -> Structure:
    """The same for the text of a file, which errors call ``source``."""
    is_cif = re.match(r"(?:\s*#.*\n|\s)*data_", text)
    structure: Structure = CifFile(text, source) if is_cif else PdbFile(text, source)
    if not structure.chains:
        raise InputError(f"{source} has no atoms of a protein. Give a PDB or mmCIF file of one")
    return structure


class PdbFile:
    """A PDB file by its columns (wwPDB format 3.3: ATOM and HETATM)."""

    ending = "pdb"

    def __init__(self, text: str, source: str) -> None:
        self._lines = text.splitlines()
        for number, line in enumerate(self._lines, start=1):
            if _is_atom(line) and len(line.rstrip()) < 54:
                raise RecordError(
                    source, number, "the line of an atom ends before its coordinates", "Copy the file again."
                )
        self.chains = _chains(self._residues())

    def with_b_factors(self, values: Mapping[Place, float], elsewhere: float, note: str) -> str:
        """As `Structure.with_b_factors`; the note is a REMARK 99 (free text) before the first atom."""
        out, is_noted = [], False
        for line in self._lines:
            if not is_noted and (_is_atom(line) or line.startswith("MODEL ")):
                out += [f"REMARK  99 {part}" for part in textwrap.wrap(note, 68)]
                is_noted = True
            if _is_atom(line):
                body = line.ljust(66)
                line = f"{body[:60]}{values.get(_pdb_place(line), elsewhere):6.2f}{body[66:]}"
            out.append(line)
        return "\n".join(out) + "\n"

    def _residues(self) -> Iterator[tuple[Place, str]]:
        for line in self._lines:
            if line.startswith("ENDMDL"):
                return
            if _is_atom(line):
                yield _pdb_place(line), line[17:20].strip()


class CifFile:
    """An mmCIF file; needs gemmi (the extra ``structure``)."""

    ending = "cif"

    def __init__(self, text: str, source: str) -> None:
        import gemmi

        try:
            self._document = gemmi.cif.read_string(text)
            self._atoms = self._document.sole_block().find("_atom_site.", list(_CIF_COLUMNS))
        except (ValueError, RuntimeError) as error:
            told = " ".join(str(error).split())
            raise InputError(
                f"{source} is no mmCIF file of one structure ({told}). Copy it again, or give a PDB file"
            ) from error
        self.chains = _chains(self._residues())

    def with_b_factors(self, values: Mapping[Place, float], elsewhere: float, note: str) -> str:
        """As `Structure.with_b_factors`; the note is a comment on top."""
        for row in self._atoms:
            row[4] = f"{values.get(_cif_place(row), elsewhere):.2f}"
        comment = "".join(f"# {part}\n" for part in textwrap.wrap(note, 78))
        text: str = self._document.as_string()
        return comment + text

    def _residues(self) -> Iterator[tuple[Place, str]]:
        first = None
        for row in self._atoms:
            model = row[5] if row.has(5) else "1"
            first = first or model
            if model == first:
                yield _cif_place(row), row[3]


def _is_atom(line: str) -> bool:
    return line.startswith(("ATOM  ", "HETATM"))


def _pdb_place(line: str) -> Place:
    return line[21], line[22:27].strip()


def _cif_place(row: Any) -> Place:
    code = row[2] if row.has(2) else ""
    return row[0], row[1] + ("" if code in "?." else code)


def _chains(residues: Iterator[tuple[Place, str]]) -> tuple[Chain, ...]:
    """Chains from the residue of each atom; a residue counts once, at its first atom."""
    found: dict[str, dict[Place, str]] = {}
    for place, name in residues:
        if name in _LETTERS:
            found.setdefault(place[0], {}).setdefault(place, _LETTERS[name])
    return tuple(
        Chain(name=name, sequence="".join(letters.values()), places=tuple(letters))
        for name, letters in found.items()
    )
