"""ProteinGym's substitution assays (Notin et al. 2023): CSV files with mutant, mutated_sequence and DMS_score."""

from pathlib import Path

import numpy as np

from protclip.benchmarks.formats.tables import read_records
from protclip.errors import AssetError, InputError
from protclip.predict.mutation_assays import Assay
from protclip.predict.variants import Variant, apply_variant, parse_variant


def read_proteingym(path: Path) -> Assay:
    """The variants of one assay, higher is better. Its name is the file's, its wild type follows from the first row.

    Raises
    ------
    AssetError
        If columns are missing, there is no row, or a mutant and its sequence do not agree.
    """
    variants: list[Variant] = []
    scores: list[float] = []
    wild_type = ""
    for number, record in enumerate(read_records(path), start=1):
        if not {"mutant", "mutated_sequence", "dms_score"} <= set(record):
            raise AssetError(
                f"{path} has the columns {', '.join(record)}; mutant, mutated_sequence and DMS_score are needed. "
                "Give a substitution assay of ProteinGym"
            )
        try:
            variant, score = parse_variant(record["mutant"]), float(record["dms_score"])
            wild_type = wild_type or _wild_type(variant, record["mutated_sequence"])
            if apply_variant(variant, wild_type) != record["mutated_sequence"]:
                raise InputError(f"{variant} does not lead to its mutated_sequence")
        except ValueError as error:
            raise AssetError(f"{path}, row {number}: {error}. Copy or download the file again") from error
        variants.append(variant)
        scores.append(score)
    if not variants:
        raise AssetError(f"{path} has no variant. Copy or download it again")
    return Assay(
        name=path.name.removesuffix(".gz").removesuffix(".csv"),
        sequence=wild_type,
        variants=tuple(variants),
        values=np.array(scores),
    )


def _wild_type(variant: Variant, mutated: str) -> str:
    """The mutated sequence with the residues that were there before."""
    letters = list(mutated)
    for change in variant.substitutions:
        if change.position > len(letters) or letters[change.position - 1] != change.mutant:
            raise InputError(f"{change} is not in its mutated_sequence")
        letters[change.position - 1] = change.wild
    return "".join(letters)
