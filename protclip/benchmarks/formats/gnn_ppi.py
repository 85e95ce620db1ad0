"""The files of GNN-PPI (Lv et al. 2021, lvguofeng/GNN_PPI) and of STRING, from which they were taken.

SHS27k and SHS148k are a file of actions and a dictionary of sequences each; so is the third set, of which STRING's
own files will do too: all human actions of STRING 11 with the sequences as FASTA, both gzip. Splits are JSON files
that are named after set and mode, such as ``SHS27k.bfs.fold1.json`` in KeAP or
``train_valid_index_json/string.bfs.fold1.json`` in GNN-PPI.
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
_SHS = ("protein.actions.{}.STRING.txt", "protein.{}.sequences.dictionary.tsv")
_FILES: Mapping[str, tuple[tuple[str, str], ...]] = {
    "shs27k": ((_SHS[0].format("SHS27k"), _SHS[1].format("SHS27k")),),
    "shs148k": ((_SHS[0].format("SHS148k"), _SHS[1].format("SHS148k")),),
    "string": (
        ("9606.protein.actions.all_connected.txt", "protein.STRING_all_connected.sequences.dictionary.tsv"),
        ("9606.protein.actions.v11.0.txt.gz", "9606.protein.sequences.v11.0.fa.gz"),
    ),
}
"""Actions and sequences of each set; of several pairs of files the first that is there."""


def read_interaction_set(key: str, folder: Path) -> ProteinPairs:
    """Read the pairs of a benchmark ("shs27k", "shs148k", "string") from a folder, or from shs/ in it.

    Raises
    ------
    AssetError
        If a file is missing: names it and says where it is to be had.
    InputError or RecordError
        As `read_action_pairs`.
    """
    found = [tuple(_found(folder, file) for file in files) for files in _FILES[key]]
    for actions, sequences in found:
        if actions is not None and sequences is not None:
            is_fasta = ".fa" in sequences.suffixes
            known = {p.accession: p.sequence for p in read_fasta(sequences)} if is_fasta else sequences
            return read_action_pairs(actions, known)
    lacking = [
        " and ".join(file for file, path in zip(files, paths, strict=True) if path is None)
        for files, paths in zip(_FILES[key], found, strict=True)
    ]
    raise AssetError(
        f"{folder} lacks {', or else '.join(lacking)}. {SET_NAMES[key]} is {benchmark_of(key).source}; put its files "
        "there under these names"
    )


def read_published_split(key: str, folder: Path, mode: SplitMode, num_pairs: int) -> PairSplit | None:
    """The split of a set in a mode, where a JSON file of the folder is named after both; the first by name.

    Raises
    ------
    InputError
        If the file is no split of ``num_pairs`` pairs.
    """
    beginning = f"{SET_NAMES[key]}.{mode}".lower()
    files = (path for place in _places(folder) for path in place.glob("*.json"))
    paths = sorted(path for path in files if path.name.lower().startswith(beginning))
    return read_split(paths[0], num_pairs) if paths else None


def _found(folder: Path, file: str) -> Path | None:
    return next((place / file for place in _places(folder) if (place / file).is_file()), None)


def _places(folder: Path) -> Iterator[Path]:
    tops = (folder, folder / "shs")
    yield from tops
    yield from (place for top in tops for place in sorted(top.glob("*train_valid_index_json")))
