"""Predictions for any number of proteins, as they come, in memory that does not grow with them."""

from collections.abc import Iterable, Iterator

from protclip.errors import InputError
from protclip.predict.function import FunctionPrediction, FunctionPredictor
from protclip.records import Protein
from protclip.sequence import clean_sequence

BATCH = 64
"""Proteins predicted together."""
_BATCH_RESIDUES = 100_000
"""Residues of a batch: alignments hold a few numbers for each, times the neighbours."""


def annotate(
    proteins: Iterable[Protein],
    predictor: FunctionPredictor,
    *,
    batch: int = BATCH,
    exclude_self: bool = False,
) -> Iterator[FunctionPrediction]:
    """A prediction for each protein, in their order; ``label`` is the accession.

    Parameters
    ----------
    proteins
        Read a batch at a time, and no further.
    batch
        Proteins predicted together, 1 or more; fewer where they are long.
    exclude_self
        Leave a known protein of the same accession out of the evidence.

    Raises
    ------
    InputError
        If ``batch`` is below 1, or a sequence is empty or has a character that is no residue; names the protein.
    """
    if batch < 1:
        raise InputError(f"batches of {batch} proteins cannot be made. Give 1 or more")
    for some in _batches(proteins, batch):
        exclude = [{p.accession} for p in some] if exclude_self else ()
        yield from predictor.predict([p.sequence for p in some], [p.accession for p in some], exclude)


def _batches(proteins: Iterable[Protein], size: int) -> Iterator[list[Protein]]:
    some: list[Protein] = []
    num_residues = 0
    for protein in proteins:
        try:
            clean_sequence(protein.sequence)
        except InputError as error:
            raise InputError(f"protein {protein.accession}: {error}") from error
        some.append(protein)
        num_residues += len(protein.sequence)
        if len(some) == size or num_residues >= _BATCH_RESIDUES:
            yield some
            some, num_residues = [], 0
    if some:
        yield some
