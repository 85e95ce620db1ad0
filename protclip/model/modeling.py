"""The two towers, their projections into one space, and the contrastive scale.

Shapes: B rows of a batch, L protein tokens, T text tokens, D features before projection, E shared space,
K properties, M hidden residues of a protein, N of a batch, V residue tokens.
"""

import math
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any, Self

import torch
from torch import Tensor, nn
from transformers import BertModel, EsmModel, PreTrainedModel

from protclip.model.checkpoint_files import pack_tables, unpack_tables
from protclip.model.configuration import ESM_TOKENS, ProtCLIPConfig
from protclip.model.fused_gelu import fuse_gelu
from protclip.model.fusion import BiotextFusion
from protclip.model.kmers import NO_DIGIT, KmerEmbedding
from protclip.model.prototypes import PrototypeBank
from protclip.model.release_compat import PAPER, ReleaseCompat
from protclip.model.residue_parts import TextStates, gather_rows, residue_head
from protclip.model.text_tower import MINILM, load_minilm
from protclip.sequence import RESIDUES

FIRST_RESIDUE, LAST_RESIDUE = ESM_TOKENS.index("L"), ESM_TOKENS.index("O")
MASK_TOKEN = ESM_TOKENS.index("<mask>")


@dataclass(frozen=True, slots=True, kw_only=True)
class PairEmbeddings:
    """Unit rows (B, E) of both towers and the scale that multiplies their cosines."""

    protein: Tensor
    text: Tensor
    scale: Tensor


def masked_mean(values_BLD: Tensor, mask_BL: Tensor) -> Tensor:
    """Mean over the tokens where the mask is true, shape (B, D); zero for a row without any."""
    weights_BL1 = mask_BL[..., None].to(values_BLD.dtype)
    return (values_BLD * weights_BL1).sum(1) / weights_BL1.sum(1).clamp(min=1)


def is_residue(input_ids_BL: Tensor) -> Tensor:
    """True at residues (standard, ambiguous and masked ones), false at specials and padding."""
    inside = (input_ids_BL >= FIRST_RESIDUE) & (input_ids_BL <= LAST_RESIDUE)
    return inside | (input_ids_BL == MASK_TOKEN)


def _projection(width: int, config: ProtCLIPConfig) -> nn.Sequential:
    norm: list[nn.Module] = [nn.LayerNorm(width)] if config.projection_norm else []
    first = nn.Linear(width, config.projection_hidden_dim)
    return nn.Sequential(
        *norm, first, nn.ReLU(), nn.Linear(config.projection_hidden_dim, config.projection_dim)
    )


class ProtCLIPModel(PreTrainedModel):
    """Protein tower, text tower and the shared space (Zhou et al. 2025; method by CLIP).

    The protein tower is an ESM encoder over residue tokens, or over k-mer embeddings, or k-mer
    embeddings alone. With both, the encoder's output is added to the k-mer features through a gate that
    starts at zero, so that blocks put on a trained k-mer tower forget nothing.
    """

    config_class = ProtCLIPConfig
    base_model_prefix = "protclip"
    _supports_sdpa = True
    _supports_flash_attn = True
    supports_gradient_checkpointing = True

    def __init__(self, config: ProtCLIPConfig) -> None:
        super().__init__(config)
        esm = config.protein_config
        self.kmers: KmerEmbedding | None = None
        self.protein_model: EsmModel | None = None
        if config.words:
            digits = [RESIDUES.find(token) if len(token) == 1 else NO_DIGIT for token in ESM_TOKENS]
            self.kmers = KmerEmbedding(
                config.words,
                esm.hidden_size,
                config.kmer_max_rows,
                digits,
                own_channels=config.words_own_channels,
            )
        if esm.num_hidden_layers:
            self.protein_model = fuse_gelu(EsmModel(esm, add_pooling_layer=False))
        if self.kmers is not None and self.protein_model is not None:
            self.block_gate = nn.Parameter(torch.zeros(()))
        self.text_model: BertModel | None = None
        if not config.text_source:
            self.attach_text_model(BertModel(config.text_config, add_pooling_layer=False))
        self.protein_projection = _projection(esm.hidden_size, config)
        self.text_projection = _projection(config.text_config.hidden_size, config)
        self.log_scale = nn.Parameter(torch.tensor(math.log(config.scale_init)))
        if config.residue_objectives:
            self._make_residue_parts()
        self.post_init()

    def _make_residue_parts(self) -> None:
        config = self.config
        width = config.projection_dim
        self.mlm_head = residue_head(config.protein_config.hidden_size, width)
        self.bsr_head = residue_head(width, width)
        self.fusion = BiotextFusion(width)
        self.prototypes = PrototypeBank(config.num_prototypes, width, config.prototype_temperature)
        self.local_log_scale = nn.Parameter(torch.tensor(math.log(config.local_scale_init)))

    def add_residue_parts(self) -> None:
        """Give a model that has none the parts which MLM, BSR and PDA train, with fresh weights."""
        if not self.config.residue_objectives:
            self.config.residue_objectives = True
            self._make_residue_parts()
            for part in (self.mlm_head, self.bsr_head, self.fusion):
                part.apply(self._init_weights)

    def _init_weights(self, module: nn.Module) -> None:
        super()._init_weights(module)
        # Reached for weights a loaded checkpoint lacks: they come as uninitialised memory.
        if module is self:
            nn.init.constant_(self.log_scale, math.log(self.config.scale_init))
            if hasattr(self, "block_gate"):
                nn.init.zeros_(self.block_gate)
            if hasattr(self, "local_log_scale"):
                nn.init.constant_(self.local_log_scale, math.log(self.config.local_scale_init))
        if isinstance(module, PrototypeBank):
            module.reset_parameters()
        if isinstance(module, nn.ParameterList):
            for table in module:
                nn.init.normal_(table, std=0.02)

    def attach_text_model(self, text_model: BertModel) -> None:
        """Put a text tower in place; a frozen one takes no gradient, and starts in eval mode."""
        self.text_model = text_model
        if self.config.text_frozen:
            text_model.requires_grad_(False).eval()

    def train(self, mode: bool = True) -> Self:
        """Switch to training; a frozen text tower stays in eval mode unless ``text_dropout`` is on."""
        super().train(mode)
        if self.text_model is not None and self.config.text_frozen and not self.config.text_dropout:
            self.text_model.eval()
        return self

    @property
    def scale(self) -> Tensor:
        """The factor on cosines, at most ``scale_max``."""
        return self.log_scale.exp().clamp(max=self.config.scale_max or math.inf)

    @property
    def local_scale(self) -> Tensor:
        """The factor on cosines in PDA, at most ``scale_max``."""
        return self.local_log_scale.exp().clamp(max=self.config.scale_max or math.inf)

    def residue_features(self, input_ids_BL: Tensor, attention_mask_BL: Tensor) -> Tensor:
        """Features of every token before projection, shape (B, L, D)."""
        embeds_BLD = None if self.kmers is None else self.kmers(input_ids_BL)
        if self.protein_model is None:
            assert embeds_BLD is not None
            return embeds_BLD
        inputs = {"input_ids": input_ids_BL} if embeds_BLD is None else {"inputs_embeds": embeds_BLD}
        hidden_BLD: Tensor = self.protein_model(**inputs, attention_mask=attention_mask_BL).last_hidden_state
        return hidden_BLD if embeds_BLD is None else embeds_BLD + self.block_gate * hidden_BLD

    def protein_features(
        self, input_ids_BL: Tensor, attention_mask_BL: Tensor, *, kmer_keep_share: float = 1.0
    ) -> Tensor:
        """Mean of the residue features over real residues, shape (B, D).

        A tower of k-mers alone is pooled without unfolding it to residues; ``kmer_keep_share`` is its
        training noise (the share of k-mers kept).
        """
        if self.kmers is not None and self.protein_model is None:
            num_pooled_B = self._pooled_tokens(input_ids_BL).sum(1)
            return self.kmers.pooled(input_ids_BL, num_pooled_B, kmer_keep_share)
        return self.pool_residues(self.residue_features(input_ids_BL, attention_mask_BL), input_ids_BL)

    def pool_residues(self, features_BLD: Tensor, input_ids_BL: Tensor) -> Tensor:
        """A protein's features (B, D) from those of its tokens."""
        return masked_mean(features_BLD, self._pooled_tokens(input_ids_BL))

    def _pooled_tokens(self, input_ids_BL: Tensor) -> Tensor:
        return torch.ones_like(input_ids_BL) if self.config.pool_padding else is_residue(input_ids_BL)

    def text_states(self, input_ids_BT: Tensor, attention_mask_BT: Tensor) -> Tensor:
        """The text tower's token states, shape (B, T, D_text)."""
        if self.text_model is None:
            raise RuntimeError("this model was loaded without its text tower (with_text_tower=False)")
        with torch.set_grad_enabled(torch.is_grad_enabled() and not self.config.text_frozen):
            states: Tensor = self.text_model(
                input_ids=input_ids_BT, attention_mask=attention_mask_BT
            ).last_hidden_state
        return states

    def text_features(self, input_ids_BT: Tensor, attention_mask_BT: Tensor) -> Tensor:
        """Mean of the text tower's token states, shape (B, D_text)."""
        states_BTD = self.text_states(input_ids_BT, attention_mask_BT)
        pooled_BT = torch.ones_like(attention_mask_BT) if self.config.pool_padding else attention_mask_BT
        return masked_mean(states_BTD, pooled_BT)

    def project_protein(self, features: Tensor) -> Tensor:
        """Pooled or residue features (..., D) to unit rows of the shared space (..., E)."""
        return nn.functional.normalize(self.protein_projection(features), dim=-1)

    def project_text(self, features: Tensor) -> Tensor:
        """Text features (..., D_text) to unit rows of the shared space (..., E)."""
        return nn.functional.normalize(self.text_projection(features), dim=-1)

    def reconstruct(
        self,
        features_BLD: Tensor,
        masks: tuple[Tensor, Tensor],
        text: TextStates,
        compat: ReleaseCompat = PAPER,
    ) -> Tensor:
        """Logits (N, V) of the hidden residues from their features and the text, row by row (BSR).

        Parameters
        ----------
        features_BLD
            Residue features of proteins whose hidden residues are masked.
        masks
            Real residues (hidden ones among them) and hidden residues, both (B, L).
        """
        real_BL, hidden_BL = masks
        with torch.set_grad_enabled(torch.is_grad_enabled() and not compat.frozen_reconstruction):
            text_BTE = self.text_projection(text.states)
            text_mask_BT = torch.ones_like(text.mask) if compat.no_padding_masks else text.mask
            if compat.softmax_over_residues:
                places_BM = torch.ones_like(real_BL) if compat.no_padding_masks else real_BL
                wanted_BM = hidden_BL
            else:
                # Over the text, each residue's softmax is its own: those that are not hidden are not needed.
                features_BLD, wanted_BM = gather_rows(features_BLD, hidden_BL)
                places_BM = wanted_BM
            residues_BME = self.protein_projection(features_BLD)
            fused_BME = self.fusion(residues_BME, places_BM, text_BTE, text_mask_BT, compat)
        logits_NV: Tensor = self.bsr_head(fused_BME[wanted_BM])
        return logits_NV

    def property_prototypes(self, features_BKD: Tensor) -> Tensor:
        """Prototypes (B, K, E) of property texts (PDA); the text side learns nothing from them."""
        with torch.no_grad():
            texts_BKE = self.text_projection(features_BKD)
        prototypes_BKE: Tensor = self.prototypes(texts_BKE)
        return prototypes_BKE

    def forward(
        self,
        input_ids: Tensor,
        attention_mask: Tensor,
        text_input_ids: Tensor,
        text_attention_mask: Tensor,
    ) -> PairEmbeddings:
        """Embed a batch of proteins and a batch of texts."""
        return PairEmbeddings(
            protein=self.project_protein(self.protein_features(input_ids, attention_mask)),
            text=self.project_text(self.text_features(text_input_ids, text_attention_mask)),
            scale=self.scale,
        )

    def save_pretrained(self, save_directory: str | PathLike[str], **kwargs: Any) -> None:
        """Save as transformers does; a text tower from a package is left out, tables of few bits are packed."""
        state = kwargs.pop("state_dict", None) or self.state_dict()
        if self.config.text_source:
            state = {k: v for k, v in state.items() if not k.startswith("text_model.")}
        kwargs.setdefault("save_original_format", False)
        super().save_pretrained(save_directory, state_dict=state, **kwargs)
        if self.config.kmer_bits < 32:
            pack_tables(Path(save_directory), self.config.kmer_bits)

    @classmethod
    def from_pretrained(  # type: ignore[override]
        cls, path: str | PathLike[str] | None, *, with_text_tower: bool = True, **kwargs: Any
    ) -> Self:
        """Load a checkpoint folder in eval mode; path None builds one from ``config`` and ``state_dict``.

        ``with_text_tower=False`` leaves a text tower that comes from a package unloaded: enough for proteins.
        Weights stored in half precision are computed with in float32 unless ``dtype`` says otherwise.
        """
        kwargs.setdefault("dtype", torch.float32)
        config = kwargs.pop("config", None) or ProtCLIPConfig.from_pretrained(path, local_files_only=True)
        if config.kmer_bits < 32 and path is not None:
            model = super().from_pretrained(
                None, config=config, state_dict=unpack_tables(Path(path)), **kwargs
            )
        else:
            model = super().from_pretrained(path, config=config, **kwargs)
        if config.text_source == MINILM and with_text_tower:
            model.attach_text_model(load_minilm())
        return model
