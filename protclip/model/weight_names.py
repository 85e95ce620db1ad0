"""Foreign tensor names in the names of a `ProtCLIPModel`: fair-esm, Hugging Face, the authors' release.

Each layout is a table of patterns over its tensors' names, and the first that matches the whole name decides.
A replacement of None means a tensor that is known and has no place here.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor

from protclip.errors import AssetError

Rules = tuple[tuple[str, str | None], ...]

PROTEIN, TEXT = "protein_model.", "text_model."
_LAYER = r"(?:encoder\.)?(?:sentence_encoder\.)?layers\.(\d+)\."
_TOP = r"(?:encoder\.)?(?:sentence_encoder\.)?"

FAIR_ESM: Rules = (
    (_TOP + r"embed_tokens\.weight", r"embeddings.word_embeddings.weight"),
    (_LAYER + r"self_attn\.q_proj\.(\w+)", r"encoder.layer.\1.attention.self.query.\2"),
    (_LAYER + r"self_attn\.k_proj\.(\w+)", r"encoder.layer.\1.attention.self.key.\2"),
    (_LAYER + r"self_attn\.v_proj\.(\w+)", r"encoder.layer.\1.attention.self.value.\2"),
    (_LAYER + r"self_attn\.out_proj\.(\w+)", r"encoder.layer.\1.attention.output.dense.\2"),
    (_LAYER + r"self_attn_layer_norm\.(\w+)", r"encoder.layer.\1.attention.LayerNorm.\2"),
    (_LAYER + r"self_attn\.rot_emb\.inv_freq", None),  # computed from the width of a head
    (_LAYER + r"fc1\.(\w+)", r"encoder.layer.\1.intermediate.dense.\2"),
    (_LAYER + r"fc2\.(\w+)", r"encoder.layer.\1.output.dense.\2"),
    (_LAYER + r"final_layer_norm\.(\w+)", r"encoder.layer.\1.LayerNorm.\2"),
    (_TOP + r"emb_layer_norm_after\.(\w+)", r"encoder.emb_layer_norm_after.\1"),
    (_TOP + r"(contact_head\.regression\.\w+)", r"\1"),
    (_TOP + r"lm_head\..+", None),  # the method trains a head of its own
)
"""fair-esm's ESM-2 to EsmModel."""

_HF_COMMON: Rules = (
    (r"pooler\..+", None),
    (r"embeddings\.position_ids", None),
    (r"(.+\.LayerNorm)\.gamma", r"\1.weight"),  # names of the first BERT, which some files still have
    (r"(.+\.LayerNorm)\.beta", r"\1.bias"),
    (r"((?:embeddings|encoder|contact_head)\..+)", r"\1"),
)
HF_ESM: Rules = (
    (r".*rotary_embeddings\.inv_freq", None),
    (r"embeddings\.position_embeddings\.weight", None),  # rotary models carry the table and never read it
    (r"lm_head\..+", None),
    *_HF_COMMON,
)
"""EsmModel and EsmForMaskedLM of transformers 4 and 5, the prefix ``esm.`` taken off."""
HF_BERT: Rules = ((r"cls\..+", None), *_HF_COMMON)
"""BertModel and its kin, the prefix ``bert.`` taken off."""

RELEASE: Rules = (
    (r"logit_scale", "log_scale"),
    (r"local_logit_scale", "local_log_scale"),
    (r"((?:protein|text)_projection\.[02]\.\w+)", r"\1"),
    (r"(mlm_head\.[023]\.\w+)", r"\1"),
    (r"t2p_mlm_head\.([023]\.\w+)", r"bsr_head.\1"),
    (r"decoder\.((?:query|key|value)\.\w+)", r"fusion.\1"),
    (r"proto_bank\.prototype(?:\.weight)?", "prototypes.weight"),
    (r"(?:local_cross_attention|predictor)\..+", None),  # stored by the release, read by no loss of it
)
"""What the authors' FSTForPretrain has beside its two towers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignWeights:
    """Weights under our names, and what was left over.

    Attributes
    ----------
    layout : str
        "fair-esm", "hf-esm", "hf-bert" or "protclip-release"; "" as long as nobody has said.
    settings : dict
        What they say of `ProtCLIPConfig`.
    state : dict of Tensor
        Tensors by their name in a `ProtCLIPModel`.
    unused, unknown : tuple of str
        Names in the source that are known to have no place here, and names nobody knows.
    """

    state: dict[str, Tensor]
    layout: str = ""
    settings: dict[str, Any] = field(default_factory=dict)
    unused: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


def renamed(state: Mapping[str, Tensor], rules: Rules, prefix: str = "") -> ForeignWeights:
    """Apply a layout's table to a state dict and put a prefix before every new name.

    Raises
    ------
    AssetError
        If two tensors of the source would get the same name.
    """
    found: dict[str, Tensor] = {}
    unused, unknown = [], []
    for name, values in state.items():
        match, new = _first_match(name, rules)
        if match is None:
            unknown.append(name)
        elif new is None:
            unused.append(name)
        elif (ours := prefix + match.expand(new)) in found:
            raise AssetError(f"the source has two tensors for {ours}, one of them {name!r}: it is damaged")
        else:
            found[ours] = values
    return ForeignWeights(state=found, unused=tuple(unused), unknown=tuple(unknown))


def _first_match(name: str, rules: Rules) -> tuple[re.Match[str] | None, str | None]:
    for pattern, new in rules:
        if match := re.fullmatch(pattern, name):
            return match, new
    return None, None
