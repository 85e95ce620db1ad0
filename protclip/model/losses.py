"""The losses, pure functions of embeddings (Zhou et al. 2025, section on pre-training objectives).

Shapes: R local rows, C columns of the whole batch, E shared space, K terms, N hidden residues, V residue tokens.
The loss of PDA is in `protclip.model.alignment`.
"""

import torch.nn.functional as F
from torch import Tensor


def soft_contrast(rows_RE: Tensor, columns_CE: Tensor, positive_RC: Tensor, scale: Tensor) -> Tensor:
    """Cross-entropy of the rows' softmax over columns against a uniform target over their positives.

    With one positive a row this is InfoNCE. Rows without a positive do not count.

    Parameters
    ----------
    rows_RE, columns_CE
        Unit vectors.
    positive_RC
        True where row and column belong together (the pair itself, equal texts, shared terms).
    scale
        Factor on the cosines.
    """
    logits_RC = (scale * rows_RE @ columns_CE.T).float()
    target_RC = positive_RC.float()
    num_positive_R = target_RC.sum(1)
    log_prob_RC = F.log_softmax(logits_RC, dim=1)
    loss_R = -(target_RC * log_prob_RC).sum(1) / num_positive_R.clamp(min=1)
    has_positive_R = (num_positive_R > 0).float()
    return (loss_R * has_positive_R).sum() / has_positive_R.sum().clamp(min=1)


def global_contrast(
    local: tuple[Tensor, Tensor],
    gathered: tuple[Tensor, Tensor],
    positives: tuple[Tensor, Tensor],
    scale: Tensor,
) -> Tensor:
    """Symmetric contrast of local rows against the whole batch's columns (paper: global contrast, GC).

    ``local`` and ``gathered`` are (protein, text) unit rows. ``positives`` are two masks (R, C): which
    texts of the batch fit each local protein, and which proteins of the batch fit each local text.
    """
    protein_RE, text_RE = local
    protein_CE, text_CE = gathered
    forward = soft_contrast(protein_RE, text_CE, positives[0], scale)
    backward = soft_contrast(text_RE, protein_CE, positives[1], scale)
    return (forward + backward) / 2


def term_contrast(
    protein_RE: Tensor, term_KE: Tensor, has_term_RK: Tensor, prior_logit_K: Tensor, scale: Tensor
) -> Tensor:
    """Binary cross-entropy of every protein against every ontology term.

    The logit of a pair is scale * cosine + the logit of the term's frequency, so the cosine learns what
    the sequence says beyond the frequency. The sum over terms is averaged over proteins.
    """
    logits_RK = (scale * protein_RE @ term_KE.T).float() + prior_logit_K
    loss = F.binary_cross_entropy_with_logits(logits_RK, has_term_RK.float(), reduction="sum")
    return loss / protein_RE.shape[0]


def residue_cross_entropy(logits_NV: Tensor, residues_N: Tensor, count: Tensor | None = None) -> Tensor:
    """Cross-entropy of hidden residues, the loss of MLM and of BSR.

    Parameters
    ----------
    logits_NV, residues_N
        Predictions at the hidden residues alone, and their token ids.
    count
        What the sum is divided by, N when not given: processes with unequal N divide by their mean.
        Without any hidden residue the loss is 0.
    """
    total = F.cross_entropy(logits_NV.float(), residues_N, reduction="sum")
    # Far below any mean count of processes: it only makes 0 / 0 a 0.
    return total / (total.new_tensor(len(residues_N)) if count is None else count).clamp(min=1e-6)
