"""An atlas: proteins with their embeddings on disk, ready to be loaded into a vector store.

A folder with ``proteins.parquet`` (the shards' schema, in the order of the rows) and
``vectors.safetensors`` (int8 rows with one scale each, biotext rows that repeat once, a hash of the accessions,
so that rows are never taken for those of other proteins, and the fingerprint of the checkpoint as metadata).
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from protclip.data.files import replacing
from protclip.data.int8 import quantize_rows, unit_rows
from protclip.data.tables import proteins_of, table_of
from protclip.errors import AssetError
from protclip.records import Protein

PROTEINS, VECTORS = "proteins.parquet", "vectors.safetensors"
_FINGERPRINT, _ACCESSIONS, _BIOTEXT_PLACES = "fingerprint", "accessions.sha256", "biotext.place"
Rows = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Atlas:
    """n proteins and their unit rows (n, E).

    ``biotext_vectors`` has a zero row for a protein of which nothing is known. ``fingerprint`` is that
    of the checkpoint that made the rows.
    """

    proteins: tuple[Protein, ...]
    protein_vectors: Rows
    biotext_vectors: Rows
    fingerprint: str

    def __post_init__(self) -> None:
        for name, rows in (("protein", self.protein_vectors), ("biotext", self.biotext_vectors)):
            if rows.ndim != 2 or len(rows) != len(self.proteins):
                raise ValueError(f"{name} vectors of shape {rows.shape} for {len(self.proteins)} proteins")

    @property
    def dimension(self) -> int:
        """Width of the shared space."""
        return int(self.protein_vectors.shape[1])

    def part(self, places: Sequence[int]) -> "Atlas":
        """The proteins at some places, with their rows, in the order of the places."""
        return replace(
            self,
            proteins=tuple(self.proteins[place] for place in places),
            protein_vectors=self.protein_vectors[places],
            biotext_vectors=self.biotext_vectors[places],
        )


def write_atlas(atlas: Atlas, folder: Path) -> None:
    """Write an atlas; its vectors lose what int8 rows lose (about 1e-4 of a cosine)."""
    folder.mkdir(parents=True, exist_ok=True)
    with replacing(folder / PROTEINS) as path:
        pq.write_table(table_of(atlas.proteins), path, compression="zstd", compression_level=19)
    tensors: dict[str, np.ndarray] = {}
    tensors["protein"], tensors["protein.row_scale"] = quantize_rows(atlas.protein_vectors)
    # Proteins with the same annotation have the same biotext: a third of the rows.
    tensors |= distinct_rows(*quantize_rows(atlas.biotext_vectors))
    # Not as metadata: safetensors writes those in a random order, and the file would not be reproducible.
    tensors[_ACCESSIONS] = _accessions_digest(atlas.proteins)
    with replacing(folder / VECTORS) as path:
        save_file(tensors, path, metadata={_FINGERPRINT: atlas.fingerprint})


def read_atlas(folder: Path) -> Atlas:
    """Read an atlas; rows come back with length 1 (or 0 where nothing is known).

    Raises
    ------
    AssetError
        If a file is missing or damaged, or the two do not belong together.
    """
    for name in (PROTEINS, VECTORS):
        if not (folder / name).is_file():
            raise AssetError(f"{folder} is no atlas: {name} is missing. Restore it, or give another folder")
    try:
        proteins = tuple(proteins_of(pq.read_table(folder / PROTEINS)))
        with safe_open(folder / VECTORS, framework="numpy") as file:
            fingerprint = (file.metadata() or {})[_FINGERPRINT]
            accessions = file.get_tensor(_ACCESSIONS)
            rows = {
                n: unit_rows(file.get_tensor(n), file.get_tensor(f"{n}.row_scale"))
                for n in ("protein", "biotext")
            }
            rows["biotext"] = rows["biotext"][file.get_tensor(_BIOTEXT_PLACES)]
    except (SafetensorError, pa.ArrowException, OSError, KeyError, ValueError, IndexError) as error:
        raise AssetError(
            f"the atlas in {folder} is damaged ({error}). Restore it from where you got it"
        ) from error
    sizes = {len(proteins), len(rows["protein"]), len(rows["biotext"])}
    if len(sizes) > 1 or not np.array_equal(accessions, _accessions_digest(proteins)):
        raise AssetError(
            f"{folder}: {PROTEINS} ({len(proteins)} proteins) and {VECTORS} ({len(rows['protein'])} rows) "
            "are of different atlases; restore both"
        )
    return Atlas(
        proteins=proteins,
        protein_vectors=rows["protein"],
        biotext_vectors=rows["biotext"],
        fingerprint=fingerprint,
    )


def distinct_rows(codes: npt.NDArray[np.int8], scales: npt.NDArray[np.float16]) -> dict[str, np.ndarray]:
    """Int8 rows (n, d) and scales (n,) of biotexts as tensors that hold each row once, and each protein's place."""
    together = np.concatenate([codes, scales[:, None].view(np.int8)], axis=1)
    _, first, places = np.unique(together, axis=0, return_index=True, return_inverse=True)
    return {
        "biotext": codes[first],
        "biotext.row_scale": scales[first],
        _BIOTEXT_PLACES: places.reshape(-1).astype(np.int32),
    }


def _accessions_digest(proteins: Sequence[Protein]) -> npt.NDArray[np.uint8]:
    digest = hashlib.sha256("\n".join(p.accession for p in proteins).encode()).digest()
    return np.frombuffer(digest, dtype=np.uint8)


def choose_atlas(
    proteins: Sequence[Protein],
    closures: Sequence[frozenset[str]],
    clusters: Sequence[str],
    *,
    size: int,
    min_term_proteins: int = 10,
) -> list[int]:
    """Which proteins to ship: the named, then representatives until the terms are covered and the atlas full.

    Parameters
    ----------
    closures
        GO terms of each protein with all ancestors.
    clusters
        Accession of each protein's cluster representative.
    size
        Proteins wanted; more are taken only if there are more named ones, or covering the terms needs them.
    min_term_proteins
        A term counts if at least this many of ``proteins`` have it.

    Returns
    -------
    list of int
        Places in ``proteins``, ascending.
    """
    chosen = {i for i, p in enumerate(proteins) if p.name or p.gene}
    carriers: dict[str, list[int]] = {}
    for i, closure in enumerate(closures):
        for term in closure:
            carriers.setdefault(term, []).append(i)
    covered = set().union(*(closures[i] for i in chosen)) if chosen else set()
    wanted = [t for t, found in carriers.items() if len(found) >= min_term_proteins and t not in covered]
    # The rarest first: what carries it often carries commoner ones too.
    for term in sorted(wanted, key=lambda t: (len(carriers[t]), t)):
        if term not in covered:
            best = max(carriers[term], key=lambda i: (len(closures[i] - covered), proteins[i].accession))
            chosen.add(best)
            covered |= closures[best]
    taken = {clusters[i] for i in chosen}
    spare = [i for i, p in enumerate(proteins) if p.accession == clusters[i] and clusters[i] not in taken]
    spare = [i for i in spare if closures[i]]
    # Evenly spaced over the accessions: a sample of the whole, the same every time.
    missing = max(size - len(chosen), 0)
    step = max(len(spare) / missing, 1.0) if missing else 1.0
    chosen.update(spare[int(k * step)] for k in range(min(missing, len(spare))))
    return sorted(chosen)
