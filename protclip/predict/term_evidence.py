"""What speaks for each GO term of a protein: homologues, neighbours in the shared space, and the term's name."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from protclip.data.ontology import Ontology
from protclip.data.term_vectors import TermVectors
from protclip.predict.neighbours import Neighbour, ProteinSource, aligned_homologues
from protclip.records import Protein

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

NUM_NEIGHBOURS, NUM_SHARING_WORDS = 64, 128
"""Proteins that are looked at: the nearest by embedding, and those that share most words."""
NEAR_ENOUGH, NUM_WIDER = 0.3, 10_000
"""Where the nearest homologue has less identity than this, so many that share words are aligned."""
EXPECT, NUM_HOMOLOGUES = 1e-2, 50
"""Greatest E-value of a homologue among them, and how many count at most."""
NEIGHBOUR_TEMPERATURE = 0.05
"""How fast a neighbour's weight falls with its cosine's distance from the nearest one's."""
HOMOLOGUE_PRIOR, NEIGHBOUR_PRIOR = 20.0, 0.5
"""Weight of the terms' frequencies beside the evidence, in bits and in neighbours as near as the nearest."""
NUM_TEXT_TERMS = 50
"""Terms that are candidates for their name alone."""
_LEAST_FREQUENCY = 1e-5
MIN_SHARE = 0.02
"""Least share of homologues or neighbours that makes a term a candidate."""

STRATA = ("no hit", "under 30%", "30 to 50%", "50 to 90%", "over 90%")
"""By the greatest identity of a homologue; each has its own weights and is reported on its own."""
_BOUNDS = (0.3, 0.5, 0.9)


class TermColumns:
    """The terms of an ontology as columns, roots left out, and how frequent each is among known proteins."""

    def __init__(self, ontology: Ontology) -> None:
        self.ontology = ontology
        self.ids = tuple(term.id for term in ontology.terms() if term.id not in ontology.roots)
        self.aspects = np.array([ontology.term(go_id).aspect for go_id in self.ids])
        self._column = {go_id: column for column, go_id in enumerate(self.ids)}
        self._known: dict[tuple[str, ...], Ints] = {}
        self.frequency = np.full(len(self.ids), _LEAST_FREQUENCY)

    def count(self, counts: Iterable[tuple[str, int]], num_proteins: int) -> None:
        """Set the frequencies: how many of so many annotated proteins have or imply each id."""
        found = np.zeros(len(self.ids))
        for go_id, number in counts:
            if go_id in self._column:
                found[self._column[go_id]] = number
        self.frequency = np.clip(found / max(num_proteins, 1), _LEAST_FREQUENCY, 1)

    @classmethod
    def counted(cls, ontology: Ontology, proteins: Iterable[Protein]) -> "TermColumns":
        """Columns with the frequencies of terms among the proteins that have any."""
        made, total = cls(ontology), 0
        found = np.zeros(len(made), dtype=np.int64)
        for protein in proteins:
            owned = made.of(protein)
            found[owned] += 1
            total += bool(len(owned))
        made.count(zip(made.ids, found.tolist(), strict=True), total)
        return made

    def __len__(self) -> int:
        return len(self.ids)

    def column(self, go_id: str) -> int | None:
        """The column of a current id, None for a root or an unknown one."""
        return self._column.get(go_id)

    def of(self, protein: Protein) -> Ints:
        """The columns of the terms a protein has or implies."""
        return self.implied(tuple(a.id for a in protein.of_kind("go")))

    def implied(self, go_ids: tuple[str, ...]) -> Ints:
        """The columns of ids and their ancestors; ids the ontology has not are passed over."""
        if go_ids not in self._known:
            closure = self.ontology.closure(g for g in go_ids if g in self.ontology)
            self._known[go_ids] = np.array(
                sorted(self._column[g] for g in closure if g in self._column), np.int64
            )
        return self._known[go_ids]


class TermRows:
    """Term vectors by column: the cosine of a protein with the nearest wording of every term."""

    def __init__(self, terms: TermVectors, columns: TermColumns) -> None:
        placed = [(columns.column(go_id), row) for row, go_id in enumerate(terms.ids)]
        pairs = sorted((column, row) for column, row in placed if column is not None)
        self._rows = terms.vectors[[row for _, row in pairs]]
        owners = np.array([column for column, _ in pairs], dtype=np.int64)
        self.columns, self._starts = np.unique(owners, return_index=True)

    def cosines(self, embedding: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """One value (K,) for each of `columns`."""
        return np.maximum.reduceat(self._rows @ embedding, self._starts)


def stratum_of(identity: float | None) -> int:
    """The place in STRATA of a protein by its greatest identity, 0 to 1, with a known one; None without a hit."""
    return 0 if identity is None else 1 + int(np.searchsorted(_BOUNDS, identity, side="right"))


@dataclass(frozen=True, slots=True, kw_only=True)
class TermEvidence:
    """Candidate terms of one protein, C of them, and what speaks for each.

    ``homologues`` and ``neighbours`` (C,) are shares, 0 to 1, of the homologues' bits and of the neighbours' weight
    that have the term, drawn towards its frequency where there is little of either; ``text`` (C,) is how many
    standard deviations the cosine with the term's name lies above that of all terms of its aspect, 0 where
    the term has no vector; ``frequency`` (C,) is that among known proteins. ``stratum`` is one of STRATA.
    """

    columns: Ints
    homologues: Floats
    neighbours: Floats
    text: Floats
    frequency: Floats
    identity: float
    num_homologues: int

    @property
    def stratum(self) -> int:
        """The place in STRATA: by identity with the nearest homologue."""
        return stratum_of(self.identity if self.num_homologues else None)


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownNear:
    """Annotated proteins near one: ``neighbours`` by embedding, ``homologues`` by alignment; nearest first."""

    neighbours: tuple[Neighbour, ...]
    homologues: tuple[Neighbour, ...]


def look_near(
    sequences: Sequence[str],
    embeddings: npt.NDArray[np.float32],
    source: ProteinSource,
    exclude: Sequence[Collection[str]] = (),
) -> Iterator[KnownNear]:
    """What is known near each of n sequences; homologues are sought among both kinds of candidates.

    Raises
    ------
    InputError
        If a sequence is empty or has a character that is no residue.
    """
    near = source.nearest(embeddings, NUM_NEIGHBOURS, exclude)
    for number, (sequence, embedding, neighbours) in enumerate(zip(sequences, embeddings, near, strict=True)):
        without = exclude[number] if exclude else ()
        for num_sharing in (NUM_SHARING_WORDS, NUM_WIDER):
            sharing = source.sharing_words(sequence, embedding, num_sharing, without)
            candidates = {n.protein.accession: n for n in (*neighbours, *sharing)}
            found = aligned_homologues(sequence, list(candidates.values()), EXPECT, NUM_HOMOLOGUES)
            if _identity(found) >= NEAR_ENOUGH:
                break
        yield KnownNear(neighbours=tuple(neighbours), homologues=tuple(found))


def gather_evidence(
    embedding: npt.NDArray[np.float32], near: KnownNear, columns: TermColumns, rows: TermRows
) -> TermEvidence:
    """What speaks for each candidate term of a protein.

    Parameters
    ----------
    embedding
        Of the protein, unit (E,).
    near
        What `look_near` found; the protein itself left out.
    """
    homologues, neighbours = near.homologues, near.neighbours
    by_homology = _shares([_bits(n) for n in homologues], homologues, columns, HOMOLOGUE_PRIOR)
    nearest = neighbours[0].cosine if neighbours else 0.0
    weights = [float(np.exp((n.cosine - nearest) / NEIGHBOUR_TEMPERATURE)) for n in neighbours]
    by_neighbours = _shares(weights, neighbours, columns, NEIGHBOUR_PRIOR)
    text = np.zeros(len(columns))
    text[rows.columns] = _standardised(rows.cosines(embedding), columns.aspects[rows.columns])
    likely = np.argpartition(-text, min(NUM_TEXT_TERMS, len(text) - 1))[:NUM_TEXT_TERMS]
    candidates = np.union1d(likely, np.flatnonzero(np.maximum(by_homology, by_neighbours) >= MIN_SHARE))
    return TermEvidence(
        columns=candidates,
        homologues=by_homology[candidates],
        neighbours=by_neighbours[candidates],
        text=text[candidates],
        frequency=columns.frequency[candidates],
        identity=_identity(homologues),
        num_homologues=len(homologues),
    )


def _identity(homologues: Iterable[Neighbour]) -> float:
    """The greatest identity, 0 to 1, of an aligned one; 0 without any."""
    return max((n.alignment.identity for n in homologues if n.alignment), default=0.0)


def _bits(neighbour: Neighbour) -> float:
    return 0.0 if neighbour.alignment is None else neighbour.alignment.bits


def _shares(
    weights: Sequence[float], proteins: Sequence[Neighbour], columns: TermColumns, prior: float
) -> Floats:
    """For every column the share of the weight whose proteins have the term, its frequency counted as ``prior``."""
    owned = [columns.of(n.protein) for n in proteins]
    total: Floats = np.zeros(len(columns))
    if owned:
        each = np.repeat(weights, [len(o) for o in owned])
        total += np.bincount(np.concatenate(owned), each, minlength=len(columns))
    return (total + prior * columns.frequency) / (sum(weights) + prior)


def _standardised(cosines: npt.NDArray[np.float32], aspects: npt.NDArray[np.str_]) -> Floats:
    """Cosines as standard deviations above the mean of their aspect."""
    told = np.zeros(len(cosines))
    for aspect in np.unique(aspects):
        mine = aspects == aspect
        told[mine] = (cosines[mine] - cosines[mine].mean()) / max(float(cosines[mine].std()), 1e-6)
    return told
