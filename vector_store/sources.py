"""What an index is built from: an atlas whose vectors are there, or proteins that have to be encoded."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from protclip import starter
from protclip.data.atlas import VECTORS, Atlas, read_atlas
from protclip.data.shards import read_shards
from protclip.encode import Encoder
from protclip.errors import AssetError
from protclip.model.checkpoint_files import fingerprint
from protclip.records import Protein


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Proteins with the checkpoint their vectors come from: ``atlas`` or else ``encoder`` is given."""

    proteins: Sequence[Protein]
    fingerprint: str
    dimension: int
    atlas: Atlas | None = None
    encoder: Encoder | None = None


def source_of(folder: Path | None, model: Path | None) -> Source:
    """The proteins in a folder, or of the shipped atlas, with the vectors of a checkpoint.

    An atlas made by the checkpoint is taken as it is; anything else is encoded with it.

    Raises
    ------
    AssetError
        If the folder holds neither atlas nor shards, or a file is damaged.
    """
    place = folder or starter.atlas_path()
    if (place / VECTORS).is_file():
        atlas = read_atlas(place)
        if atlas.fingerprint == fingerprint(model or starter.checkpoint_path()):
            return Source(
                proteins=atlas.proteins, fingerprint=atlas.fingerprint, dimension=atlas.dimension, atlas=atlas
            )
        proteins: Sequence[Protein] = atlas.proteins
    elif place.is_dir():
        proteins = tuple(read_shards(place))
    else:
        raise AssetError(
            f"there is no folder {place}. Make it: protclip data build --source swissprot-goa --download "
            f"--output {place}; or give an atlas or shards with --atlas"
        )
    encoder = Encoder.from_pretrained(model)
    return Source(
        proteins=proteins, fingerprint=encoder.fingerprint, dimension=encoder.dimension, encoder=encoder
    )
