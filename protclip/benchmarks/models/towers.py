"""Protein towers under one interface: ProtCLIP's, ESM-1b, ESM-2, ProtBERT, OntoProtein and ProtST's ESM-2.

Each is read from a local place and nothing is fetched. Residue features are averaged over the residues, before any
projection, as ProtST and Zhou et al. 2025 do downstream.

Shapes: B proteins of a batch, L tokens with specials, D features.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from transformers import BertModel, EsmConfig, EsmModel

from protclip.data.files import sha256_of
from protclip.devices import default_device, fast_dtype
from protclip.encode import Encoder
from protclip.errors import AssetError, InputError
from protclip.model.checkpoint_files import CONFIG, fingerprint
from protclip.model.configuration import ESM_TOKENS, ProtCLIPConfig
from protclip.model.modeling import ProtCLIPModel, masked_mean
from protclip.model.processing import collate_residues, residue_tokens
from protclip.model.text_tower import load_bert, load_tokenizer
from protclip.model.weight_checks import refuse_missing, refuse_wrong_shapes
from protclip.model.weight_files import read_config, read_folder, read_pickle, tensors_of
from protclip.model.weight_names import FAIR_ESM, HF_ESM, Rules, renamed
from protclip.sequence import RESIDUES

Tokens = npt.NDArray[np.uint8]
MAX_RESIDUES = 1022
"""What ESM was trained on; longer proteins are read in windows of this size by ProtBERT too."""
_PROTST = "protein_model.model."
_ROTATION = "layers.0.self_attn.rot_emb.inv_freq"
# ESM-1b has positions that it reads; ESM-2 may carry the table and never reads it.
_ESM_WITH_POSITIONS: Rules = ((r"(embeddings\.position_embeddings\.weight)", r"\1"), *HF_ESM)
_NOT_ASKED = ("contact_head.", "rotary_embeddings.inv_freq")


@dataclass(frozen=True, slots=True, kw_only=True)
class Alphabet:
    """How residues become ids: of a cleaned sequence alone, and the ids of beginning, end and padding."""

    tokens: Callable[[str], Tokens]
    specials: tuple[int, int, int]


ESM_ALPHABET = Alphabet(
    tokens=residue_tokens,
    specials=(ESM_TOKENS.index("<cls>"), ESM_TOKENS.index("<eos>"), ESM_TOKENS.index("<pad>")),
)


class Tower(nn.Module):
    """A protein tower: ids (B, L) in, mean residue features (B, D) out.

    ``dtype`` is what it runs in where no gradient is kept.
    """

    def __init__(
        self, name: str, fingerprint: str, alphabet: Alphabet, width: int, max_residues: int
    ) -> None:
        super().__init__()
        self.name, self.fingerprint, self.alphabet = name, fingerprint, alphabet
        self.width, self.max_residues, self.dtype = width, max_residues, torch.float32

    def tokens(self, sequence: str) -> Tokens:
        """Ids of the residues of a cleaned sequence, without specials."""
        return self.alphabet.tokens(sequence)

    def collate(self, rows: Sequence[Tokens]) -> Tensor:
        """Ids (B, L) with beginning, end and padding."""
        return collate_residues(rows, self.alphabet.specials).input_ids

    def attention_mask(self, ids_BL: Tensor) -> Tensor:
        """1 at all but padding."""
        return (ids_BL != self.alphabet.specials[2]).long()


class ProtCLIPTower(Tower):
    """The protein tower of a ProtCLIP model, which it shares with whoever gave it."""

    def __init__(self, model: ProtCLIPModel, *, name: str, fingerprint: str) -> None:
        config = model.config
        super().__init__(
            name, fingerprint, ESM_ALPHABET, config.protein_config.hidden_size, config.max_residues
        )
        self.model = model
        if model.protein_model is not None:
            self.dtype = fast_dtype(model.log_scale.device)

    def forward(self, ids_BL: Tensor) -> Tensor:
        """Mean residue features (B, D) before projection."""
        return self.model.protein_features(ids_BL, self.attention_mask(ids_BL))


class TransformerTower(Tower):
    """An EsmModel or a BertModel of transformers."""

    def __init__(
        self, model: EsmModel | BertModel, alphabet: Alphabet, *, name: str, fingerprint: str
    ) -> None:
        config = model.config
        # ESM's positions begin behind that of padding.
        unused = 2 + (config.pad_token_id + 1 if isinstance(model, EsmModel) else 0)
        longest = min(config.max_position_embeddings - unused, MAX_RESIDUES)
        super().__init__(name, fingerprint, alphabet, config.hidden_size, longest)
        self.model, self.dtype = model, fast_dtype(model.device)

    def forward(self, ids_BL: Tensor) -> Tensor:
        """Mean features (B, D) of the residues in the last layer."""
        states_BLD = self.model(
            input_ids=ids_BL, attention_mask=self.attention_mask(ids_BL)
        ).last_hidden_state
        is_special_BL = torch.isin(ids_BL, torch.tensor(self.alphabet.specials, device=ids_BL.device))
        return masked_mean(states_BLD, ~is_special_BL)


def open_tower(path: str | Path, device: torch.device | None = None) -> Tower:
    """The tower of a checkpoint: a folder that config.json tells the kind of, or a file of ProtST's with ESM-2.

    Raises
    ------
    AssetError
        If nothing is there, or a file is missing or damaged.
    InputError
        If it is of another kind.
    """
    place, device = Path(path), device or default_device()
    if place.is_file():
        return _protst(place, device)
    if not (place / CONFIG).is_file():
        raise AssetError(
            f"{place} is no checkpoint: a folder with {CONFIG} and weights is needed (ProtCLIP's, or Hugging Face's "
            "of ESM-1b, ESM-2, ProtBERT or OntoProtein), or the file protst_esm2.pth. Copy one; nothing is fetched"
        )
    kind = read_config(place).get("model_type")
    readers = {"protclip": _protclip, "esm": _esm, "bert": _bert}
    if kind not in readers:
        raise InputError(
            f"{place} holds a model of type {kind!r}. Accepted are {', '.join(readers)} (ProtCLIP; ESM-1b and ESM-2; "
            "ProtBERT and OntoProtein)"
        )
    return readers[kind](place, device)


def fingerprint_of(path: Path) -> str:
    """The first 16 hex digits of the SHA-256 of a checkpoint's folder or file; raises as `open_tower` does."""
    return sha256_of(path)[:16] if path.is_file() else fingerprint(path)


def _protclip(folder: Path, device: torch.device) -> Tower:
    encoder = Encoder.from_pretrained(folder, device=device)
    encoder.model.text_model = None
    return ProtCLIPTower(encoder.model, name=encoder.name, fingerprint=encoder.fingerprint)


def _esm(folder: Path, device: torch.device) -> Tower:
    stated = read_config(folder)
    if stated.get("vocab_size") != len(ESM_TOKENS) or stated.get("is_folding_model"):
        raise InputError(
            f"{folder} is no ESM-1b or ESM-2: those have {len(ESM_TOKENS)} tokens and do not fold"
        )
    state = {name.removeprefix("esm."): values for name, values in read_folder(folder).items()}
    model = _esm_model(EsmConfig.from_dict(stated), renamed(state, _ESM_WITH_POSITIONS).state)
    return TransformerTower(
        model.to(device), ESM_ALPHABET, name=folder.name, fingerprint=fingerprint_of(folder)
    )


def _bert(folder: Path, device: torch.device) -> Tower:
    model = load_bert(folder).to(device)
    return TransformerTower(
        model, _bert_alphabet(folder), name=folder.name, fingerprint=fingerprint_of(folder)
    )


def _bert_alphabet(folder: Path) -> Alphabet:
    """The ids that ProtBERT's tokenizer gives to spaced residues; other letters than the twenty become X."""
    ids = load_tokenizer(folder).get_vocab()
    wanted = (*RESIDUES, "X", "[CLS]", "[SEP]", "[PAD]")
    missing = [token for token in wanted if token not in ids]
    if missing:
        raise InputError(
            f"{folder} is no BERT of proteins: its vocabulary lacks {', '.join(missing[:5])}. Accepted are ProtBERT "
            "and OntoProtein"
        )
    table = np.full(256, ids["X"], dtype=np.uint8)
    table[[ord(letter) for letter in RESIDUES]] = [ids[letter] for letter in RESIDUES]

    def tokens(sequence: str) -> Tokens:
        return table[np.frombuffer(sequence.encode("latin-1", "replace"), dtype=np.uint8)]

    return Alphabet(tokens=tokens, specials=(ids["[CLS]"], ids["[SEP]"], ids["[PAD]"]))


def _protst(path: Path, device: torch.device) -> Tower:
    """A file that ProtST's pre-training wrote (torchdrug's Engine.save): under "model", its task's state dict.

    The protein tower stands there under ``protein_model.model.`` with the names of fair-esm.
    """
    content = read_pickle(path)
    whole = tensors_of(content.get("model") if isinstance(content, Mapping) else None, path)
    state = {name.removeprefix(_PROTST): v for name, v in whole.items() if name.startswith(_PROTST)}
    if _ROTATION not in state:
        raise InputError(
            f"{path} is no ProtST with ESM-2: it has no {_PROTST}{_ROTATION}. Accepted is protst_esm2.pth"
        )
    found = renamed(state, FAIR_ESM).state
    model = _esm_model(_protst_config(found, num_rotated=len(state[_ROTATION])), found)
    return TransformerTower(model.to(device), ESM_ALPHABET, name=path.stem, fingerprint=fingerprint_of(path))


def _protst_config(state: Mapping[str, Tensor], num_rotated: int) -> EsmConfig:
    """The file says nothing of the shape but by its tensors; a head has two columns for each angle."""
    width = state["embeddings.word_embeddings.weight"].shape[1]
    layers = {name.split(".")[2] for name in state if name.startswith("encoder.layer.")}
    shape = {
        "num_hidden_layers": len(layers),
        "hidden_size": width,
        "num_attention_heads": width // (2 * num_rotated),
        "intermediate_size": state["encoder.layer.0.intermediate.dense.weight"].shape[0],
    }
    config: EsmConfig = ProtCLIPConfig(protein_config=shape).protein_config
    return config


def _esm_model(config: EsmConfig, state: Mapping[str, Tensor]) -> EsmModel:
    with torch.random.fork_rng():  # fresh weights are drawn and then replaced
        model = EsmModel(config, add_pooling_layer=False)
    expected = {name: values.shape for name, values in model.state_dict().items()}
    refuse_wrong_shapes(state, expected)
    refuse_missing(sorted(n for n in expected.keys() - state.keys() if not n.startswith(_NOT_ASKED)))
    model.load_state_dict({name: v.float() for name, v in state.items() if name in expected}, strict=False)
    return model.eval()
