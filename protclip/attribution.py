"""Which residues of a protein speak for a query: gradient times input on the residue features."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch

from protclip.encode import Encoder
from protclip.errors import InputError

Contributions = npt.NDArray[np.float32]


def residue_contributions(
    encoder: Encoder, sequences: Sequence[str], query_vector: npt.ArrayLike
) -> list[Contributions]:
    """How much each residue moves the cosine between its protein and a query, to first order.

    A protein's embedding is P(f) with f the mean of its L residue features x_i and P the projection to the
    unit sphere. The contribution of residue i is g . x_i / L with g the gradient of the cosine at f: about what
    the cosine would lose if x_i were zero and everything else stayed. Contributions add up to g . f exactly.
    Where the projection begins with a LayerNorm, which scale does not change, that sum is zero but for the
    norm's epsilon: residues are then for or against the query relative to the rest of their protein.

    In a tower of k-mers alone the features are sums too, and a residue's contribution is the sum over the
    k-mers that cover it of 1/k of theirs, g . row / L, exactly. With transformer blocks a feature has looked
    at the whole sequence; the gradient stops at the features, so a contribution belongs to the place where
    the model keeps what it read, not to the residues it read it from.

    It is the model's view and no evidence of a function: what an untrained model or a shuffled text would
    give has to be compared before a region is believed.

    Parameters
    ----------
    encoder
        Holds the model.
    sequences
        Protein sequences, n of them.
    query_vector
        A unit vector (E,) of the shared space, of a text or of another protein.

    Returns
    -------
    list of numpy.ndarray
        n arrays, float32 (L,), in units of the cosine.

    Raises
    ------
    InputError
        If a sequence is empty or has a character that is no residue, or the vector has another size.
    """
    query_E = torch.as_tensor(np.array(query_vector, dtype=np.float32))
    if query_E.shape != (encoder.dimension,):
        raise InputError(
            f"a query vector of shape {tuple(query_E.shape)} was given; this model takes ({encoder.dimension},)"
        )
    if not sequences:
        return []
    features = encoder.residue_features(sequences)
    means_BD = torch.from_numpy(np.stack([rows.mean(0) for rows in features])).to(encoder.device)
    with torch.enable_grad():
        means_BD.requires_grad_()
        cosines_B = encoder.model.project_protein(means_BD) @ query_E.to(encoder.device)
        (gradient_BD,) = torch.autograd.grad(cosines_B.sum(), means_BD)
    gradients = gradient_BD.cpu().numpy()
    return [rows @ gradient / len(rows) for rows, gradient in zip(features, gradients, strict=True)]
