"""Filters as a user writes them (go="helicase activity", length=100-300), and whether a filter makes sense."""

import difflib
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from protclip.data.evidence import EVIDENCE_GROUPS
from protclip.data.go_slim import CC_SLIM
from protclip.data.ontology import Ontology
from protclip.errors import InputError
from vector_store.store import SearchFilter

FILTER_KEYS = ("go", "ec", "location", "organism", "length", "named", "evidence")
_EC = re.compile(r"[1-7](\.(\d{1,3}|n\d{1,3})){0,3}")
_LENGTH = re.compile(r"(\d{1,6})?\s*(?:-|\.\.)\s*(\d{1,6})?")
_YES_NO = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}


def parse_filters(
    pairs: Iterable[str], ontology: Ontology, organisms: Callable[[], Sequence[str]]
) -> SearchFilter:
    """A filter from KEY=VALUE texts; a key may come again, and then any of its values will do.

    Parameters
    ----------
    pairs
        ``go`` and ``location`` take a GO id or name, ``ec`` an EC number or its beginning, ``organism`` a
        part of a name, ``length`` a range such as 100-300, 100- or -300, ``named`` yes or no, ``evidence``
        a group of evidence codes.
    organisms
        Gives the organisms of the index; called only if one is asked for.

    Raises
    ------
    InputError
        For an unknown key or a value that cannot be used.
    """
    where = SearchFilter()
    for pair in pairs:
        key, equals, value = (part.strip() for part in pair.partition("="))
        if not equals or key not in FILTER_KEYS or not value:
            near = difflib.get_close_matches(key, FILTER_KEYS, n=1)
            hint = f" Did you mean {near[0]}?" if near and near[0] != key else ""
            raise InputError(
                f"filter {pair!r} is not KEY=VALUE with a key of {', '.join(FILTER_KEYS)}.{hint}"
            )
        where = _with(where, key, value, ontology, organisms)
    return checked_filter(where, ontology)


def _with(
    where: SearchFilter, key: str, value: str, ontology: Ontology, organisms: Callable[[], Sequence[str]]
) -> SearchFilter:
    if key == "go":
        return replace(where, go=(*where.go, go_id(value, ontology)))
    if key == "location":
        return replace(where, location=(*where.location, go_id(value, ontology)))
    if key == "ec":
        return replace(where, ec=(*where.ec, ec_prefix(value)))
    if key == "organism":
        return replace(where, organism=(*where.organism, *_organisms(value, organisms())))
    if key == "named":
        if value.lower() not in _YES_NO:
            raise InputError(f"filter named={value!r}: give yes or no")
        return replace(where, named=_YES_NO[value.lower()])
    if key == "evidence":
        return replace(where, evidence=(*where.evidence, evidence_name(value)))
    low, high = _length(value)
    return replace(where, length_min=low, length_max=high)


def go_id(text: str, ontology: Ontology) -> str:
    """The current GO id that an id or a name stands for; a name wins over synonyms.

    Raises
    ------
    InputError
        If the ontology has neither; names near ones.
    """
    if text.upper().startswith("GO:"):
        term = ontology.term(text.upper())
        return ontology.resolve(term.id) or term.id
    found = ontology.find(text)
    return found[0].id if found else ontology.term(text).id


def ec_prefix(text: str) -> str:
    """An EC number or its beginning: "EC 3.6.4.-" is "3.6.4". Raises InputError if it is none."""
    prefix = text.strip().upper().removeprefix("EC").strip(" :").rstrip(".-").lower()
    if not _EC.fullmatch(prefix):
        raise InputError(f"{text!r} is no EC number. Give one or its beginning, such as 3.6.4.12, 3.6.4 or 3")
    return prefix


def evidence_name(text: str) -> str:
    """A group of evidence codes as the index writes it. Raises InputError if it is none."""
    name = text.strip().lower()
    if name not in EVIDENCE_GROUPS:
        raise InputError(f"{text!r} is no group of evidence. Give one of {', '.join(EVIDENCE_GROUPS)}")
    return name


def _organisms(value: str, known: Sequence[str]) -> tuple[str, ...]:
    exact = [name for name in known if name.casefold() == value.casefold()]
    found = exact or [name for name in known if value.casefold() in name.casefold()]
    if not found:
        near = difflib.get_close_matches(value, known, n=3, cutoff=0.4) or known[:3]
        raise InputError(
            f"no protein of the index is of an organism named {value!r}. Nearest: {', '.join(near)}"
        )
    return tuple(found)


def _length(value: str) -> tuple[int | None, int | None]:
    match = _LENGTH.fullmatch(value)
    if not match or not any(match.groups()):
        raise InputError(f"filter length={value!r}: give a range in residues, such as 100-300, 100- or -300")
    low, high = (int(end) if end else None for end in match.groups())
    return low, high


def checked_filter(where: SearchFilter, ontology: Ontology) -> SearchFilter:
    """A filter with current GO ids, if it can match anything.

    Raises
    ------
    InputError
        For an unknown GO id, a location that is not indexed, a malformed EC number, an unknown group of
        evidence, or a length range that is upside down.
    """
    low, high = where.length_min, where.length_max
    if low is not None and high is not None and low > high:
        raise InputError(
            f"no protein has from {low} to {high} residues: the first number is above the second"
        )
    slim = {ontology.resolve(term) or term for term in CC_SLIM}
    location = tuple(go_id(term, ontology) for term in where.location)
    outside = [term for term in location if term not in slim]
    if outside:
        names = ", ".join(ontology.term(term).name for term in sorted(slim) if term in ontology)
        raise InputError(
            f"{outside[0]} ({ontology.term(outside[0]).name}) is not one of the locations of the index. "
            f"Give one of {names}; or filter by go={outside[0]}"
        )
    return replace(
        where,
        go=tuple(go_id(term, ontology) for term in where.go),
        ec=tuple(ec_prefix(number) for number in where.ec),
        location=location,
        evidence=tuple(evidence_name(group) for group in where.evidence),
    )
