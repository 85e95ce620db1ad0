"""Which proteins interact, from their sequences on: pairs, partners in an atlas, and the JSON document of both."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from protclip.data.atlas import Atlas
from protclip.encode import Encoder
from protclip.predict.interaction import Interaction, InteractionPredictor
from protclip.records import Protein


def predict_pairs(
    pairs: Sequence[tuple[Protein, Protein]], encoder: Encoder, predictor: InteractionPredictor
) -> list[Interaction]:
    """Predict pairs in their order; each sequence is encoded once."""
    if not pairs:
        return []
    sequences = list(dict.fromkeys(protein.sequence for pair in pairs for protein in pair))
    place_of = {sequence: place for place, sequence in enumerate(sequences)}
    rows = encoder.proteins(sequences)
    sides = [rows[[place_of[pair[side].sequence] for pair in pairs]] for side in (0, 1)]
    return predictor.predict([(a.accession, b.accession) for a, b in pairs], sides[0], sides[1])


def partners(
    protein: Protein, top: int, encoder: Encoder, predictor: InteractionPredictor, atlas: Atlas
) -> list[Interaction]:
    """The ``top`` most probable partners in the atlas, best first; the protein itself is none.

    Raises
    ------
    FingerprintError
        If the atlas is of another checkpoint than the head.
    """
    predictor.check(atlas.fingerprint)
    vectors = atlas.protein_vectors
    row = encoder.proteins([protein.sequence])
    order = np.argsort(-predictor.one_against_many(row[0], vectors)[:, 0], kind="stable")
    others = [i for i in order[: top + 1] if atlas.proteins[i].accession != protein.accession][:top]
    labels = [(protein.accession, atlas.proteins[i].accession) for i in others]
    return predictor.predict(labels, row.repeat(len(others), axis=0), vectors[others])


def document(found: Sequence[Interaction], predictor: InteractionPredictor) -> dict[str, Any]:
    """JSON values: the interactions, and what the head was fitted with and on."""
    interactions = [asdict(one) | {"types": dict(one.types)} for one in found]
    return {"head": asdict(predictor.origin), "interactions": interactions}
