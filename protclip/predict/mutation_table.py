"""Variants and measurements in, tables of scores out: what `protclip mutate` reads and writes."""

import csv
import io
import json
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from protclip.errors import InputError, RecordError
from protclip.predict.mutation import SCORES, MutationScan, VariantScore
from protclip.predict.mutation_network import Floats
from protclip.predict.supervised_mutation import MutationHead
from protclip.predict.variants import Variant, check_variant, parse_variant
from protclip.textio import names_source, open_text, source_name

COLUMNS = ("variant", *SCORES, "combined", "label", "predicted")
"""Of the TSV file; a score that cannot be had is an empty cell."""
_VARIANT, _VALUE = "variant", "value"
_MAX_TOLD = 5
"""Of variants of which none fits, those whose errors are told."""
_TWO_WAYS = "Write A42G:T50C for one mutant of two substitutions, and a space between two variants"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """The variants of a list that fit the wild type, what was measured of each, and what is wrong with the rest."""

    variants: tuple[Variant, ...]
    values: tuple[float, ...]
    errors: tuple[InputError, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """All that is told of a protein's variants; ``predicted`` (N,) is by the head where there is one."""

    accession: str
    scan: MutationScan
    scores: tuple[VariantScore, ...]
    errors: tuple[InputError, ...] = ()
    head: MutationHead | None = None
    predicted: Floats | None = None


def read_variants(given: str, sequence: str) -> Listed:
    """Variants from a file, one a line, or from a list with white space between them.

    Lines that are blank or begin with # are passed over. In a file "A42G,T50C" is a double mutant; in a list nobody
    can tell whether it is that or two variants.

    Raises
    ------
    InputError
        If there is no variant, or none fits the wild type.
    """
    is_file = names_source(given)
    named = list(_lines(given)) if is_file else [(f"variant {word!r}", word) for word in given.split()]
    if not named:
        raise InputError(f"{given!r} has no variant. Give some, such as A42G A42G:T50C")
    return fitting_variants(named, sequence, two_ways=() if is_file else (",",))


def fitting_variants(
    named: Iterable[tuple[str, str]], sequence: str, two_ways: tuple[str, ...] = ()
) -> Listed:
    """Those of some variants that fit the wild type.

    Parameters
    ----------
    named
        Where each is from, for its error, and the variant as it is written; one at least.
    two_ways
        Separators that are refused, because they could stand between variants too.

    Raises
    ------
    InputError
        If none fits the wild type.
    """
    found: list[Variant] = []
    errors: list[InputError] = []
    for where, text in named:
        try:
            if any(separator in text for separator in two_ways):
                raise InputError(f"{text!r} can be read in two ways. {_TWO_WAYS}")
            found.append(_fitting(text, sequence))
        except InputError as error:
            errors.append(InputError(f"{where}: {error}"))
    if not found:
        raise _none_fits(errors)
    return Listed(variants=tuple(found), values=(), errors=tuple(errors))


def _none_fits(errors: Sequence[InputError]) -> InputError:
    """The only error, or the first of several with their number."""
    if len(errors) == 1:
        return errors[0]
    told = " ".join(f"({number}) {error}" for number, error in enumerate(errors[:_MAX_TOLD], 1))
    more = f" ... and {len(errors) - _MAX_TOLD:,} more" if len(errors) > _MAX_TOLD else ""
    return InputError(f"none of the {len(errors):,} variants can be scored: {told}{more}")


def read_measured(path: Path, sequence: str) -> Listed:
    """Measured variants from a file with the columns variant and value, separated by commas or tabs.

    Raises
    ------
    InputError
        If a column is missing, or no row can be used.
    """
    with open_text(path) as lines:
        return measured_in(lines, path, sequence)


def measured_in(lines: Iterable[str], source: Path | str, sequence: str) -> Listed:
    """As `read_measured`, of the lines of ``source``, which errors name.

    Raises
    ------
    InputError
        As `read_measured`.
    """
    rest = iter(lines)
    header = next(rest, "").removeprefix("\ufeff")
    table = csv.DictReader(chain([header], rest), delimiter="\t" if "\t" in header else ",")
    if missing := {_VARIANT, _VALUE} - set(table.fieldnames or ()):
        raise InputError(
            f"{source} has the columns {', '.join(table.fieldnames or ()) or '(none)'}, but not "
            f"{' and '.join(sorted(missing))}. Give a CSV or TSV file with a header and the columns variant and value"
        )
    variants, values, errors = [], [], []
    for row in table:
        try:
            variant, value = _fitting(row[_VARIANT] or "", sequence), _number(row[_VALUE])
        except InputError as error:
            problem, remedy = str(error).rstrip("."), "Correct the line, or leave it out."
            errors.append(RecordError(source, table.line_num, problem, remedy))
            continue
        variants.append(variant)
        values.append(value)
    if not variants:
        no_row = InputError(f"{source} has no row below its header. Give measured variants")
        raise errors[0] if errors else no_row
    return Listed(variants=tuple(variants), values=tuple(values), errors=tuple(errors))


def as_tsv(scored: Scored) -> str:
    """A table with `COLUMNS`, a row for each variant."""
    file = io.StringIO()
    writer = csv.writer(file, delimiter="\t", lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in table_rows(scored):
        writer.writerow([_cell(row[name]) for name in COLUMNS])
    return file.getvalue()


def document(scored: Scored) -> dict[str, Any]:
    """JSON values: the rows as objects, and what they rest on, from protein and text to checkpoint and warnings."""
    scan, head = scored.scan, scored.head
    return {
        "accession": scored.accession,
        "sequence": scan.sequence,
        "text": scan.text,
        "effective_number": round(scan.effective_number, 2),
        "homologues": [
            {
                "accession": homologue.protein.accession,
                "name": homologue.protein.name,
                "identity": round(homologue.alignment.identity, 4),
                "coverage": round(homologue.alignment.query_coverage, 4),
                "expect": float(f"{homologue.expect:.3g}"),
            }
            for homologue in scan.homologues
        ],
        "head": head
        and {"kind": head.kind, "num_variants": head.num_variants, "spearman_of_folds": list(head.folds)},
        "variants": list(table_rows(scored)),
        "skipped": [str(error) for error in scored.errors],
        "warnings": list(scan.warnings),
        "model": scan.model,
        "fingerprint": scan.fingerprint,
    }


def as_json(scored: Scored) -> str:
    """`document` as text."""
    return json.dumps(document(scored), indent=2, ensure_ascii=False) + "\n"


def table_rows(scored: Scored) -> Iterator[dict[str, Any]]:
    """The rows by `COLUMNS`, scores to four digits; None where a score cannot be had."""
    for number, found in enumerate(scored.scores):
        predicted = None if scored.predicted is None else round(float(scored.predicted[number]), 4)
        yield {
            "variant": str(found.variant),
            **{str(name): _rounded(found.scores.get(name)) for name in SCORES},
            "combined": _rounded(found.combined),
            "label": found.label,
            "predicted": predicted,
        }


def _rounded(score: float | None) -> float | None:
    return None if score is None else round(score, 4)


def _cell(value: object) -> object:
    return "" if value is None else value


def _fitting(text: str, sequence: str) -> Variant:
    variant = parse_variant(text)
    check_variant(variant, sequence)
    return variant


def _number(text: str | None) -> float:
    try:
        value = float(text or "")
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise InputError(f"{text or ''!r} is no number")
    return value


def _lines(path: str) -> Iterator[tuple[str, str]]:
    with open_text(path) as lines:
        for number, line in enumerate(lines, start=1):
            if line.strip() and not line.startswith("#"):
                yield f"{source_name(path)}, line {number}", line.strip()
