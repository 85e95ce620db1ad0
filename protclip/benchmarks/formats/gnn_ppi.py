"""The files of GNN-PPI (Lv et al. 2021, lvguofeng/GNN_PPI) and of STRING, from which they were taken.

SHS27k and SHS148k are a file of actions and a dictionary of sequences each; the third set is all human actions of
STRING 11 with the sequences as FASTA, both gzip. Splits are JSON files that are named after set and mode, such as
``SHS27k.bfs.fold1.json`` in KeAP.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

from protclip.benchmarks.registry import benchmark_of
from protclip.data.ppi_pairs import ProteinPairs, read_action_pairs
from protclip.data.ppi_splits import PairSplit, SplitMode, read_split
from protclip.errors import AssetError
from protclip.sequence import read_fasta

SET_NAMES: Mapping[str, str] = {"shs27k": "SHS27k", "shs148k": "SHS148k", "string": "STRING"}
"""Benchmark key to the set's name in the names of its files."""
_STRING = ("9606.protein.actions.v11.0.txt.gz", "9606.protein.sequences.v11.0.fa.gz")


def read_interaction_set(key: str, folder: Path) -> ProteinPairs:
    """Read the pairs of a benchmark ("shs27k", "shs148k", "string") from a folder, or from shs/ in it.

    Raises
    ------
    AssetError
        If a file is missing: names it and says where it is to be had.
    InputError or RecordError
        As `read_action_pairs`.
    """
    source = benchmark_of(key).source
    name = SET_NAMES[key]
    wanted = (
        _STRING
        if key == "string"
        else (f"protein.actions.{name}.STRING.txt", f"protein.{name}.sequences.dictionary.tsv")
    )
    found = [_found(folder, file) for file in wanted]
    missing = [file for file, path in zip(wanted, found, strict=True) if path is None]
    if missing:
        raise AssetError(
            f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} not in {folder}. {name} is {source}; "
            "put its files there under these names"
        )
    actions, sequences = (path for path in found if path is not None)
    if key == "string":
        return read_action_pairs(actions, {p.accession: p.sequence for p in read_fasta(sequences)})
    return read_action_pairs(actions, sequences)


def read_published_split(key: str, folder: Path, mode: SplitMode, num_pairs: int) -> PairSplit | None:
    """The split of a set in a mode, where a JSON file of the folder is named after both; the first by name.

    Raises
    ------
    InputError
        If the file is no split of ``num_pairs`` pairs.
    """
    paths = sorted(path for place in _places(folder) for path in place.glob(f"{SET_NAMES[key]}.{mode}*.json"))
    return read_split(paths[0], num_pairs) if paths else None


def _found(folder: Path, file: str) -> Path | None:
    return next((place / file for place in _places(folder) if (place / file).is_file()), None)


def _places(folder: Path) -> Iterator[Path]:
    yield from (folder, folder / "shs")
