"""Whether proteins with alike rows have alike GO terms: PROBE's semantic similarity inference (Unsal et al. 2022).

The similarity of two rows, or of two sequences, is compared with Lin's similarity of the two proteins' terms by
Spearman's correlation over pairs, for each aspect of GO. Shapes: N proteins, D features, n pairs.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from protclip.benchmarks.formats.probe import (
    Places,
    matrix_name,
    pairs_name,
    read_pairs,
    read_similarity_matrix,
)
from protclip.benchmarks.formats.substitutes import read_note
from protclip.benchmarks.registry import benchmark_of
from protclip.benchmarks.results import Measurement
from protclip.benchmarks.tasks import BenchmarkRun, FeatureSource, Named
from protclip.data.ontology import Aspect
from protclip.errors import AssetError, InputError
from protclip.predict.similarity import Rows, cosine_similarity, manhattan_similarity
from protclip.sequence import read_fasta

Floats = npt.NDArray[np.float64]
Compare = Callable[[Places], Floats]
"""The similarities (n,) of pairs (n, 2) of places in a set."""
ASPECT_OF: Mapping[str, Aspect] = {"ssi-mf": "MF", "ssi-bp": "BP", "ssi-cc": "CC"}
HELD_OUT = "held_out"
"""Folder of a second set: proteins of the clusters that the shipped checkpoint was not trained on."""
_RESAMPLES, _FEW_RESAMPLES, _MANY_PAIRS = 1000, 100, 10_000
_BLOCK = 8192
"""Pairs compared at once."""
FEWEST_PAIRS = 10
"""Below so many a correlation says nothing."""


@runtime_checkable
class PairSource(Named, Protocol):
    """What says how alike proteins are without a row of numbers for each: alignments."""

    def similarities(self, sequences: Sequence[str]) -> Floats:
        """Of every two (N, N), 0 to 1."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SimilaritySet:
    """N proteins and how alike the terms of every two are (N, N), 0 to 1; NaN where that is not known.

    ``place_of`` brings a place in the published matrix, which has proteins without a sequence too, to one here.
    """

    sequences: tuple[str, ...]
    similarities: Floats
    place_of: Mapping[int, int]

    def __post_init__(self) -> None:
        if self.similarities.shape != (len(self.sequences), len(self.sequences)):
            raise ValueError(
                f"similarities of shape {self.similarities.shape} for {len(self.sequences)} sequences"
            )

    def known(self, pairs: Places) -> Places:
        """Those of some pairs (n, 2), given by places here, whose similarity is known."""
        return pairs[np.isfinite(self.similarities[pairs[:, 0], pairs[:, 1]])]

    @property
    def all_pairs(self) -> Places:
        """Every two proteins (n, 2) whose similarity is known, once."""
        return self.known(np.stack(np.triu_indices(len(self.sequences), 1), axis=1))

    @property
    def sha256(self) -> str:
        """Hash of sequences and similarities."""
        found = hashlib.sha256("\n".join(self.sequences).encode())
        found.update(self.similarities.astype("<f8").tobytes())
        return found.hexdigest()


def measure_similarity(key: str, folder: Path, source: FeatureSource | PairSource) -> BenchmarkRun:
    """Measure a source of features or of similarities on one aspect ("ssi-mf", "ssi-bp", "ssi-cc").

    "spearman" is over PROBE's sparse pairs by Manhattan similarity, as KeAP reports it, and "spearman/cosine" by
    cosine; "spearman/all_pairs" is over all pairs of the 500 proteins by Manhattan similarity. A folder "held_out" of
    the same form adds "spearman/held_out", over all its pairs. A source of similarities has its own in place of
    Manhattan's, and no cosine. Intervals are of resampled proteins, because pairs of one protein are not independent.
    Nothing is fitted: seed 0 only draws the resamples.

    Parameters
    ----------
    folder
        PROBE's data folder (preprocess/, auxilary_input/), with the sequences of its proteins in FASTA files in it.

    Raises
    ------
    AssetError
        If a file is missing.
    InputError
        If too few pairs have sequences.
    """
    aspect = ASPECT_OF[key]
    whole = read_set(folder, aspect)
    sparse = read_sparse_pairs(folder, aspect, whole)
    compare = _comparisons(source, whole.sequences)
    measured = [_spearman(name, by, whole, sparse) for name, by in compare.items()]
    measured.append(_spearman("spearman/all_pairs", compare["spearman"], whole, whole.all_pairs))
    if (folder / HELD_OUT).is_dir():
        unseen = read_set(folder / HELD_OUT, aspect)
        by = _comparisons(source, unseen.sequences)["spearman"]
        measured.append(_spearman(f"spearman/{HELD_OUT}", by, unseen, unseen.all_pairs))
    return BenchmarkRun(
        model=source.name,
        fingerprint=source.fingerprint,
        seed=0,
        data=f"PROBE {aspect} {whole.sha256[:12]}",
        measured=tuple(measured),
        note=read_note(folder),
    )


def read_set(folder: Path, aspect: Aspect) -> SimilaritySet:
    """The proteins of an aspect's matrix, of the 500 or else the 200 most annotated, whose sequences are known.

    Raises
    ------
    AssetError
        If the matrix is missing.
    InputError
        If fewer than ten pairs are left.
    """
    names = [matrix_name(aspect, number) for number in (500, 200)]
    path = next((folder / name for name in names if (folder / name).is_file()), None)
    if path is None:
        raise AssetError(
            f"{folder / names[0]} is missing. Copy {benchmark_of(f'ssi-{aspect.lower()}').source} there, with the "
            "proteins' sequences in a FASTA file, or make a substitute with python -m "
            "protclip.benchmarks.substitute_similarity"
        )
    accessions, similarities = read_similarity_matrix(path)
    fastas = sorted(p for pattern in ("*.fasta", "*.fasta.gz") for p in folder.glob(pattern))
    sequence_of = {p.accession: p.sequence for fasta in fastas for p in read_fasta(fasta)}
    known = [place for place, accession in enumerate(accessions) if accession in sequence_of]
    found = SimilaritySet(
        sequences=tuple(sequence_of[accessions[place]] for place in known),
        similarities=similarities[np.ix_(known, known)],
        place_of={place: here for here, place in enumerate(known)},
    )
    if len(found.all_pairs) < FEWEST_PAIRS:
        raise InputError(
            f"{len(known)} of the {len(accessions)} proteins of {path} have a sequence in a FASTA file (*.fasta, "
            f"*.fasta.gz) in {folder}, which gives fewer than {FEWEST_PAIRS} pairs. Put their sequences there, with "
            "the accessions as names"
        )
    return found


def read_sparse_pairs(folder: Path, aspect: Aspect, whole: SimilaritySet) -> Places:
    """PROBE's sparse pairs (n, 2) as places in a set, without those that lack a sequence or a similarity.

    Raises
    ------
    AssetError
        If the file is missing.
    InputError
        If fewer than ten pairs are left.
    """
    path = folder / pairs_name(aspect)
    listed = read_pairs(path)
    here = [
        [whole.place_of[a], whole.place_of[b]] for a, b in listed.tolist() if {a, b} <= whole.place_of.keys()
    ]
    pairs = whole.known(np.array(here, dtype=np.int64).reshape(-1, 2))
    if len(pairs) < FEWEST_PAIRS:
        raise InputError(
            f"{len(pairs)} of the {len(listed)} pairs of {path} have two sequences and a similarity; at least "
            f"{FEWEST_PAIRS} are needed. Add sequences, or copy the file that belongs to the matrix"
        )
    return pairs


def _comparisons(source: FeatureSource | PairSource, sequences: Sequence[str]) -> dict[str, Compare]:
    """How a source compares the proteins of a set, by the metric that it is measured by."""
    if isinstance(source, PairSource):
        whole = source.similarities(sequences)
        return {"spearman": lambda pairs: whole[pairs[:, 0], pairs[:, 1]]}
    rows = source.features(sequences)
    return {
        "spearman": partial(_by_rows, manhattan_similarity, rows),
        "spearman/cosine": partial(_by_rows, cosine_similarity, rows),
    }


def _by_rows(similarity: Callable[[Rows, Rows], Floats], rows: Rows, pairs: Places) -> Floats:
    blocks = np.split(pairs, range(_BLOCK, len(pairs), _BLOCK))
    return np.concatenate([similarity(rows[block[:, 0]], rows[block[:, 1]]) for block in blocks])


def _spearman(metric: str, compare: Compare, whole: SimilaritySet, pairs: Places) -> Measurement:
    """Spearman's correlation (-1 to 1) over pairs, with its interval over resampled proteins."""
    truth, found = whole.similarities[pairs[:, 0], pairs[:, 1]], compare(pairs)
    number = len(whole.sequences)
    rng = np.random.default_rng(0)
    resampled = []
    for _ in range(_RESAMPLES if len(pairs) < _MANY_PAIRS else _FEW_RESAMPLES):
        drawn = np.bincount(rng.integers(0, number, number), minlength=number)
        chosen = np.repeat(np.arange(len(pairs)), drawn[pairs[:, 0]] * drawn[pairs[:, 1]])
        resampled.append(_correlation(found[chosen], truth[chosen]))
    low, high = np.nanquantile(resampled, (0.025, 0.975))
    return Measurement(
        metric=metric, value=_correlation(found, truth), low=float(low), high=float(high), n=len(pairs)
    )


def _correlation(first: Floats, second: Floats) -> float:
    from scipy.stats import rankdata

    a, b = rankdata(first), rankdata(second)
    a, b = a - a.mean(), b - b.mean()
    length = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / length if length else float("nan")
