"""What lies in a region of a map, from the proteins of an atlas."""

from pathlib import Path
from typing import Any

import numpy as np

from protclip import starter
from protclip.data.atlas import Atlas, read_atlas
from protclip.data.ontology import Ontology
from protclip.errors import InputError
from protclip.predict.enrichment import EnrichedTerm, enriched_terms, term_sets
from protclip.predict.map_regions import Region
from protclip.predict.map_sources import check_same_space, order_as
from protclip.predict.protein_map import ProteinMap


def proteins_in(made: ProteinMap, region: Region, atlas: Path | None) -> list[dict[str, Any]]:
    """Accession, name, organism, length and place of each protein in a region, in the map's order.

    Raises
    ------
    InputError
        If none lies there.
    AssetError, FingerprintError
        If the atlas cannot be read, or is of another checkpoint.
    """
    known = _atlas(made, atlas)
    order = order_as(made.accessions, [p.accession for p in known.proteins])
    found = []
    for n in _inside(made, region):
        protein = known.proteins[order[n]] if order[n] >= 0 else None
        found.append(
            {
                "accession": made.accessions[n],
                "name": protein.name if protein else "",
                "organism": protein.organism if protein else "",
                "length": len(protein.sequence) if protein else "",
                "x": float(made.coordinates[n, 0]),
                "y": float(made.coordinates[n, 1]),
            }
        )
    return found


def enriched_in(made: ProteinMap, region: Region, atlas: Path | None) -> list[EnrichedTerm]:
    """The GO terms that a region's proteins have more often than all of the map's.

    Raises
    ------
    As `proteins_in`.
    """
    inside, known = _inside(made, region), _atlas(made, atlas)
    ontology = Ontology.read_parquet(starter.ontology_path())
    go_ids = {p.accession: [a.id for a in p.of_kind("go")] for p in known.proteins}
    return enriched_terms(term_sets([go_ids.get(a, []) for a in made.accessions], ontology), inside, ontology)


def _inside(made: ProteinMap, region: Region) -> np.ndarray:
    inside = np.flatnonzero(region.contains(made.coordinates))
    if not len(inside):
        (left, bottom), (right, top) = made.coordinates.min(axis=0), made.coordinates.max(axis=0)
        raise InputError(
            f"no protein lies in {region.text}; the map reaches from {left:.2f},{bottom:.2f} to {right:.2f},{top:.2f}"
        )
    return inside


def _atlas(made: ProteinMap, folder: Path | None) -> Atlas:
    known = read_atlas(folder or starter.atlas_path())
    check_same_space(made, ("the atlas is", known.fingerprint))
    return known
