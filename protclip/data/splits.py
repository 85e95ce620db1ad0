"""Held-out proteins by sequence cluster: every member of a cluster falls into the same split.

Clusters at 50% identity are no proof against homology: more than half of the proteins held out this way
still have a local match of 50% identity in training. Report results by the identity of the nearest
training protein as well.
"""

import hashlib
import shutil
import subprocess
import tempfile
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.parquet as pq

from protclip.data.files import replacing
from protclip.errors import AssetError, InputError
from protclip.records import Protein

Split = Literal["train", "valid", "test"]

_SCHEMA = pa.schema([("accession", pa.string()), ("split", pa.string()), ("cluster", pa.string())])
_HOW_TO_CLUSTER = (
    "Install it (Debian and Ubuntu: apt-get install mmseqs2; otherwise https://mmseqs.com) "
    "or use the shipped assignment (protclip data split DIR --assignment shipped)"
)


def assign_split(
    representative: str, seed: int = 17, valid_share: float = 0.02, test_share: float = 0.05
) -> Split:
    """The split of a cluster, from a hash of its representative: the same in every run and on every machine.

    Parameters
    ----------
    representative : str
        Accession that names the cluster.
    seed : int
        Another seed is another split.
    valid_share, test_share : float
        Expected shares of the clusters (not of the proteins), each at least 0 and together below 1.

    Raises
    ------
    InputError
        If the shares are out of range.
    """
    if min(valid_share, test_share) < 0 or valid_share + test_share >= 1:
        raise InputError(
            f"shares valid {valid_share} and test {test_share} leave nothing to train on or are negative: "
            "give two numbers of at least 0 that sum to less than 1"
        )
    digest = hashlib.blake2b(f"{seed}:{representative}".encode(), digest_size=8).digest()
    draw = int.from_bytes(digest, "big") / 2**64
    if draw < test_share:
        return "test"
    return "valid" if draw < test_share + valid_share else "train"


@dataclass(frozen=True, slots=True, kw_only=True)
class Splits:
    """The held-out proteins and their clusters; every other protein is for training.

    ``by_accession`` maps each held-out accession to "valid" or "test", ``cluster_of`` maps the same
    accessions to the representative of their cluster, ``provenance`` says how the clusters were made, and
    ``num_proteins`` is how many proteins were split, training ones included.
    """

    by_accession: Mapping[str, Split]
    cluster_of: Mapping[str, str]
    num_proteins: int
    provenance: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.by_accession.keys() != self.cluster_of.keys():
            raise ValueError("by_accession and cluster_of must name the same accessions")
        split_of_cluster: dict[str, Split] = {}
        for accession, split in self.by_accession.items():
            if split not in ("valid", "test"):
                raise ValueError(f"{accession} has split {split!r}; only valid and test are listed")
            if split_of_cluster.setdefault(self.cluster_of[accession], split) != split:
                raise ValueError(f"cluster {self.cluster_of[accession]} lies in both valid and test")

    @classmethod
    def from_clusters(
        cls,
        clusters: Mapping[str, str],
        *,
        seed: int = 17,
        valid_share: float = 0.02,
        test_share: float = 0.05,
        provenance: Mapping[str, str] | None = None,
    ) -> "Splits":
        """Split whole clusters (`assign_split`); ``clusters`` maps each accession to its representative."""
        split_of = {
            representative: assign_split(representative, seed, valid_share, test_share)
            for representative in set(clusters.values())
        }
        held_out = {a: split_of[r] for a, r in clusters.items() if split_of[r] != "train"}
        settings = {"seed": str(seed), "valid_share": str(valid_share), "test_share": str(test_share)}
        return cls(
            by_accession=held_out,
            cluster_of={accession: clusters[accession] for accession in held_out},
            num_proteins=len(clusters),
            provenance={**(provenance or {}), **settings},
        )

    def of(self, accession: str) -> Split:
        """The split of one protein; "train" for any that is not held out."""
        return self.by_accession.get(accession, "train")

    def restricted_to(self, accessions: Iterable[str]) -> "Splits":
        """The part that concerns some proteins; those that this assignment does not list are for training."""
        wanted = list(accessions)
        held_out = [accession for accession in wanted if accession in self.by_accession]
        return Splits(
            by_accession={accession: self.by_accession[accession] for accession in held_out},
            cluster_of={accession: self.cluster_of[accession] for accession in held_out},
            num_proteins=len(wanted),
            provenance={**self.provenance, "assignment": self.fingerprint},
        )

    def counts(self) -> dict[Split, int]:
        """How many proteins are in each split."""
        held_out = Counter(self.by_accession.values())
        train = self.num_proteins - len(self.by_accession)
        return {"train": train, "valid": held_out["valid"], "test": held_out["test"]}

    @property
    def fingerprint(self) -> str:
        """Hex sha256 of the held-out accessions, their splits and clusters, whatever their order."""
        digest = hashlib.sha256()
        for accession in sorted(self.by_accession):
            digest.update(
                f"{accession}\t{self.by_accession[accession]}\t{self.cluster_of[accession]}\n".encode()
            )
        return digest.hexdigest()

    def write(self, path: Path) -> None:
        """Write accession, split and cluster as Parquet with fingerprint and provenance, atomically."""
        accessions = sorted(self.by_accession)
        columns = [
            accessions,
            [self.by_accession[a] for a in accessions],
            [self.cluster_of[a] for a in accessions],
        ]
        metadata = {f"protclip.provenance.{key}": value for key, value in self.provenance.items()}
        metadata |= {
            "protclip.fingerprint": self.fingerprint,
            "protclip.num_proteins": str(self.num_proteins),
        }
        table = pa.table(columns, schema=_SCHEMA).replace_schema_metadata(metadata)
        with replacing(path) as unfinished:
            pq.write_table(table, unfinished, compression="zstd")

    @classmethod
    def read(cls, path: Path) -> "Splits":
        """Read what `write` wrote.

        Raises
        ------
        AssetError
            If the file is missing, is not a split assignment, or does not match its own fingerprint.
        """
        remedy = "Write it again with protclip data split, or restore the shipped file"
        try:
            table = pq.read_table(path)
            metadata = {k.decode(): v.decode() for k, v in (table.schema.metadata or {}).items()}
            splits = cls._from_table(table, metadata)
        except FileNotFoundError as error:
            raise AssetError(f"no split assignment at {path}. {remedy}") from error
        except (OSError, pa.ArrowException, KeyError, ValueError) as error:
            raise AssetError(f"{path} is not a readable split assignment ({error}). {remedy}") from error
        if splits.fingerprint != metadata["protclip.fingerprint"]:
            raise AssetError(
                f"{path} is damaged: its content has fingerprint {splits.fingerprint[:12]}, "
                f"it claims {metadata['protclip.fingerprint'][:12]}. {remedy}"
            )
        return splits

    @classmethod
    def _from_table(cls, table: Any, metadata: Mapping[str, str]) -> "Splits":
        accessions, splits, clusters = (table.column(name).to_pylist() for name in _SCHEMA.names)
        prefix = "protclip.provenance."
        return cls(
            by_accession=dict(zip(accessions, splits, strict=True)),
            cluster_of=dict(zip(accessions, clusters, strict=True)),
            num_proteins=int(metadata["protclip.num_proteins"]),
            provenance={k.removeprefix(prefix): v for k, v in metadata.items() if k.startswith(prefix)},
        )


def cluster_with_mmseqs(
    proteins: Iterable[Protein], identity: float = 0.5, coverage: float = 0.8, threads: int = 1
) -> dict[str, str]:
    """Cluster sequences with ``mmseqs easy-linclust``.

    Parameters
    ----------
    proteins : Iterable of Protein
        Read once and written to a temporary FASTA file, so that memory holds accessions only.
    identity, coverage : float
        Least sequence identity and least share of both sequences aligned, in (0, 1].
    threads : int
        Processor threads.

    Returns
    -------
    dict of accession to the representative of its cluster, in the order of the input.

    Raises
    ------
    AssetError
        If the executable ``mmseqs`` is not on the PATH.
    InputError
        If there is no protein, or mmseqs refuses its input.
    """
    executable = shutil.which("mmseqs")
    if executable is None:
        raise AssetError(f"the executable mmseqs (MMseqs2) is not on the PATH. {_HOW_TO_CLUSTER}")
    with tempfile.TemporaryDirectory(prefix="protclip-mmseqs-") as folder:
        fasta, result = Path(folder, "in.fasta"), Path(folder, "out")
        accessions = write_numbered_fasta(proteins, fasta)
        if not accessions:
            raise InputError("there is no protein to cluster")
        command = [executable, "easy-linclust", str(fasta), str(result), str(Path(folder, "tmp"))]
        command += ["--min-seq-id", str(identity), "-c", str(coverage), "--threads", str(threads), "-v", "1"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            said = (done.stderr.strip() or done.stdout.strip())[-500:]
            raise InputError(f"mmseqs easy-linclust failed with exit code {done.returncode}: {said}")
        return _read_clusters(Path(f"{result}_cluster.tsv"), accessions)


def write_clusters(clusters: Mapping[str, str], path: Path) -> None:
    """Write the representative of every accession's cluster as Parquet, atomically."""
    table = pa.table({"accession": list(clusters), "cluster": list(clusters.values())})
    with replacing(path) as unfinished:
        pq.write_table(table, unfinished, compression="zstd")


def read_clusters(path: Path) -> dict[str, str]:
    """Read what `write_clusters` wrote. Raises AssetError if it is missing or damaged."""
    try:
        table = pq.read_table(path)
        return dict(zip(*(table.column(n).to_pylist() for n in ("accession", "cluster")), strict=True))
    except (OSError, pa.ArrowException, KeyError) as error:
        raise AssetError(
            f"{path} is no table of clusters ({error}). Run protclip data split again"
        ) from error


def text_groups(texts: Sequence[Hashable]) -> list[int]:
    """Number texts from 0 as met, equal ones alike: texts of one group are never negatives of each other."""
    groups: dict[Hashable, int] = {}
    return [groups.setdefault(text, len(groups)) for text in texts]


def write_numbered_fasta(proteins: Iterable[Protein], path: Path) -> list[str]:
    """Write sequences as n0, n1 and so on, and return their accessions: mmseqs cuts names like sp|A|B to a part."""
    accessions: list[str] = []
    with path.open("w", encoding="ascii") as file:
        for number, protein in enumerate(proteins):
            accessions.append(protein.accession)
            file.write(f">n{number}\n{protein.sequence}\n")
    return accessions


def _read_clusters(path: Path, accessions: Sequence[str]) -> dict[str, str]:
    representative: dict[int, int] = {}
    with path.open(encoding="ascii") as lines:
        for line in lines:
            first, _, member = line.rstrip("\n").partition("\t")
            representative[int(member[1:])] = int(first[1:])
    if len(representative) != len(accessions):
        raise InputError(
            f"mmseqs clustered {len(representative)} of {len(accessions)} sequences; the rest is unreadable"
        )
    return {accession: accessions[representative[n]] for n, accession in enumerate(accessions)}
