"""The measured variants that mutation scores are judged by, read from the files of their sources.

Readers take a folder with ``beta_lactamase``, ``dms``, ``flip_gb1``, ``proteingym`` and ``stability``.
"""

import csv
import gzip
import io
import zipfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from protclip.errors import AssetError
from protclip.predict.variants import Variant, parse_variant, variant_between
from protclip.sequence import read_fasta

Places = npt.NDArray[np.int64]
_GB1_SPLITS = ("one_vs_rest", "two_vs_rest", "three_vs_rest", "low_vs_high", "sampled")


@dataclass(frozen=True, slots=True, kw_only=True)
class Assay:
    """Variants of one wild type and what was measured of each, higher is better.

    ``splits`` are the source's own: places to fit on and places to judge by.
    """

    name: str
    sequence: str
    variants: tuple[Variant, ...]
    values: npt.NDArray[np.float64]
    splits: Mapping[str, tuple[Places, Places]] = field(default_factory=dict)


def read_assays(folder: Path) -> list[Assay]:
    """Beta-lactamase (Envision's effects, PEER's split), PABP, PSD-95's PDZ3 (DLG4) and GB1 (FLIP's splits).

    Raises
    ------
    AssetError
        If a file is missing; the text names it.
    """
    wild_types = {
        row["DMS_id"]: row["target_seq"] for row in _rows(folder / "proteingym/DMS_substitutions.csv")
    }
    pabp = _rows(folder / "dms/PABP_YEAST_Fields2013-singles.csv")
    dlg4 = _rows(folder / "dms/DLG4_RAT_Ranganathan2012.csv")
    return [
        _beta_lactamase(folder, wild_types["BLAT_ECOLX_Stiffler_2015"]),
        _singles("pabp", wild_types["PABP_YEAST_Melamed_2013"], pabp, "log"),
        _singles("dlg4", wild_types["DLG4_RAT_McLaughlin_2012"], dlg4, "CRIPT"),
        _gb1(folder),
    ]


def read_stability(folder: Path) -> list[Assay]:
    """The test set of TAPE's stability task: the single mutants of 17 small proteins, an assay each.

    The file has sequences alone. A wild type is what most sequences near one of them have at each position.

    Raises
    ------
    AssetError
        If the file is missing.
    """
    measured = {
        row["seq"]: float(row["label"]) for row in _rows(folder / "stability/tape_stability.test.csv")
    }
    assays: list[Assay] = []
    left = sorted(measured)
    while left:
        near = [other for other in left if _distance(other, left[0]) <= 2]
        wild_type = "".join(Counter(column).most_common(1)[0][0] for column in zip(*near, strict=True))
        mutants = [other for other in left if _distance(other, wild_type) <= 1]
        assays.append(
            Assay(
                name=f"stability-{len(assays) + 1}",
                sequence=wild_type,
                variants=tuple(variant_between(wild_type, mutant) for mutant in mutants),
                values=np.array([measured[mutant] for mutant in mutants]),
            )
        )
        left = sorted(set(left) - set(mutants) - {left[0]})
    return [assay for assay in assays if len(assay.variants) > 1]


def _beta_lactamase(folder: Path, sequence: str) -> Assay:
    rows = _rows(folder / "beta_lactamase/derived_tem1_envision_peer_order.tsv.gz", delimiter="\t")
    is_test = np.array([row["assumed_peer_split"] == "test" for row in rows])
    assay = _singles("beta-lactamase", sequence, rows, "scaled_effect")
    return replace(assay, splits={"peer": (np.flatnonzero(~is_test), np.flatnonzero(is_test))})


def _singles(name: str, sequence: str, rows: Sequence[Mapping[str, str]], column: str) -> Assay:
    return Assay(
        name=name,
        sequence=sequence,
        variants=tuple(parse_variant(row["mutant"]) for row in rows),
        values=np.array([float(row[column]) for row in rows]),
    )


def _gb1(folder: Path) -> Assay:
    (wild_type,) = read_fasta(_existing(folder / "flip_gb1/5LDE_1.fasta"))
    rows: dict[str, list[dict[str, str]]] = {}
    with zipfile.ZipFile(_existing(folder / "flip_gb1/splits.zip")) as archive:
        for name in _GB1_SPLITS:
            with archive.open(f"splits/{name}.csv") as file:
                rows[name] = list(csv.DictReader(io.TextIOWrapper(file, encoding="utf-8")))
    first = rows[_GB1_SPLITS[0]]
    place = {row["sequence"]: i for i, row in enumerate(first)}
    return Assay(
        name="gb1",
        sequence=wild_type.sequence,
        variants=tuple(variant_between(wild_type.sequence, row["sequence"]) for row in first),
        values=np.array([float(row["target"]) for row in first]),
        splits={name: _places(table, place) for name, table in rows.items()},
    )


def _places(rows: Sequence[Mapping[str, str]], place: Mapping[str, int]) -> tuple[Places, Places]:
    """FLIP's rows for fitting (with those for validation) and for the test, as places."""
    train, test = (
        [place[row["sequence"]] for row in rows if row["set"] == part] for part in ("train", "test")
    )
    return np.array(train, dtype=np.int64), np.array(test, dtype=np.int64)


def _distance(one: str, other: str) -> float:
    """How many residues differ; infinite where the lengths do."""
    return sum(a != b for a, b in zip(one, other, strict=True)) if len(one) == len(other) else np.inf


def _rows(path: Path, delimiter: str = ",") -> list[dict[str, str]]:
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(_existing(path), "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter=delimiter))


def _existing(path: Path) -> Path:
    if not path.is_file():
        raise AssetError(
            f"{path} is missing. Give the folder that has the assays' files (docs/mutations.md lists them)"
        )
    return path
