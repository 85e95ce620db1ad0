"""Several queries side by side: which proteins they share, and one table of all their hits (pure)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from streamlit_app.downloads import Cell, Table
from streamlit_app.engine import query_words
from streamlit_app.rows import Row
from streamlit_app.url_state import SearchState


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """One of the compared queries with its hits; ``failed`` where it could not be answered and has none."""

    query: str
    rows: tuple[Row, ...]
    failed: bool = False

    @property
    def accessions(self) -> frozenset[str]:
        """The proteins it found."""
        return frozenset(row.accession for row in self.rows)


def compared_states(state: SearchState) -> tuple[SearchState, ...]:
    """The searches of a comparison: the page's own, then each query beside it with the same mode and filters."""
    first = replace(state, versus=(), selected=())
    others = (replace(first, text=text, more_like=(), less_like=()) for text in state.versus)
    return (first, *others)


def also_in(number: int, answers: Sequence[Answered]) -> dict[str, str]:
    """For each protein of one query, the numbers (from 1) of the others that found it: "2, 3", or "all"."""
    num_answered = sum(not answer.failed for answer in answers)
    found = {}
    for row in answers[number].rows:
        others = [n for n, answer in enumerate(answers) if n != number and row.accession in answer.accessions]
        everywhere = len(others) == num_answered - 1 > 1
        found[row.accession] = "all" if everywhere else ", ".join(str(n + 1) for n in others)
    return found


def overlap_sentence(answers: Sequence[Answered]) -> str:
    """How many proteins the answered queries share: all of them together, then each pair."""
    answered = [(n, answer.accessions) for n, answer in enumerate(answers, start=1) if not answer.failed]
    if len(answered) < 2:
        return "only one of them could be answered" if answered else "none of them could be answered"
    found = [accessions for _, accessions in answered]
    every, shared = frozenset[str]().union(*found), frozenset.intersection(*found)
    names = "both" if len(found) == 2 else f"all {len(found)}"
    said = f"{len(shared):,} of {len(every):,} proteins found by {names}"
    if len(found) > 2:
        told = [f"{m} and {n}: {len(a & b):,}" for (m, a), (n, b) in combinations(answered, 2)]
        said += f" ({'; '.join(told)})"
    return said


def joined(answers: Sequence[Answered]) -> Table:
    """A line for each protein that any query found, those of most queries first, then by their best rank.

    ``rank_1``, ``cosine_1`` and ``percentile_1`` are those of the first query, and so on; empty where a
    query did not find the protein.
    """
    of_query = [{row.accession: row for row in answer.rows} for answer in answers]
    first_seen = {row.accession: row for answer in reversed(answers) for row in answer.rows}

    def order(accession: str) -> tuple[int, int, str]:
        ranks = [rows[accession].rank for rows in of_query if accession in rows]
        return -len(ranks), min(ranks), accession

    lines = [_line(first_seen[a], [rows.get(a) for rows in of_query]) for a in sorted(first_seen, key=order)]
    numbered = [
        f"{name}_{n}" for n in range(1, len(answers) + 1) for name in ("rank", "cosine", "percentile")
    ]
    names = ("accession", "title", "organism", "length", "num_queries", *numbered)
    return Table(names=names, lines=tuple(lines))


def _line(protein: Row, places: Sequence[Row | None]) -> dict[str, Cell]:
    line: dict[str, Cell] = {
        "accession": protein.accession,
        "title": protein.title,
        "organism": protein.organism,
        "length": protein.length,
        "num_queries": sum(place is not None for place in places),
    }
    for number, place in enumerate(places, start=1):
        line[f"rank_{number}"] = None if place is None else place.rank
        line[f"cosine_{number}"] = None if place is None else place.cosine
        line[f"percentile_{number}"] = None if place is None else place.percentile
    return line


def queries_in_words(states: Sequence[SearchState]) -> str:
    """All queries in a line, for the origin of a download: "1: kinase; 2: phosphatase"."""
    return "; ".join(f"{number}: {query_words(state)}" for number, state in enumerate(states, start=1))
