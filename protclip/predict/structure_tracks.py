"""A track over a protein's residues as B-factors of its structure, for any viewer to colour by."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from protclip.errors import InputError
from protclip.predict.alignment import Alignment, align
from protclip.predict.explain import Explanation
from protclip.predict.segments import Values
from protclip.predict.structure_files import Chain, Place, Structure

MIN_IDENTITY = 0.9
"""Least share of equal residues among those that stand over each other for a chain to be the protein."""
MIN_PAIRS = 10
"""Fewer residues that stand over each other say nothing."""
MIN_COVERAGE = 0.5
"""Least share of a chain's residues that stand over a residue of the protein."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainMatch:
    """How a chain of a structure stands to the protein.

    ``identity`` is the share, 0 to 1, of the ``num_pairs`` residues that stand over each other whose letters are
    equal; ``mismatches`` are the others, protein to structure (A42G, by the protein's numbering). ``num_missing``
    residues of the protein have none in the chain, ``num_extra`` of the chain have none in the protein.
    """

    chain: str
    identity: float
    num_pairs: int
    num_missing: int
    num_extra: int
    mismatches: tuple[str, ...]
    is_protein: bool

    def __str__(self) -> str:
        changed = f" ({', '.join(self.mismatches[:5])}{' ...' if len(self.mismatches) > 5 else ''})"
        return (
            f"chain {self.chain}: {self.num_pairs} residues paired, identity {self.identity:.0%}, "
            f"{len(self.mismatches)} mismatches{changed if self.mismatches else ''}, {self.num_missing} of the "
            f"protein's without coordinates, {self.num_extra} of the chain's not of the protein"
            f"{'' if self.is_protein else '; another protein, left neutral'}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ColouredStructure:
    """The text of a structure file whose B-factors are a track, and how each chain was matched.

    ``positions`` has the position in the protein, from 1, of each residue of the structure that was matched;
    ``neutral`` is the B-factor of zero and of what was not. ``ending`` is that of the file's name, pdb or cif.
    """

    text: str
    ending: str
    matches: tuple[ChainMatch, ...]
    positions: Mapping[Place, int]
    neutral: float


def coloured(structure: Structure, explanation: Explanation, track: str) -> ColouredStructure:
    """Write a track into the B-factors of every chain that is the protein, 0 to 100.

    See `b_factors` for the scale; atoms that are not of the protein (other chains, ligands, water, tags) get its
    neutral value.

    Raises
    ------
    InputError
        If the track is unknown, or no chain is the protein.
    """
    values, neutral = b_factors(explanation.track(track).values)
    sequence, chains = explanation.protein.sequence, structure.chains
    alignments = align(sequence, [chain.sequence for chain in chains])
    matches = tuple(_match(sequence, chain, found) for chain, found in zip(chains, alignments, strict=True))
    if not any(match.is_protein for match in matches):
        raise InputError(
            f"the structure is of another protein than {explanation.protein.accession}: "
            f"{'; '.join(map(str, matches))}. Give a structure with at least {MIN_IDENTITY:.0%} identity over "
            f"{MIN_PAIRS} residues and half of a chain"
        )
    positions: dict[Place, int] = {}
    for chain, alignment, match in zip(chains, alignments, matches, strict=True):
        if alignment is not None and match.is_protein:
            pairs = zip(alignment.query_places, alignment.target_places, strict=True)
            positions |= {chain.places[target]: int(query) + 1 for query, target in pairs}
    placed = {place: float(values[position - 1]) for place, position in positions.items()}
    note = (
        f"B-factors: {track} of {explanation.protein.accession} for {explanation.sentence!r}, by {explanation.model} "
        f"{explanation.fingerprint}, scaled to 0-100, neutral {neutral:.0f}"
    )
    text = structure.with_b_factors(placed, neutral, note)
    return ColouredStructure(
        text=text, ending=structure.ending, matches=matches, positions=positions, neutral=neutral
    )


def b_factors(values: Values) -> tuple[Values, float]:
    """Values scaled to 0 to 100, and what stands for no value.

    With negative values among them 50 is zero, and the largest, whatever its sign, is 0 or 100; otherwise 0 is zero
    and the largest is 100.
    """
    largest = float(np.abs(values).max()) or 1.0
    if values.min() < 0:
        return 50 + 50 * values / largest, 50.0
    return 100 * values / largest, 0.0


def _match(sequence: str, chain: Chain, alignment: Alignment | None) -> ChainMatch:
    pairs = (
        [] if alignment is None else list(zip(alignment.query_places, alignment.target_places, strict=True))
    )
    changed = tuple(
        f"{sequence[query]}{query + 1}{chain.sequence[target]}"
        for query, target in pairs
        if sequence[query] != chain.sequence[target]
    )
    identity = 1 - len(changed) / len(pairs) if pairs else 0.0
    return ChainMatch(
        chain=chain.name,
        identity=identity,
        num_pairs=len(pairs),
        num_missing=len(sequence) - len(pairs),
        num_extra=len(chain.sequence) - len(pairs),
        mismatches=changed,
        is_protein=identity >= MIN_IDENTITY
        and len(pairs) >= max(MIN_PAIRS, MIN_COVERAGE * len(chain.sequence)),
    )
