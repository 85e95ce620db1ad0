"""DeepFRI's sets (Gligorijevic et al. 2021): EC numbers or GO terms of PDB chains, lists of chains, cut-offs.

``nrPDB-EC_2020.04_annot.tsv`` and ``nrPDB-GO_2019.06.18_annot.tsv`` hold the labels; TorchDrug's packages (Zenodo
6622158) leave the dates out of the names. A chain is written 2RQ6-A.
"""

import csv
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from protclip.benchmarks.tasks import Floats
from protclip.errors import AssetError, RecordError
from protclip.sequence import read_fasta
from protclip.textio import open_text

GO_KEYS = ("go-mf", "go-bp", "go-cc")
"""Benchmarks of the three lists of a GO file, in its order."""
CUTOFFS = ("30", "40", "50", "70", "95")
"""Percent of identity to training below which a test chain counts for a subset."""

_CHAIN = re.compile(r"([0-9][A-Za-z0-9]{3})[-_:]([A-Za-z0-9]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainLabels:
    """What chains are known to do: all ``classes`` in the file's order, and those that each chain has."""

    classes: tuple[str, ...]
    by_chain: Mapping[str, tuple[str, ...]]

    def targets(self, chains: Sequence[str]) -> Floats:
        """(N, C): 1 at each class that a chain has."""
        places = {name: place for place, name in enumerate(self.classes)}
        found = np.zeros((len(chains), len(self.classes)), dtype=np.float32)
        for row, chain in enumerate(chains):
            found[row, [places[name] for name in self.by_chain[chain]]] = 1
        return found


def read_annotations(path: Path) -> dict[str, ChainLabels]:
    """Labels by benchmark: "ec", or "go-mf", "go-bp" and "go-cc".

    The file begins with the lists of labels, each below a line such as "### EC-numbers"; lists of names are passed
    over. A line "### PDB-chain ..." heads the chains, which have a list of labels with commas in each column.

    Raises
    ------
    AssetError
        If the head is not of this form, or a chain has a label that is in no list.
    """
    with open_text(path) as lines:
        lists = _lists(lines)
        keys = {1: ("ec",), 3: GO_KEYS}.get(len(lists))
        if keys is None:
            raise AssetError(
                f"{path} begins with {len(lists)} lists of labels; DeepFRI's have one of EC numbers or three of "
                "GO terms. Copy or download it again"
            )
        by_key: dict[str, dict[str, tuple[str, ...]]] = {key: {} for key in keys}
        known = [frozenset(labels) for labels in lists]
        for number, line in enumerate(lines, start=1):
            chain, *columns = line.split("\t")
            for key, labels, column in zip(keys, known, [*columns, "", "", ""], strict=False):
                found = tuple(label for label in column.strip().split(",") if label)
                if not labels.issuperset(found):
                    raise AssetError(
                        f"{path}, chain {number} ({chain}): {', '.join(set(found) - labels)} is not in the list of "
                        "labels above. Copy or download the file again"
                    )
                by_key[key][chain] = found
    return {
        key: ChainLabels(classes=labels, by_chain=by_key[key])
        for key, labels in zip(keys, lists, strict=True)
    }


def read_chains(path: Path) -> list[str]:
    """The chains of a list, one on each line."""
    with open_text(path) as lines:
        return [line.strip() for line in lines if line.strip()]


def read_cutoffs(path: Path) -> tuple[list[str], dict[str, npt.NDArray[np.bool_]]]:
    """The test chains, and by cut-off ("30" to "95") which of them have less identity to any training chain.

    Raises
    ------
    AssetError
        If a column is missing.
    """
    with open_text(path) as lines:
        records = list(csv.DictReader(lines))
    wanted = ("PDB-chain", *(f"<{cutoff}%" for cutoff in CUTOFFS))
    if not records or not set(wanted) <= set(records[0]):
        raise AssetError(f"{path} has not the columns {', '.join(wanted)}. Copy or download it again")
    masks = {cutoff: np.array([record[f"<{cutoff}%"] == "1" for record in records]) for cutoff in CUTOFFS}
    return [record["PDB-chain"] for record in records], masks


def chain_sequences(fastas: Sequence[Path], wanted: Collection[str]) -> dict[str, str]:
    """Sequences of the wanted chains from FASTA files, of the first file that has a chain.

    Headers begin with the chain, as DeepFRI writes it (2RQ6-A nrPDB_test) or the PDB (2rq6_A mol:protein ...).
    Records that are no protein, or of other chains, are passed over.
    """
    found: dict[str, str] = {}
    sought = frozenset(wanted)

    def pass_over(_error: RecordError) -> None:
        """Files of the whole PDB have nucleic acids and oddities; a chain that is missed is reported as missing."""

    for fasta in fastas:
        if len(found) == len(sought):
            break
        for protein in read_fasta(fasta, on_duplicate="rename", on_error="skip", report=pass_over):
            chain = chain_name(protein.accession)
            if chain in sought:
                found.setdefault(chain, protein.sequence)
    return found


def chain_name(accession: str) -> str:
    """A chain as DeepFRI writes it.

    Examples
    --------
    >>> chain_name("2rq6_A"), chain_name("2RQ6-A"), chain_name("P38398")
    ('2RQ6-A', '2RQ6-A', 'P38398')
    """
    match = _CHAIN.match(accession)
    return f"{match[1].upper()}-{match[2]}" if match else accession


def _lists(lines: Iterator[str]) -> list[tuple[str, ...]]:
    """The lists of labels at the head of a file, up to the line that heads the chains."""
    found = []
    for line in lines:
        title = line.removeprefix("###").strip()
        if not line.startswith("###") or title.lower().startswith("pdb-chain"):
            break
        labels = tuple(next(lines, "").rstrip().split("\t"))
        if "-names" not in title.lower():
            found.append(labels)
    return found
