"""Pairs of proteins and what is known of them: STRING's actions as GNN-PPI distributes them, and lists with 0 or 1.

Formats: Lv et al. 2021 (lvguofeng/GNN_PPI, data/protein.actions.*.txt and protein.*.sequences.dictionary.tsv);
Bernett et al. 2024 and D-SCRIPT (two accessions and a label, tab-separated, no header).
"""

import hashlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from protclip.errors import InputError, RecordError
from protclip.sequence import clean_sequence
from protclip.textio import OnError, Report, error_handler, open_text, source_name

TYPES = ("reaction", "binding", "ptmod", "activation", "inhibition", "catalysis", "expression")
"""The seven types of interaction, in GNN-PPI's order, in which their probabilities stand everywhere."""
_HEADER = ("item_id_a", "item_id_b", "mode")
_COPY = "Copy the file again from its source."

Places = npt.NDArray[np.int64]
Labels = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProteinPairs:
    """m pairs of n proteins, without regard to order, no pair twice.

    ``pairs`` (m, 2) are places among the proteins. ``labels`` are (m, 7), which of `TYPES` a pair has, or (m, 1),
    whether the two interact at all.
    """

    accessions: tuple[str, ...]
    sequences: tuple[str, ...]
    pairs: Places
    labels: Labels

    def __post_init__(self) -> None:
        if len(self.sequences) != len(self.accessions):
            raise ValueError(f"{len(self.sequences)} sequences for {len(self.accessions)} accessions")
        if self.pairs.shape != (len(self.labels), 2) or self.labels.ndim != 2:
            raise ValueError(f"pairs of shape {self.pairs.shape} with labels of shape {self.labels.shape}")

    def of(self, chosen: Places) -> "ProteinPairs":
        """The pairs at these places, with all proteins."""
        return ProteinPairs(
            accessions=self.accessions,
            sequences=self.sequences,
            pairs=self.pairs[chosen],
            labels=self.labels[chosen],
        )

    @property
    def sha256(self) -> str:
        """Hex digest of proteins, pairs and labels: which data a head was fitted on."""
        digest = hashlib.sha256("\n".join((*self.accessions, *self.sequences)).encode())
        digest.update(self.pairs.astype("<i8").tobytes())
        digest.update(self.labels.tobytes())
        return digest.hexdigest()


def read_action_pairs(actions: Path, sequences: Path | Mapping[str, str]) -> ProteinPairs:
    """Read a file of STRING actions, plain or gzip, with its sequences: a dictionary file, or one by accession.

    A pair comes in several lines, one for each type, direction and actor: its types are put together. Proteins
    and pairs are in the order in which they are first seen, which GNN-PPI's split files count by.

    Raises
    ------
    InputError
        If a file cannot be opened or has no pairs.
    RecordError
        For a malformed line, an unknown type, or a protein without a sequence.
    """
    sequence_of = read_sequence_dictionary(sequences) if isinstance(sequences, Path) else sequences
    told = str(sequences) if isinstance(sequences, Path) else "the file of sequences"
    place_of: dict[str, int] = {}
    types_of: dict[tuple[str, str], set[int]] = {}
    for number, (first, second, mode, *_) in _rows(actions, columns=7, header=_HEADER):
        for accession in (first, second):
            if accession not in sequence_of:
                problem = f"{accession} has no sequence in {told}"
                raise RecordError(actions, number, problem, "Give the dictionary that belongs to this file.")
            place_of.setdefault(accession, len(place_of))
        if mode not in TYPES:
            raise RecordError(actions, number, f"unknown type {mode!r}", f"Types are {', '.join(TYPES)}.")
        pair = (first, second) if first < second else (second, first)
        types_of.setdefault(pair, set()).add(TYPES.index(mode))
    labels = [[k in found for k in range(len(TYPES))] for found in types_of.values()]
    return _pairs_of(place_of, sequence_of, list(types_of), labels, actions)


def read_labelled_pairs(
    path: Path, sequences: Mapping[str, str], *, on_error: OnError = "raise", report: Report | None = None
) -> ProteinPairs:
    """Read a list of pairs that interact (1) or do not (0).

    The proteins are all those of ``sequences`` (by accession), so that several lists count alike.

    Parameters
    ----------
    on_error, report
        "skip" hands each malformed line to ``report`` and goes on; "raise" stops at the first.

    Raises
    ------
    InputError
        If the file cannot be opened or has no pairs.
    RecordError
        For a malformed line, a label that is neither 0 nor 1, a protein without a sequence, or a pair that
        comes again with the other label.
    """
    handler = error_handler(on_error, report)
    label_of: dict[tuple[str, str], bool] = {}
    for number, (first, second, label) in _rows(path, columns=3, header=()):
        pair = (first, second) if first < second else (second, first)
        if fault := _fault(pair, label, sequences, label_of):
            handler(RecordError(path, number, *fault))
        else:
            label_of[pair] = label == "1"
    place_of = {accession: place for place, accession in enumerate(sequences)}
    return _pairs_of(place_of, sequences, list(label_of), [[label] for label in label_of.values()], path)


def _fault(
    pair: tuple[str, str], label: str, sequences: Mapping[str, str], before: Mapping[tuple[str, str], bool]
) -> tuple[str, str] | None:
    """What is wrong with a labelled pair and what to do, or None."""
    unknown = [accession for accession in pair if accession not in sequences]
    if label not in {"0", "1"}:
        return f"the label is {label!r}", "Write 1 (interact) or 0 (do not)."
    if unknown:
        return f"no sequence is known for {unknown[0]}", "Add its sequence, or remove the line."
    if before.get(pair, label == "1") != (label == "1"):
        return f"{' and '.join(pair)} stood above with the other label", "Remove one of the two lines."
    return None


def read_sequence_dictionary(path: Path) -> dict[str, str]:
    """Read lines of accession TAB sequence.

    Raises
    ------
    InputError
        If the file cannot be opened.
    RecordError
        For a malformed line, a sequence that is none, or an accession that comes twice.
    """
    found: dict[str, str] = {}
    for number, (accession, sequence) in _rows(path, columns=2, header=()):
        if accession in found:
            raise RecordError(path, number, f"{accession} comes twice", "Remove one of the two lines.")
        try:
            found[accession] = clean_sequence(sequence)
        except InputError as error:
            raise RecordError(path, number, f"{accession}: {error}", _COPY) from error
    return found


def _rows(
    path: str | os.PathLike[str], *, columns: int, header: tuple[str, ...]
) -> Iterator[tuple[int, list[str]]]:
    """Line numbers and tab-separated cells, each line with as many as ``columns``; blank lines are passed over."""
    source, remedy = source_name(path), f"Lines have {columns} tab-separated columns."
    with open_text(path) as lines:
        for number, line in enumerate(lines, 1):
            cells = line.split("\t")
            if number == 1 and header:
                if tuple(cells[: len(header)]) != header:
                    problem = f"the header begins with {line[:40]!r}"
                    raise RecordError(
                        source, number, problem, f"It should begin with {' TAB '.join(header)}."
                    )
                continue
            if not line.strip():
                continue
            if len(cells) != columns:
                raise RecordError(source, number, f"there are {len(cells)} columns", remedy)
            yield number, cells


def _pairs_of(
    place_of: Mapping[str, int],
    sequences: Mapping[str, str],
    pairs: list[tuple[str, str]],
    labels: list[list[bool]],
    path: Path,
) -> ProteinPairs:
    if not pairs:
        raise InputError(f"{path} has no pairs. Give a file with at least one")
    return ProteinPairs(
        accessions=tuple(place_of),
        sequences=tuple(sequences[accession] for accession in place_of),
        pairs=np.array([[place_of[a], place_of[b]] for a, b in pairs], dtype=np.int64),
        labels=np.array(labels, dtype=bool),
    )
