"""Activations computed again in the backward pass: a third more arithmetic, a tenth of the memory."""

import warnings

from protclip.model.modeling import ProtCLIPModel


def recompute_activations(model: ProtCLIPModel) -> None:
    """Let the protein tower keep each layer's input alone (Chen et al. 2016, "sublinear memory cost").

    A tower without transformer layers has nothing to gain, of which a warning tells.
    """
    if model.protein_model is None:
        warnings.warn(
            "model.activation_checkpointing has no effect on a tower of k-mers alone: take it out.",
            stacklevel=2,
        )
        return
    # Not reentrant: that one needs inputs with a gradient, and DDP over several passes cannot have it.
    tower = model.protein_model
    # The method has a new name since transformers 5.20, and the old one warns of it.
    enable = getattr(tower, "activation_checkpointing_enable", None) or tower.gradient_checkpointing_enable
    enable({"use_reentrant": False})
