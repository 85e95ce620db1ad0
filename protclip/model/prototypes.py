"""The bank of prototypes that property texts are expressed in (PDA, Zhou et al. 2025).

Shapes: B proteins, K properties, M prototypes, E shared space.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class PrototypeBank(nn.Module):
    """A property text as a soft choice among learnable vectors.

    p_k = sum_m g_km M_m with g_k = GumbelSoftmax(z_k M^T, temperature); in eval mode without the Gumbel
    noise, so that the same text always gives the same prototype.
    """

    def __init__(self, num_prototypes: int, width: int, temperature: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(num_prototypes, width))
        self.temperature = temperature
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Standard normal vectors."""
        nn.init.normal_(self.weight)

    def forward(self, texts_BKE: Tensor) -> Tensor:
        """Prototypes (B, K, E) of projected property texts."""
        logits_BKM = (texts_BKE @ self.weight.T).float()
        if self.training:
            chosen_BKM = F.gumbel_softmax(logits_BKM, tau=self.temperature)
        else:
            chosen_BKM = (logits_BKM / self.temperature).softmax(-1)
        return chosen_BKM.to(texts_BKE.dtype) @ self.weight
