"""A map of proteins: two coordinates for each embedding by UMAP, and what is known of its faithfulness."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from protclip.errors import InputError
from protclip.predict.map_measures import MapMeasures, measure_map

Rows = npt.NDArray[np.float32]
MIN_PROTEINS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class MapSettings:
    """How a map is fitted.

    ``num_neighbours`` is UMAP's n_neighbors, from 2; ``min_distance`` its min_dist, 0 to 1. ``num_sampled``
    proteins, drawn by ``seed``, are what the map is measured on.
    """

    num_neighbours: int = 15
    min_distance: float = 0.1
    seed: int = 17
    num_sampled: int = 2_000

    def __post_init__(self) -> None:
        if self.num_neighbours < 2:
            raise InputError(f"a map needs 2 neighbours or more, {self.num_neighbours} were given")
        if not 0 <= self.min_distance <= 1:
            raise InputError(f"the least distance is {self.min_distance}; give a number from 0 to 1")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProteinMap:
    """The places of n proteins, float32 (n, 2), and the checkpoint whose embeddings were mapped."""

    accessions: tuple[str, ...]
    coordinates: Rows
    fingerprint: str
    settings: MapSettings
    measures: MapMeasures

    def __post_init__(self) -> None:
        if self.coordinates.shape != (len(self.accessions), 2):
            raise ValueError(
                f"coordinates of shape {self.coordinates.shape} for {len(self.accessions)} proteins"
            )

    @property
    def width(self) -> float:
        """The longer side of the map."""
        return float(np.ptp(self.coordinates, axis=0).max())


def fit_map(
    accessions: tuple[str, ...], rows: Rows, fingerprint: str, settings: MapSettings | None = None
) -> ProteinMap:
    """Lay proteins out by their embeddings.

    Parameters
    ----------
    accessions
        One for each row.
    rows
        Unit rows (n, E). Near ones by cosine come near each other; the axes mean nothing.

    Raises
    ------
    InputError
        With fewer than `MIN_PROTEINS` proteins, fewer than neighbours, or an accession that is there twice.
    """
    settings = settings or MapSettings()
    least = max(MIN_PROTEINS, settings.num_neighbours + 2)
    if len(rows) < least:
        raise InputError(f"{len(rows)} proteins make no map; give {least} or more")
    if len(set(accessions)) < len(accessions):
        raise InputError("an accession occurs twice; give each protein once")
    coordinates = _umap(rows, settings)
    sampled = np.random.default_rng(settings.seed).permutation(len(rows))[: settings.num_sampled]
    return ProteinMap(
        accessions=accessions,
        coordinates=coordinates,
        fingerprint=fingerprint,
        settings=settings,
        measures=measure_map(rows, coordinates, np.sort(sampled), settings.num_neighbours),
    )


def _umap(rows: Rows, settings: MapSettings) -> Rows:
    from umap import UMAP  # seconds, and a compiler: only who fits a map pays for it

    model = UMAP(
        n_neighbors=settings.num_neighbours,
        min_dist=settings.min_distance,
        metric="cosine",
        init="pca",  # keeps the large shape of the space, and the same one each time
        random_state=settings.seed,
        n_jobs=1,  # a seeded fit has one thread
    )
    return np.asarray(model.fit_transform(rows), dtype=np.float32)
