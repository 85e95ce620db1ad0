"""The files of PROBE (Unsal et al. 2022, kansil/PROBE), read and written.

A similarity matrix is a CSV file whose header row are N UniProt accessions, with N rows of N numbers and no column
of names. A list of pairs is an int64 array (n, 2) of places in that matrix, as .npy. A representation is a CSV file
whose column ``Entry`` is the accession and the others, named by their numbers from 0, the vector.
"""

import csv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import numpy.typing as npt

from protclip.data.files import replacing
from protclip.data.ontology import Aspect
from protclip.errors import AssetError, InputError, RecordError
from protclip.textio import open_text

Matrix = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]
Rows = npt.NDArray[np.float32]
_ENTRY = "Entry"


def matrix_name(aspect: Aspect, number: int = 500) -> str:
    """Where PROBE's data folder has the matrix of the ``number`` proteins with the most annotations."""
    return f"preprocess/human_{aspect}_proteinSimilarityMatrix_for_highest_annotated_{number}_proteins.csv"


def pairs_name(aspect: Aspect) -> str:
    """Where PROBE's data folder has the pairs of its data set "Sparse" ("auxilary" is its spelling)."""
    return f"auxilary_input/SparsifiedSimilarityCoordinates_{aspect}_for_highest_500.npy"


def read_similarity_matrix(path: Path) -> tuple[tuple[str, ...], Matrix]:
    """Accessions (N) and similarities (N, N).

    Raises
    ------
    AssetError
        If the file is missing.
    RecordError
        If a row has another number of cells than the header, or one that is no number.
    InputError
        If there are more or fewer rows than accessions.
    """
    with _lines(path) as lines:
        reader = csv.reader(lines)
        accessions = tuple(next(reader, ()))
        rows = []
        for cells in reader:
            numbers = _numbers(cells)
            if numbers is None or len(numbers) != len(accessions):
                remedy = "Copy the file again; it has no column of names."
                problem = f"this is no row of {len(accessions)} numbers"
                raise RecordError(path, reader.line_num, problem, remedy)
            rows.append(numbers)
    if len(rows) != len(accessions) or not rows:
        raise InputError(
            f"{path} has {len(accessions)} accessions and {len(rows)} rows; a row for each belongs there"
        )
    return accessions, np.array(rows)


def write_similarity_matrix(path: Path, accessions: Sequence[str], similarities: Matrix) -> None:
    """Write what `read_similarity_matrix` reads, with six digits."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as unfinished, unfinished.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(accessions)
        writer.writerows([f"{value:.6g}" for value in row] for row in similarities)


def read_pairs(path: Path) -> Places:
    """Pairs (n, 2) of places in a matrix, without those whose second place is not the greater, as PROBE has it.

    Raises
    ------
    AssetError
        If the file is missing or no .npy file.
    InputError
        If it holds something else than pairs of numbers from 0.
    """
    try:
        pairs = np.load(path, allow_pickle=False)
    except (OSError, ValueError) as error:
        raise AssetError(
            f"{path} is missing or no .npy file ({error}). Copy it from PROBE's data folder"
        ) from error
    if pairs.shape[1:] != (2,) or not np.issubdtype(pairs.dtype, np.integer) or pairs.min(initial=0) < 0:
        raise InputError(f"{path} has an array {pairs.dtype} {pairs.shape}; give integers (n, 2) from 0 on")
    kept: Places = pairs[pairs[:, 1] > pairs[:, 0]].astype(np.int64)
    return kept


def write_pairs(path: Path, pairs: Places) -> None:
    """Write what `read_pairs` reads."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as unfinished, unfinished.open("wb") as file:
        np.save(file, pairs.astype(np.int64))


def read_representation(path: Path) -> tuple[tuple[str, ...], Rows]:
    """Accessions (n) and vectors (n, D).

    Raises
    ------
    AssetError
        If the file is missing.
    RecordError
        If the header does not begin with ``Entry``, or a row has another number of cells or one that is no number.
    """
    with _lines(path) as lines:
        reader = csv.reader(lines)
        header = next(reader, [])
        if header[:1] != [_ENTRY]:
            raise RecordError(
                path, 1, f"the first column is not {_ENTRY}", "Give a representation file of PROBE."
            )
        accessions, rows = [], []
        for accession, *cells in reader:
            numbers = _numbers(cells)
            if numbers is None or len(numbers) != len(header) - 1:
                problem = f"{accession} has no {len(header) - 1} numbers"
                raise RecordError(path, reader.line_num, problem, "Write the file again.")
            accessions.append(accession)
            rows.append(numbers)
    return tuple(accessions), np.array(rows, dtype=np.float32).reshape(len(rows), len(header) - 1)


def write_representation(path: Path, accessions: Sequence[str], rows: Rows) -> None:
    """Write vectors (n, D) as PROBE's own program reads them.

    Raises
    ------
    InputError
        If there are more or fewer accessions than rows.
    """
    if len(accessions) != len(rows):
        raise InputError(f"{len(accessions)} accessions for {len(rows)} vectors; give one for each")
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as unfinished, unfinished.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([_ENTRY, *range(rows.shape[1])])
        writer.writerows([a, *row.tolist()] for a, row in zip(accessions, rows, strict=True))


@contextmanager
def _lines(path: Path) -> Iterator[Iterator[str]]:
    if not path.is_file():
        raise AssetError(f"{path} is missing. Copy it from PROBE's data folder (github.com/kansil/PROBE)")
    with open_text(path) as lines:
        yield lines


def _numbers(cells: Sequence[str]) -> list[float] | None:
    """The cells as numbers, an empty one as NaN as pandas has it; None where one is neither."""
    try:
        return [float(cell) if cell not in ("", "NA") else float("nan") for cell in cells]
    except ValueError:
        return None
