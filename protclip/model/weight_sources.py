"""Published weights by name: where they lie on this machine, or what to fetch and where to put it."""

from dataclasses import dataclass
from pathlib import Path

from protclip.errors import AssetError, InputError

PUBMEDBERT = "microsoft/BiomedNLP-PubMedBERT-base-uncased-abstract"
_RENAMED_PUBMEDBERT = "microsoft/BiomedNLP-BiomedBERT-base-uncased-abstract"
_FAIR_ESM = "https://dl.fbaipublicfiles.com/fair-esm/models"
_RELEASE_NAME = "protclip-release"
_RELEASE = (
    "The authors' release is not on this machine. Get model.safetensors (about 1.5 GB) of the authors' release from "
    "https://zenodo.org/records/15245588 and checkpoint/config.json from "
    "https://github.com/diaoshaoyou/ProtCLIP, put both into one folder, and give that folder"
)

ESM2_SIZES = {
    "esm2_t6_8M_UR50D": "30 MB",
    "esm2_t12_35M_UR50D": "134 MB",
    "esm2_t30_150M_UR50D": "0.6 GB",
    "esm2_t33_650M_UR50D": "2.6 GB",
    "esm2_t36_3B_UR50D": "5.7 GB",
    "esm2_t48_15B_UR50D": "30 GB",
}
"""The published ESM-2 models (Lin et al. 2023) and about how large their fair-esm files are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CachePlaces:
    """Where downloads of torch.hub and of Hugging Face are kept, by their own rules and variables."""

    torch_hub: Path
    hugging_face: Path

    @classmethod
    def usual(cls) -> "CachePlaces":
        """The places of this user on this machine."""
        import torch
        from huggingface_hub import constants

        return cls(
            torch_hub=Path(torch.hub.get_dir()) / "checkpoints", hugging_face=Path(constants.HF_HUB_CACHE)
        )


def locate(source: str, places: CachePlaces | None = None) -> Path:
    """The file or folder that a path or a published name stands for.

    Raises
    ------
    AssetError
        If it is a published name whose weights are not on this machine; the text says which file, how
        large, from where, and where to put it.
    InputError
        If it is neither an existing path nor a known name.
    """
    path = Path(source).expanduser()
    if path.exists():
        return path.parent if path.name in {"model.safetensors", "pytorch_model.bin"} else path
    places = places or CachePlaces.usual()
    name = source.removeprefix("facebook/").removesuffix(".pt")
    if name in ESM2_SIZES:
        return _esm2(name, places)
    if source.lower() in {"pubmedbert", PUBMEDBERT.lower(), _RENAMED_PUBMEDBERT.lower()}:
        return _pubmedbert(places)
    if source.lower() == _RELEASE_NAME:
        raise AssetError(_RELEASE)
    known = ", ".join([*ESM2_SIZES, "pubmedbert", _RELEASE_NAME])
    raise InputError(f"{source!r} is no file or folder here, and no known name. Known names are {known}")


def _esm2(name: str, places: CachePlaces) -> Path:
    file = places.torch_hub / f"{name}.pt"
    found = file if file.is_file() else _snapshot(f"facebook/{name}", places)
    if found is None:
        raise AssetError(
            f"{name} is not on this machine ({file} and {places.hugging_face} were looked at). Put "
            f"{_FAIR_ESM}/{name}.pt (about {ESM2_SIZES[name]}) into {places.torch_hub}, or give the path of a "
            f"folder with config.json and model.safetensors of https://huggingface.co/facebook/{name}"
        )
    return found


def _pubmedbert(places: CachePlaces) -> Path:
    found = _snapshot(PUBMEDBERT, places) or _snapshot(_RENAMED_PUBMEDBERT, places)
    if found is None:
        raise AssetError(
            f"PubMedBERT is not on this machine ({places.hugging_face} was looked at). Get config.json, vocab.txt, "
            "tokenizer_config.json and the weights (pytorch_model.bin or model.safetensors, about 440 MB) of "
            f"https://huggingface.co/{PUBMEDBERT}, put them into one folder, and give that folder"
        )
    return found


def _snapshot(repository: str, places: CachePlaces) -> Path | None:
    """The newest downloaded revision of a Hugging Face repository that has a configuration."""
    folder = places.hugging_face / f"models--{repository.replace('/', '--')}" / "snapshots"
    complete = [path for path in folder.glob("*") if (path / "config.json").is_file()]
    return max(complete, key=lambda path: path.stat().st_mtime, default=None)
