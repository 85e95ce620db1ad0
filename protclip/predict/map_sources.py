"""Embeddings of known proteins for a map, from an atlas or from a file of `protclip encode`."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from protclip.errors import FingerprintError, InputError
from protclip.predict.map_measures import Rows, nearest
from protclip.predict.map_placing import NUM_NEIGHBOURS, Near, Placed, place
from protclip.predict.protein_map import ProteinMap

if TYPE_CHECKING:
    from protclip.data.atlas import Atlas

_BLOCK = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownRows:
    """Proteins by accession with their unit rows (n, E), and the checkpoint that made them."""

    accessions: tuple[str, ...]
    rows: Rows
    fingerprint: str

    def near(self, embeddings: Rows, top: int = NUM_NEIGHBOURS) -> Iterator[Near]:
        """The nearest proteins of each of m unit rows (m, E)."""
        for first in range(0, len(embeddings), _BLOCK):
            places, cosines = nearest(
                embeddings[first : first + _BLOCK] @ self.rows.T, min(top, len(self.rows))
            )
            for row, values in zip(places, cosines, strict=True):
                yield [(self.accessions[n], float(value)) for n, value in zip(row, values, strict=True)]


def known_rows(source: Path | None) -> KnownRows:
    """Read an atlas folder or a Parquet file of embeddings; None is the shipped atlas.

    Raises
    ------
    AssetError
        If it is neither, or damaged.
    InputError
        If the file holds embeddings of texts.
    """
    from protclip import starter
    from protclip.data.atlas import read_atlas
    from protclip.embedding_file import read_embeddings

    if source is None or source.is_dir():
        return rows_of_atlas(read_atlas(source or starter.atlas_path()))
    found = read_embeddings(source)
    if any(any(c.isspace() for c in key) for key in found.keys[:100]):
        raise InputError(
            f"{source} has embeddings of texts; give those of proteins (protclip encode X.fasta)"
        )
    return KnownRows(accessions=found.keys, rows=found.rows, fingerprint=found.fingerprint)


def rows_of_atlas(atlas: "Atlas") -> KnownRows:
    """The proteins of an atlas."""
    names = tuple(protein.accession for protein in atlas.proteins)
    return KnownRows(accessions=names, rows=atlas.protein_vectors, fingerprint=atlas.fingerprint)


def places_of(made: ProteinMap) -> dict[str, Rows]:
    """The coordinates (2,) of a map by accession."""
    return dict(zip(made.accessions, made.coordinates, strict=True))


def place_all(accessions: Sequence[str], near: Iterator[Near], made: ProteinMap) -> list[Placed]:
    """Place new proteins by their nearest known ones; one without a neighbour on the map is left out."""
    places = places_of(made)
    usual = made.measures.usual_distance, made.measures.usual_spread
    found = (place(name, rows, places, usual) for name, rows in zip(accessions, near, strict=True))
    return [placed for placed in found if placed is not None]


def check_same_space(made: ProteinMap, *others: tuple[str, str]) -> None:
    """Refuse a map with what belongs to another checkpoint.

    Parameters
    ----------
    others
        What it is, and its fingerprint.

    Raises
    ------
    FingerprintError
        If one differs; names both.
    """
    for what, fingerprint in others:
        if fingerprint != made.fingerprint:
            raise FingerprintError(
                f"the map is of the checkpoint {made.fingerprint}, {what} of {fingerprint}. Give what belongs to "
                "the map, or fit another to embeddings of that model (protclip encode FASTA --model FOLDER -o "
                "FILE.parquet; protclip map fit FILE.parquet -o MAP) and name it: --map MAP, for the app PROTCLIP_MAP"
            )


def order_as(wanted: Sequence[str], known: Sequence[str]) -> np.ndarray:
    """The place in ``known`` of each accession of ``wanted``, -1 where it is not there."""
    place_of = {name: n for n, name in enumerate(known)}
    return np.array([place_of.get(name, -1) for name in wanted], dtype=np.int64)
