"""Programs that search proteins for homologues, run on files of a scratch folder."""

import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from protclip.data.splits import write_numbered_fasta
from protclip.errors import AssetError
from protclip.records import Protein

ProgramName = Literal["mmseqs2", "diamond", "blastp", "phmmer"]

_EXPECT = 1e-3
_QUERY, _KNOWN, _HITS = "query.fasta", "known.fasta", "hits.tsv"


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """How a search program is run in a folder that holds query.fasta and known.fasta: commands, then hits.tsv.

    ``columns`` are the places of query, target, identity and bits in a row of the hits. Identity divided by
    ``identity_scale`` is 0 to 1; a program that does not tell it has no ``columns[2]``.
    """

    package: str
    commands: tuple[tuple[str, ...], ...]
    columns: tuple[int, int, int | None, int] = (0, 1, 2, 3)
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
    "phmmer": Program(
        package="hmmer",
        commands=(
            ("phmmer", "--tblout", _HITS, "--noali", "-o", "report.txt", "-E", str(_EXPECT), "--cpu", "{threads}",
             _QUERY, _KNOWN),
        ),
        columns=(2, 0, None, 5),
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramHit:
    """An alignment of two proteins, by their accessions. ``identity`` is 0 to 1, 0 where the program tells none."""

    query: str
    target: str
    identity: float
    bits: float


def program_hits(
    name: ProgramName, queries: Sequence[Protein], known: Sequence[Protein], threads: int = 2
) -> Iterator[ProgramHit]:
    """What a program finds for the queries among known proteins, to an E-value of 0.001; a pair may come twice.

    Raises
    ------
    AssetError
        If the program is not there.
    """
    program = PROGRAMS[name]
    query, target, identity, bits = program.columns
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        accessions = {
            file: write_numbered_fasta(proteins, place / file)
            for file, proteins in ((_QUERY, queries), (_KNOWN, known))
        }
        for command in program.commands:
            _run([word.format(threads=threads) for word in command], place, program.package)
        for row in _rows(place / _HITS):
            yield ProgramHit(
                query=accessions[_QUERY][int(row[query][1:])],
                target=accessions[_KNOWN][int(row[target][1:])],
                identity=0.0 if identity is None else float(row[identity]) / program.identity_scale,
                bits=float(row[bits]),
            )


def _rows(path: Path) -> Iterator[list[str]]:
    """Words of each line; the names that we give have no white space."""
    with path.open(encoding="utf-8") as file:
        yield from (line.split() for line in file if not line.startswith("#"))


def _run(command: Sequence[str], place: Path, package: str) -> None:
    try:
        subprocess.run(command, cwd=place, check=True, stdout=subprocess.DEVNULL)
    except FileNotFoundError as error:
        raise AssetError(
            f"this baseline needs the program {command[0]} (Debian: apt install {package})"
        ) from error
