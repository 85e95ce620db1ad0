"""AAV capsids as GGS has them (Kirjner et al. 2024; measured by Bryant et al. 2021): 28 residues each, and a score.

FLIP's split two_vs_many is made again from them by its rule: up to two mutations train, more test. GGS left out what
has insertions and deletions, so the set is smaller than FLIP's.
"""

import hashlib
from pathlib import Path

from protclip.benchmarks.formats.flip_csv import AAV_REGION
from protclip.benchmarks.formats.rows import Row
from protclip.benchmarks.formats.tables import read_records
from protclip.benchmarks.tasks import SPLITS, SplitName
from protclip.errors import AssetError
from protclip.sequence import read_fasta

MUTATED = slice(560, 588)
"""Residues 561 to 588 of VP1."""
_VALID_SHARE = 10
"""Every tenth training capsid, by hash, is for validation: the share of FLIP's."""


def read_capsids(table: Path, wild_type: Path) -> dict[SplitName, list[Row]]:
    """Training capsids of at most two mutations, a tenth of them for validation; all others test.

    Raises
    ------
    AssetError
        If a row is not 28 residues long, or the table has other columns than sequence and score.
    """
    (protein,) = read_fasta(wild_type)
    whole = protein.sequence
    found: dict[SplitName, list[Row]] = {split: [] for split in SPLITS}
    for record in read_records(table):
        part = record.get("sequence", "")
        if len(part) != len(whole[MUTATED]) or "score" not in record:
            raise AssetError(f"{table}: {part!r} is no 28 residues with a score. Give GGS's ground_truth.csv")
        sequence = whole[: MUTATED.start] + part + whole[MUTATED.stop :]
        found[_split(part, whole[MUTATED])].append(Row(sequence=sequence[AAV_REGION], label=record["score"]))
    return found


def _split(part: str, wild_type: str) -> SplitName:
    if sum(a != b for a, b in zip(part, wild_type, strict=True)) > 2:
        return "test"
    is_valid = int(hashlib.sha256(part.encode()).hexdigest(), 16) % _VALID_SHARE == 0
    return "valid" if is_valid else "train"
