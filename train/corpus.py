"""The training proteins in memory as arrays: residues, terms, and the text features they are paired with."""

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import chain, pairwise

import numpy as np
import numpy.typing as npt
import scipy.sparse

from protclip.data.biotext import clauses, describe
from protclip.data.ontology import Ontology
from protclip.data.plain_words import plain_names
from protclip.model.processing import residue_tokens
from protclip.records import PROPERTIES, Biotext, Protein
from train.run_sections import TextUnits

NO_TERM = -1
"""Key of a text that is no single GO term."""

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class TermVocabulary:
    """The GO terms in use, and the texts that may stand for each.

    ``texts_of[k]`` holds rows of the text table for term k: its name first, then synonyms, definition and
    plain wordings.
    """

    ids: tuple[str, ...]
    aspects: npt.NDArray[np.str_]
    texts_of: tuple[Ints, ...]

    name_rows: Ints
    """Row of each term's name in the text table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Corpus:
    """N proteins and their texts, indexed by position.

    Attributes
    ----------
    residues, residue_starts
        All sequences as ESM token ids (uint8) in one array, and where each begins (N + 1); those that were
        not kept are empty.
    clause_rows, clause_starts
        Rows of ``texts`` that make up each protein's biotext, and where each protein's begin (N + 1): its
        clauses, or where ``units`` is "whole" the one row of the whole biotext.
    property_rows, property_starts
        Rows of ``texts`` that make up each of its properties, and where the properties of each protein
        begin (N * 4 + 1); absent ones have none.
    label_rows
        Rows of the four bare labels, such as "FUNCTION:".
    leaf_terms
        Per protein its most specific terms, as places in ``vocabulary``.
    has_term
        Sparse (N, K): the terms of each protein with all their ancestors.
    text_keys
        (N, 4) identities of the biotext and of its three GO aspects: equal keys are equal texts.
    texts
        Every text that may be embedded, once.
    """

    accessions: tuple[str, ...]
    residues: npt.NDArray[np.uint8]
    residue_starts: Ints
    clause_rows: Ints
    clause_starts: Ints
    property_rows: Ints
    property_starts: Ints
    label_rows: Ints
    leaf_terms: tuple[Ints, ...]
    has_term: scipy.sparse.csr_matrix
    text_keys: Ints
    texts: tuple[str, ...]
    vocabulary: TermVocabulary
    units: TextUnits = "clauses"

    def __len__(self) -> int:
        return len(self.accessions)

    def sequence_tokens(self, index: int) -> npt.NDArray[np.uint8]:
        """Residue tokens of one protein."""
        return self.residues[self.residue_starts[index] : self.residue_starts[index + 1]]

    def clauses_of(self, index: int) -> Ints:
        """Text rows of one protein's biotext."""
        return self.clause_rows[self.clause_starts[index] : self.clause_starts[index + 1]]

    def properties_of(self, index: int) -> tuple[Ints, ...]:
        """Text rows of one protein's four properties, in their order."""
        first = index * len(PROPERTIES)
        starts = self.property_starts[first : first + len(PROPERTIES) + 1]
        return tuple(self.property_rows[start:end] for start, end in pairwise(starts))


class _TextTable:
    """Numbers texts as they come."""

    def __init__(self) -> None:
        self.row_of: dict[str, int] = {}

    def rows(self, texts: Iterable[str]) -> Ints:
        return np.array([self.row_of.setdefault(t, len(self.row_of)) for t in texts], dtype=np.int64)


def build_corpus(
    proteins: Iterable[Protein],
    ontology: Ontology,
    units: TextUnits = "clauses",
    *,
    num_plain: int = 0,
    sequences_of: Container[str] | None = None,
) -> Corpus:
    """Arrange proteins for training; those of which nothing is known are left out.

    Biotexts split into clauses make a text table that holds each GO name once however many proteins
    carry it: that is what makes a cache of the frozen tower small. ``units`` "whole" keeps each biotext and
    each property with its label as one text, as the paper does; of prose nearly every one is its own.
    ``num_plain`` is how many plain wordings of its name each term gets beside synonyms and definition,
    ``sequences_of`` the accessions whose sequences are kept (None = all).
    """
    table = _TextTable()
    vocabulary: dict[str, int] = {}
    accessions, tokens, clause_rows, leaf_terms, closed_terms = [], [], [], [], []
    property_rows: list[Ints] = []
    for protein in proteins:
        biotext = describe(protein, ontology)
        by_property = [_property_texts(biotext, label, units) for label in PROPERTIES]
        if not any(by_property):
            continue
        rows = table.rows([biotext.text] if units == "whole" else chain(*by_property))
        leaves, closed = _terms_of(protein, ontology)
        accessions.append(protein.accession)
        keep = sequences_of is None or protein.accession in sequences_of
        tokens.append(residue_tokens(protein.sequence) if keep else np.zeros(0, np.uint8))
        clause_rows.append(rows)
        property_rows.extend(table.rows(texts) for texts in by_property)
        for go_id in closed:
            vocabulary.setdefault(go_id, len(vocabulary))
        leaf_terms.append(np.array([vocabulary[go_id] for go_id in leaves], dtype=np.int64))
        closed_terms.append(np.array([vocabulary[go_id] for go_id in closed], dtype=np.int64))
    terms = _vocabulary(tuple(vocabulary), ontology, table, num_plain)
    labels = table.rows(f"{label}:" for label in PROPERTIES)
    return Corpus(
        accessions=tuple(accessions),
        residues=np.concatenate([np.zeros(0, np.uint8), *tokens]),
        residue_starts=_starts(tokens),
        clause_rows=np.concatenate([np.zeros(0, np.int64), *clause_rows]),
        clause_starts=_starts(clause_rows),
        property_rows=np.concatenate([np.zeros(0, np.int64), *property_rows]),
        property_starts=_starts(property_rows),
        label_rows=labels,
        leaf_terms=tuple(leaf_terms),
        has_term=_membership(closed_terms, len(vocabulary)),
        text_keys=_text_keys(clause_rows, leaf_terms, terms.aspects),
        texts=tuple(table.row_of),
        vocabulary=terms,
        units=units,
    )


def _property_texts(biotext: Biotext, label: str, units: TextUnits) -> tuple[str, ...]:
    """The texts that stand for one property: its clauses, or itself with its label; none where it is absent."""
    text = dict(biotext.properties).get(label)
    if text is None:
        return ()
    return (f"{label}: {text}",) if units == "whole" else clauses(Biotext(properties=((label, text),)))


def _terms_of(protein: Protein, ontology: Ontology) -> tuple[tuple[str, ...], list[str]]:
    """Leaf ids and the sorted closure, both without the three roots."""
    ids = [a.id for a in protein.of_kind("go") if ontology.resolve(a.id)]
    closed = sorted(ontology.closure(ids) - set(ontology.roots))
    return tuple(i for i in ontology.leaves(ids) if i not in ontology.roots), closed


def _vocabulary(
    ids: tuple[str, ...], ontology: Ontology, table: _TextTable, num_plain: int
) -> TermVocabulary:
    terms = [ontology.term(go_id) for go_id in ids]
    texts = [
        [t.name, *t.synonyms[:6], *([t.definition] if t.definition else []), *plain_names(t, num_plain)]
        for t in terms
    ]
    texts_of = tuple(table.rows(dict.fromkeys(each)) for each in texts)
    return TermVocabulary(
        ids=ids,
        aspects=np.array([t.aspect for t in terms]),
        texts_of=texts_of,
        name_rows=np.array([rows[0] for rows in texts_of], dtype=np.int64),
    )


def _starts(rows: Sequence[npt.NDArray[np.generic]]) -> Ints:
    return np.concatenate([[0], np.cumsum([len(r) for r in rows], dtype=np.int64)]).astype(np.int64)


def _membership(columns: Sequence[Ints], num_columns: int) -> scipy.sparse.csr_matrix:
    starts = _starts(columns)
    flat = np.concatenate(columns) if len(columns) else np.zeros(0, np.int64)
    return scipy.sparse.csr_matrix(
        (np.ones(len(flat), np.bool_), flat, starts), shape=(len(columns), num_columns)
    )


def _text_keys(
    clause_rows: Sequence[Ints], leaf_terms: Sequence[Ints], aspects: npt.NDArray[np.str_]
) -> Ints:
    """Keys of the whole text and of its aspects; a missing aspect gets a key no text has."""
    keys = np.full((len(clause_rows), 4), NO_TERM, dtype=np.int64)
    for number, (rows, leaves) in enumerate(zip(clause_rows, leaf_terms, strict=True)):
        keys[number, 0] = _key("text", rows)
        for column, aspect in enumerate(("MF", "BP", "CC"), start=1):
            chosen = leaves[aspects[leaves] == aspect]
            if len(chosen):
                keys[number, column] = _key("terms", chosen)
    return keys


def _key(kind: str, rows: Ints) -> int:
    """A positive 62-bit identity of a set of rows."""
    digest = blake2b(np.unique(rows).tobytes(), digest_size=8, person=kind.encode())
    return int.from_bytes(digest.digest(), "big") >> 2
