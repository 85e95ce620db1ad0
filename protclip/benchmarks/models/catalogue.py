"""Every model of the labelled benchmarks by name: what is shipped, what needs no weights, and any checkpoint's path.

Importing it imports no heavy library: the command line lists the names.
"""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from protclip.benchmarks.tasks import FeatureSource, TaskModel
from protclip.errors import InputError

if TYPE_CHECKING:
    from protclip.benchmarks.models.scratch import Architecture
    from protclip.benchmarks.semantic_similarity import PairSource
    from protclip.encode import Encoder
    from protclip.predict.search_programs import ProgramName

Finetune = Literal["frozen", "full"]
"""Whether a checkpoint's tower stays as it is or is tuned with its head."""
Effort = Literal["published", "protst", "quick"]
"""How heads, towers and networks are trained: as Zhou et al. 2025 and PEER do; heads and towers as ProtST does; or in
minutes on two CPU cores. What is not the first stands in the model's name."""

MINI = "protclip-mini"
SHARED = ":shared"
"""Behind a checkpoint's name: its rows in the space that it shares with texts, not features before projection."""
_NOTES: Mapping[Effort, str] = {"published": "", "protst": "as ProtST", "quick": "quick"}
_ARCHITECTURES: "dict[str, Architecture]" = {"cnn": "CNN", "lstm": "LSTM"}
_PROGRAMS: "dict[str, ProgramName]" = {"mmseqs2": "mmseqs2", "diamond": "diamond", "phmmer": "phmmer"}
_PLAIN = ("3-mers", "composition", "one-hot")
SOURCE_NAMES = (MINI, f"{MINI}{SHARED}", *_PLAIN)
MODEL_NAMES = (*SOURCE_NAMES, *_ARCHITECTURES, *_PROGRAMS, "blosum62")
_FIXED: Mapping[str, str] = {
    **dict.fromkeys(_ARCHITECTURES, "is trained whole in any case, and ProtST has no settings for it"),
    **dict.fromkeys(_PLAIN, "gets a linear model, which has one way of being fitted"),
    **dict.fromkeys((*_PROGRAMS, "blosum62"), "trains no network"),
}
"""Why a model without a checkpoint is not tuned."""


def feature_source(name: str) -> FeatureSource:
    """What makes features, by its name or the path of a checkpoint.

    Asked again for the checkpoint that it was last asked for, it gives the same source, which remembers its rows:
    tasks share proteins, and the three aspects of GO have all in common.

    Parameters
    ----------
    name
        One of `SOURCE_NAMES`; or the folder of a ProtCLIP checkpoint or of Hugging Face's ESM-1b, ESM-2, ProtBERT or
        OntoProtein, or ProtST's file with ESM-2. A ProtCLIP folder may have ":shared" behind it.

    Raises
    ------
    InputError
        If there is neither a source nor a path of that name.
    AssetError
        If a file is missing or damaged.
    """
    from protclip.benchmarks.models.features import Composition, OneHot, ThreeMers

    plain: dict[str, type[ThreeMers] | type[Composition] | type[OneHot]]
    plain = {"3-mers": ThreeMers, "composition": Composition, "one-hot": OneHot}
    if name in plain:
        return plain[name]()
    _refuse_without(name, SOURCE_NAMES, "makes no rows of proteins, which this benchmark asks for")
    return _remembered(_checkpoint(name).absolute(), name.endswith(SHARED))


def _refuse_without(name: str, accepted: tuple[str, ...], lack: str) -> None:
    """Raise InputError for a model's name that is not among the accepted ones; paths pass."""
    if name in MODEL_NAMES and name not in accepted:
        raise InputError(
            f"{name} {lack}; choose one of {', '.join(accepted)}, or give the path of a checkpoint"
        )


def similarity_source(name: str) -> "FeatureSource | PairSource":
    """What says how alike proteins are: a search program by its alignments, else rows as `feature_source` makes them.

    Raises
    ------
    InputError, AssetError
        As `feature_source` does.
    """
    if name in _PROGRAMS:
        from protclip.benchmarks.models.homology import RelativeBits

        return RelativeBits(program=_PROGRAMS[name])
    _refuse_without(name, (*SOURCE_NAMES, *_PROGRAMS), "does not say how alike two proteins are")
    return feature_source(name)


def embeds_texts(name: str) -> bool:
    """Whether a model is ProtCLIP and embeds texts beside proteins, by its name or the path of a checkpoint.

    Raises
    ------
    AssetError
        If a folder has no config.json.
    """
    if name == MINI:
        return True
    place = Path(name)
    if name in MODEL_NAMES or name.endswith(SHARED) or not place.is_dir():
        return False
    from protclip.model.weight_files import read_config

    return bool(read_config(place).get("model_type") == "protclip")


def refuse_idle(name: str, *, finetune: Finetune, effort: Effort) -> None:
    """Raise InputError if ``finetune`` or ``effort`` would change nothing of a model, and say why.

    Networks without a checkpoint have quick settings and published ones; other models than these and checkpoints
    have no settings.
    """
    idle = ["--finetune full"] if finetune == "full" else []
    if effort == "protst" or (effort == "quick" and name not in _ARCHITECTURES):
        idle.append(f"--effort {effort}")
    if idle and name in _FIXED:
        has, it = ("has", "it") if len(idle) == 1 else ("have", "them")
        raise InputError(
            f"{' and '.join(idle)} {has} no effect on {name}, which {_FIXED[name]}; leave {it} out"
        )


def task_model(name: str, *, finetune: Finetune = "frozen", effort: Effort = "published") -> TaskModel:
    """A model, by its name or the path of a checkpoint as `feature_source` takes it.

    3-mers, composition and one-hot get a linear model; a checkpoint a two-layer head, tuned with its tower where
    ``finetune`` is "full".

    Raises
    ------
    InputError
        If there is neither a model nor a path of that name, or it has no tower that could be tuned.
    AssetError
        If a file is missing or damaged.
    """
    if name in _ARCHITECTURES:
        return _from_scratch(_ARCHITECTURES[name], effort)
    if name in _PROGRAMS:
        from protclip.benchmarks.models.homology import Homology

        return Homology(program=_PROGRAMS[name])
    if name == "blosum62":
        from protclip.benchmarks.models.blosum import Blosum62

        return Blosum62()
    if name in _PLAIN:
        from protclip.benchmarks.models.linear import Linear

        return Linear(source=feature_source(name))
    return _tuned(name, effort) if finetune == "full" else _frozen(name, effort)


def _checkpoint(name: str) -> Path:
    """The folder or file that a name stands for."""
    bare = name.removesuffix(SHARED)
    if bare == MINI:
        from protclip.starter import checkpoint_path

        return checkpoint_path()
    if Path(bare).exists():
        return Path(bare)
    raise InputError(
        f"there is no model {name!r}. Choose one of {', '.join(MODEL_NAMES)}, or give the path of a checkpoint: a "
        "ProtCLIP folder, Hugging Face's folder of ESM-1b, ESM-2, ProtBERT or OntoProtein, or ProtST's file "
        "protst_esm2.pth"
    )


@lru_cache(maxsize=1)
def _remembered(path: Path, is_shared: bool) -> FeatureSource:
    """A checkpoint's rows, before projection or in the space that it shares with texts."""
    from protclip.benchmarks.models.features import Remembered, SharedSpace, TowerFeatures
    from protclip.benchmarks.models.towers import open_tower

    return Remembered(SharedSpace(_encoder(path)) if is_shared else TowerFeatures(open_tower(path)))


def _encoder(path: Path) -> "Encoder":
    from protclip.encode import Encoder
    from protclip.model.weight_files import read_config

    kind = read_config(path).get("model_type")
    if kind != "protclip":
        raise InputError(
            f"{path} is of type {kind!r} and shares no space with texts: leave {SHARED} away, or give ProtCLIP's"
        )
    return Encoder.from_pretrained(path)


def _frozen(name: str, effort: Effort) -> TaskModel:
    from protclip.benchmarks.fitting import PROTST_FIXED, QUICK, ZHOU
    from protclip.benchmarks.models.frozen_head import FrozenHead

    settings = {"published": ZHOU, "protst": PROTST_FIXED, "quick": QUICK}[effort]
    return FrozenHead(source=feature_source(name), settings=settings, note=_NOTES[effort])


def _tuned(name: str, effort: Effort) -> TaskModel:
    from protclip.benchmarks.fitting import PROTST_TUNED, QUICK
    from protclip.benchmarks.models.tuned_tower import PROTST_CROP, TunedTower

    if name.endswith(SHARED):
        raise InputError(f"{name} is tuned without its projection: leave {SHARED} away, or choose frozen")
    checkpoint, note = _checkpoint(name), _NOTES[effort]
    if effort == "protst":
        return TunedTower(
            checkpoint=checkpoint, by_kind=PROTST_TUNED, crop=PROTST_CROP, crops_numbers=False, note=note
        )
    if effort == "quick":
        return TunedTower(checkpoint=checkpoint, settings=QUICK, crop=PROTST_CROP, note=note)
    return TunedTower(checkpoint=checkpoint, note=note)


def _from_scratch(architecture: "Architecture", effort: Effort) -> TaskModel:
    from protclip.benchmarks.models.scratch import FromScratch

    if effort == "quick":
        return FromScratch(architecture=architecture, width=64, epochs=10, crop=512, lr=1e-3)
    return FromScratch(architecture=architecture)
