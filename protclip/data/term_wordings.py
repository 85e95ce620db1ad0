"""The texts that stand for a GO term, and the vectors made of them."""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from protclip.data.everyday_names import everyday_names
from protclip.data.ontology import Ontology
from protclip.data.ontology_io import Term
from protclip.data.plain_words import plain_names
from protclip.data.term_vectors import TermVectors

Rows = npt.NDArray[np.float32]
Encode = Callable[[Sequence[str]], Rows]
"""Texts to unit rows (n, E)."""

_NUM_SYNONYMS, _NUM_PLAIN = 6, 2


def formal_wordings(term: Term) -> tuple[str, ...]:
    """A term's name, synonyms and definition, and its name said in plain words by rules."""
    definition = (term.definition,) if term.definition else ()
    texts = (term.name, *term.synonyms[:_NUM_SYNONYMS], *definition, *plain_names(term, _NUM_PLAIN))
    return tuple(dict.fromkeys(texts))


def make_term_vectors(
    ids: Sequence[str], ontology: Ontology, encode: Encode, fingerprint: str, *, names_only: bool = False
) -> TermVectors:
    """Rows of terms: for each the mean of all its wordings, and one for each of its everyday wordings.

    Parameters
    ----------
    names_only
        Of the formal wordings take the name alone: a fifth of the work for a little less accuracy.
    """
    if not ids:
        return TermVectors(ids=(), vectors=encode([]), fingerprint=fingerprint)
    formal = [(ontology.term(i).name,) if names_only else formal_wordings(ontology.term(i)) for i in ids]
    everyday = [everyday_names().get(i, ()) for i in ids]
    rows = encode([text for texts in (*formal, *everyday) for text in texts])
    ends = np.cumsum([len(texts) for texts in (*formal, *everyday)])[:-1]
    parts = np.split(rows, ends)
    means = [
        _unit(_unit(said.sum(0)) + (_unit(asked.sum(0)) if len(asked) else 0))
        for said, asked in zip(parts[: len(ids)], parts[len(ids) :], strict=True)
    ]
    repeated = [i for i, texts in zip(ids, everyday, strict=True) for _ in texts]
    vectors = np.concatenate([np.stack(means), *parts[len(ids) :]])
    return TermVectors(ids=(*ids, *repeated), vectors=vectors, fingerprint=fingerprint)


def _unit(row: Rows) -> Rows:
    unit: Rows = row / max(float(np.linalg.norm(row)), 1e-9)
    return unit
