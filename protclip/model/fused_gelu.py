"""ESM's activation in one kernel."""

from torch import Tensor, nn
from transformers import EsmModel
from transformers.models.esm.modeling_esm import EsmIntermediate


class FusedIntermediate(nn.Module):
    """The widening half of a block's feed-forward part, with parameters named as in `EsmIntermediate`.

    transformers writes GELU out as five operations, each of which reads and writes the widest tensor of
    the block: on a CPU nearly half of a training step. The one kernel is the same function (the error
    function, no approximation) and differs in the last bit.
    """

    def __init__(self, intermediate: EsmIntermediate) -> None:
        super().__init__()
        self.dense = intermediate.dense

    def forward(self, hidden_states: Tensor) -> Tensor:
        """(B, L, D) to (B, L, 4 D)."""
        return nn.functional.gelu(self.dense(hidden_states))


def fuse_gelu(model: EsmModel) -> EsmModel:
    """Put `FusedIntermediate` into every block of an encoder, which is changed and returned."""
    for layer in model.encoder.layer:
        layer.intermediate = FusedIntermediate(layer.intermediate)
    return model
