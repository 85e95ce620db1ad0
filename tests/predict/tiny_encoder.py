"""Small random checkpoints; test modules load it with runpy, because they cannot import each other."""

import torch
from transformers import BertTokenizer

from protclip.encode import Encoder
from protclip.model.configuration import ProtCLIPConfig
from protclip.model.modeling import ProtCLIPModel
from protclip.model.processing import ProtCLIPProcessor

_SMALL = {"hidden_size": 16, "num_attention_heads": 2, "intermediate_size": 32}
_TOKENS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "kinase", "binding", "atp"]


def tiny_encoder(*, blocks: int, residue_objectives: bool = False, max_residues: int = 64) -> Encoder:
    """An encoder of a random model with so many blocks; of k-mers alone where there are none."""
    torch.manual_seed(5)
    config = ProtCLIPConfig(
        protein_config={**_SMALL, "num_hidden_layers": blocks},
        text_config={**_SMALL, "num_hidden_layers": 1, "vocab_size": len(_TOKENS)},
        kmer_sizes=() if blocks else (1, 2),
        max_residues=max_residues,
        projection_dim=8,
        projection_hidden_dim=8,
        projection_norm=True,
        residue_objectives=residue_objectives,
        num_prototypes=4,
    )
    tokenizer = BertTokenizer(vocab={token: i for i, token in enumerate(_TOKENS)})
    processor = ProtCLIPProcessor(tokenizer, 32)
    return Encoder(ProtCLIPModel(config), processor, name="tiny", fingerprint="0123456789abcdef")
