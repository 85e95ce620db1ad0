"""Variants as biologists write them (A42G, A42G:T50C; positions from 1), checked against their wild type."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from protclip.errors import InputError
from protclip.sequence import RESIDUES, clean_sequence

_THREE = dict(
    zip(
        "Ala Cys Asp Glu Phe Gly His Ile Lys Leu Met Asn Pro Gln Arg Ser Thr Val Trp Tyr".upper().split(),
        RESIDUES,
        strict=True,
    )
)
_SUBSTITUTION = re.compile(r"([A-Z]{3}|[A-Z])(\d{1,9})([A-Z]{3}|[A-Z])")
_SEPARATOR = re.compile(r"[:,;]")
_INDEL = re.compile(r"\d(DEL|INS|DUP|FS|EXT)|\*|TER$|-")
_FORMS = (
    "Write the residue, its position from 1 and the new residue, as A42G or p.Ala42Gly; A42G:T50C for two"
)
_NEIGHBOURS, _FAR = 4, 30
"""Residues shown on each side of a wrong position, and how far its residue is looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Substitution:
    """One residue for another at a position, from 1; the same residue again is synonymous."""

    wild: str
    position: int
    mutant: str

    def __post_init__(self) -> None:
        if self.position < 1 or not {self.wild, self.mutant} <= set(RESIDUES):
            raise InputError(f"{self.wild}{self.position}{self.mutant} is no substitution. {_FORMS}")

    def __str__(self) -> str:
        return f"{self.wild}{self.position}{self.mutant}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """Substitutions at different positions, in their order along the sequence; () is the wild type."""

    substitutions: tuple[Substitution, ...]

    def __post_init__(self) -> None:
        ordered = tuple(sorted(self.substitutions, key=lambda s: s.position))
        for before, after in pairwise(ordered):
            if before.position == after.position:
                raise InputError(f"{before} and {after} change the same position; keep one of them")
        object.__setattr__(self, "substitutions", ordered)

    def __str__(self) -> str:
        return ":".join(map(str, self.substitutions)) or "wild type"


def parse_variant(text: str) -> Variant:
    """Read one variant: A42G, p.Ala42Gly, or several substitutions with ":", "," or ";" between them.

    Raises
    ------
    InputError
        If the text is no list of substitutions; insertions, deletions and stops are named as such.

    Examples
    --------
    >>> str(parse_variant("T50C, p.Ala42Gly"))
    'A42G:T50C'
    """
    body = text.strip().upper().removeprefix("P.").strip("[]()")
    parts = [part.strip().removeprefix("P.") for part in _SEPARATOR.split(body)]
    return Variant(substitutions=tuple(_substitution(part, text) for part in parts))


def check_variant(variant: Variant, sequence: str) -> None:
    """Make sure that the wild type has the residues that a variant replaces.

    Raises
    ------
    InputError
        With what stands at the position, its neighbourhood, and where the residue is found near it.

    Examples
    --------
    >>> check_variant(parse_variant("K2A"), "MKTAYIAK")
    >>> check_variant(parse_variant("T2A"), "MKTAYIAK")
    Traceback (most recent call last):
    protclip.errors.InputError: T2A: the sequence has K at 2, not T: M[K]TAYI...; did you count from 0? T is at 3
    """
    for change in variant.substitutions:
        if change.position > len(sequence):
            raise InputError(
                f"{change}: the sequence has {len(sequence)} residues, there is no position {change.position}. "
                "Give positions of this sequence, from 1"
            )
        if sequence[change.position - 1] != change.wild:
            raise InputError(f"{change}: {_mismatch(change, sequence)}")


def apply_variant(variant: Variant, sequence: str) -> str:
    """The mutant's sequence.

    Raises
    ------
    InputError
        As `check_variant`.

    Examples
    --------
    >>> apply_variant(parse_variant("K2A:Y5F"), "MKTAYIAK")
    'MATAFIAK'
    """
    check_variant(variant, sequence)
    letters = list(sequence)
    for change in variant.substitutions:
        letters[change.position - 1] = change.mutant
    return "".join(letters)


def all_substitutions(sequence: str) -> Iterator[Variant]:
    """Every single substitution, by position and then alphabet; positions without a standard residue have none.

    Examples
    --------
    >>> found = [str(variant) for variant in all_substitutions("MK")]
    >>> len(found), found[0], found[-1]
    (38, 'M1A', 'K2Y')
    """
    for position, wild in enumerate(sequence, start=1):
        if wild in RESIDUES:
            for mutant in RESIDUES.replace(wild, ""):
                yield Variant(substitutions=(Substitution(wild=wild, position=position, mutant=mutant),))


def variant_between(original: str, mutated: str) -> Variant:
    """The variant that turns one sequence into another of the same length; of equal ones, the wild type.

    Raises
    ------
    InputError
        If the lengths differ, a sequence has a character that is no residue, or an ambiguous residue changes.

    Examples
    --------
    >>> str(variant_between("MKTAYIAK", "MATAFIAK"))
    'K2A:Y5F'
    """
    before, after = clean_sequence(original), clean_sequence(mutated)
    if len(before) != len(after):
        raise InputError(
            f"the original sequence has {len(before)} residues and the mutated one {len(after)}. Insertions and "
            "deletions are not scored; give sequences of equal length that differ by substitutions"
        )
    places = [place for place, (a, b) in enumerate(zip(before, after, strict=True)) if a != b]
    return Variant(
        substitutions=tuple(Substitution(wild=before[i], position=i + 1, mutant=after[i]) for i in places)
    )


def _substitution(part: str, given: str) -> Substitution:
    match = _SUBSTITUTION.fullmatch(part)
    if match and len(match[1]) == len(match[3]):
        wild, mutant = (_THREE.get(name, name) for name in (match[1], match[3]))
        if {wild, mutant} <= set(RESIDUES):
            return Substitution(wild=wild, position=int(match[2]), mutant=mutant)
    if _INDEL.search(part):
        raise InputError(
            f"{given.strip()!r} has an insertion, a deletion or a stop, which are not scored. {_FORMS}"
        )
    raise InputError(f"{given.strip()!r} is no variant: {part!r} is no substitution. {_FORMS}")


def _mismatch(change: Substitution, sequence: str) -> str:
    place = change.position - 1
    before, after = sequence[max(place - _NEIGHBOURS, 0) : place], sequence[place + 1 :][:_NEIGHBOURS]
    dots = "..." if place > _NEIGHBOURS else "", "..." if place + _NEIGHBOURS + 1 < len(sequence) else ""
    shown = f"{dots[0]}{before}[{sequence[place]}]{after}{dots[1]}"
    found = f"the sequence has {sequence[place]} at {change.position}, not {change.wild}: {shown}"
    near = [i + 1 for i in _by_distance(place, sequence) if sequence[i] == change.wild]
    if change.position + 1 in near:
        return f"{found}; did you count from 0? {change.wild} is at {change.position + 1}"
    if near:
        return f"{found}; the nearest {change.wild} is at {near[0]}. Give positions of this sequence, from 1"
    return f"{found}. Give positions of this sequence, from 1"


def _by_distance(place: int, sequence: str) -> Sequence[int]:
    around = range(max(place - _FAR, 0), min(place + _FAR + 1, len(sequence)))
    return sorted(around, key=lambda i: (abs(i - place), i))
