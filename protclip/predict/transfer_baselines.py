"""What a practitioner would try first: terms of the hits of a search program, or of proteins with the same 3-mers."""

import csv
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from protclip.benchmarks.three_mers import NUM_THREE_MERS, three_mers
from protclip.data.splits import write_numbered_fasta
from protclip.errors import AssetError
from protclip.predict.term_evidence import NEIGHBOUR_TEMPERATURE, NUM_NEIGHBOURS, TermColumns
from protclip.records import Protein

Floats = npt.NDArray[np.float64]
Scored = tuple[npt.NDArray[np.int64], Floats]
"""The columns of the terms predicted for a protein, and their scores."""
Scores = Callable[[int], Scored]
"""Gives them for a protein by its place."""
ProgramName = Literal["mmseqs2", "diamond", "blastp"]

_EXPECT = 1e-3
_QUERY, _KNOWN, _HITS = "query.fasta", "known.fasta", "hits.tsv"


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """How a search program is run in a folder that holds query.fasta and known.fasta: commands, then hits.tsv.

    A row of the hits is query, target, identity (divided by ``identity_scale`` it is 0 to 1), bits.
    """

    package: str
    commands: tuple[tuple[str, ...], ...]
    identity_scale: float = 1.0


PROGRAMS: Mapping[ProgramName, Program] = {
    "mmseqs2": Program(
        package="mmseqs2",
        commands=(
            ("mmseqs", "easy-search", _QUERY, _KNOWN, _HITS, "scratch", "--format-output",
             "query,target,fident,bits", "--threads", "{threads}", "-v", "1"),
        ),
    ),
    "diamond": Program(
        package="diamond-aligner",
        commands=(
            ("diamond", "makedb", "--in", _KNOWN, "--db", "known", "--quiet"),
            ("diamond", "blastp", "--query", _QUERY, "--db", "known", "--out", _HITS, "--outfmt", "6", "qseqid",
             "sseqid", "pident", "bitscore", "--sensitive", "--max-target-seqs", "300", "--evalue", str(_EXPECT),
             "--threads", "{threads}", "--quiet"),
        ),
        identity_scale=100.0,
    ),
    "blastp": Program(
        package="ncbi-blast+",
        commands=(
            ("makeblastdb", "-in", _KNOWN, "-dbtype", "prot", "-logfile", "makeblastdb.log"),
            ("blastp", "-query", _QUERY, "-db", _KNOWN, "-out", _HITS, "-outfmt", "6 qseqid sseqid pident bitscore",
             "-evalue", str(_EXPECT), "-max_target_seqs", "300", "-num_threads", "{threads}"),
        ),
        identity_scale=100.0,
    ),
}  # fmt: skip


def program_transfer(
    name: ProgramName,
    queries: Sequence[Protein],
    known: Sequence[Protein],
    columns: TermColumns,
    threads: int = 2,
) -> tuple[Scores, dict[str, float]]:
    """Terms of a program's hits weighed by bits, and the greatest identity of a hit by accession.

    A pair of proteins counts once, by its best alignment, to an E-value of 0.001.

    Raises
    ------
    AssetError
        If the program is not there.
    """
    best: dict[str, dict[str, float]] = {}
    identity: dict[str, float] = {}
    for query, target, share, bits in _hits(PROGRAMS[name], queries, known, threads):
        found = best.setdefault(query, {})
        found[target] = max(found.get(target, 0.0), bits)
        identity[query] = max(identity.get(query, 0.0), share)
    by_accession = {p.accession: p for p in known}

    def scores(number: int) -> Scored:
        found = best.get(queries[number].accession, {})
        owned = [columns.of(by_accession[target]) for target in found]
        return _weighed(owned, list(found.values()), len(columns))

    return scores, identity


def kmer_transfer(queries: Sequence[Protein], known: Sequence[Protein], columns: TermColumns) -> Scores:
    """Terms of the nearest known proteins by the cosine of their counts of 3-mers, weighed as embeddings are.

    ``protclip.predict.term_evidence`` has the number of neighbours and the temperature.
    """
    from scipy.sparse import csr_matrix

    def rows(proteins: Sequence[Protein]) -> csr_matrix:
        counts = [np.unique(three_mers(p.sequence), return_counts=True) for p in proteins]
        values = np.concatenate([n / max(float(np.linalg.norm(n)), 1.0) for _, n in counts])
        ends = np.cumsum([0, *(len(n) for _, n in counts)])
        places = np.concatenate([k for k, _ in counts])
        return csr_matrix((values, places, ends), shape=(len(proteins), NUM_THREE_MERS))

    all_known = rows(known).T.tocsr()
    all_queries = rows(queries)

    def scores(number: int) -> Scored:
        cosines = np.asarray((all_queries[number] @ all_known).todense()).ravel()
        near = np.argsort(-cosines, kind="stable")[:NUM_NEIGHBOURS]
        weights = np.exp((cosines[near] - cosines[near[0]]) / NEIGHBOUR_TEMPERATURE)
        return _weighed([columns.of(known[place]) for place in near], weights.tolist(), len(columns))

    return scores


def _weighed(owned: Sequence[npt.NDArray[np.int64]], weights: Sequence[float], num_columns: int) -> Scored:
    """The share of the weight whose proteins have each term."""
    if not owned:
        return np.zeros(0, dtype=np.int64), np.zeros(0)
    each = np.repeat(weights, [len(o) for o in owned])
    total = np.bincount(np.concatenate(owned), each, minlength=num_columns)
    places = np.flatnonzero(total)
    return places, total[places] / sum(weights)


def _hits(
    program: Program, queries: Sequence[Protein], known: Sequence[Protein], threads: int
) -> Iterator[tuple[str, str, float, float]]:
    """(query, target, identity, bits) by accessions."""
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        accessions = {
            file: write_numbered_fasta(proteins, place / file)
            for file, proteins in ((_QUERY, queries), (_KNOWN, known))
        }
        for command in program.commands:
            _run([word.format(threads=threads) for word in command], place, program.package)
        with open(place / _HITS, encoding="utf-8", newline="") as file:
            for query, target, identity, bits in csv.reader(file, delimiter="\t"):
                pair = accessions[_QUERY][int(query[1:])], accessions[_KNOWN][int(target[1:])]
                yield *pair, float(identity) / program.identity_scale, float(bits)


def _run(command: Sequence[str], place: Path, package: str) -> None:
    try:
        subprocess.run(command, cwd=place, check=True, stdout=subprocess.DEVNULL)
    except FileNotFoundError as error:
        raise AssetError(
            f"this baseline needs the program {command[0]} (Debian: apt install {package})"
        ) from error
