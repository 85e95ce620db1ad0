"""What the MLM head of a checkpoint thinks of each residue at each position (Meier et al. 2021).

Shapes: L positions, R the 20 residues in the order of `protclip.sequence.RESIDUES`, B windows of a batch, W their
tokens.
"""

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from protclip.devices import Progress
from protclip.encode import Encoder
from protclip.model.configuration import ESM_TOKENS
from protclip.model.modeling import MASK_TOKEN
from protclip.model.processing import collate_residues, residue_tokens
from protclip.sequence import RESIDUES, clean_sequence, windows

_COLUMNS = [ESM_TOKENS.index(letter) for letter in RESIDUES]

Grid = npt.NDArray[np.float64]


def why_no_marginals(encoder: Encoder) -> str:
    """Why a checkpoint cannot give marginals, as a sentence; "" where it can."""
    lacks = ["transformer blocks"] if encoder.model.protein_model is None else []
    lacks += [] if encoder.config.residue_objectives else ["MLM head"]
    return f"{encoder.name} has no {' and no '.join(lacks)}: there are no marginals" if lacks else ""


def masked_marginals(encoder: Encoder, sequence: str, *, progress: Progress | None = None) -> Grid:
    """Log-probabilities (L, R) of residues at each position with that position hidden: L passes.

    A sequence longer than the model takes is read in windows, each position in the one it lies deepest in.

    Raises
    ------
    InputError
        If the sequence is empty or has a character that is no residue.
    ValueError
        If the checkpoint has no MLM head or no blocks (`why_no_marginals`).
    """
    tokens = residue_tokens(clean_sequence(sequence))
    log_probabilities_LR = np.zeros((len(tokens), len(RESIDUES)))
    for start, end, places in _windows_of_places(len(tokens), encoder.config.max_residues):
        rows = max(encoder.max_tokens // (end - start + 2), 1)
        for first in range(0, len(places), rows):
            batch = places[first : first + rows]
            hidden_BW = _ids(encoder, tokens[start:end]).repeat(len(batch), 1)
            at_B = torch.from_numpy(batch - start + 1)  # after <cls>
            hidden_BW[torch.arange(len(batch)), at_B] = MASK_TOKEN
            found_BWR = _log_probabilities(encoder, hidden_BW)
            log_probabilities_LR[batch] = found_BWR[np.arange(len(batch)), at_B.numpy()]
            if progress is not None:
                progress(int(batch[-1]) + 1, len(tokens))
    return log_probabilities_LR


def wild_type_marginals(encoder: Encoder, sequence: str) -> Grid:
    """Log-probabilities (L, R) of residues at each position with nothing hidden: one pass.

    Raises
    ------
    InputError, ValueError
        As `masked_marginals`.
    """
    tokens = residue_tokens(clean_sequence(sequence))
    log_probabilities_LR = np.zeros((len(tokens), len(RESIDUES)))
    for start, end, places in _windows_of_places(len(tokens), encoder.config.max_residues):
        (found_WR,) = _log_probabilities(encoder, _ids(encoder, tokens[start:end]))
        log_probabilities_LR[places] = found_WR[places - start + 1]
    return log_probabilities_LR


def _windows_of_places(length: int, size: int) -> list[tuple[int, int, npt.NDArray[np.int64]]]:
    """Windows (start, end) that half overlap, each with the places that lie deeper in it than in any other."""
    spans = windows(length, size, size // 2)
    places_L = np.arange(length)
    depth = np.stack([np.minimum(places_L - start, end - 1 - places_L) for start, end in spans])
    owner_L = depth.argmax(axis=0)
    return [(start, end, np.flatnonzero(owner_L == k)) for k, (start, end) in enumerate(spans)]


def _ids(encoder: Encoder, tokens: npt.NDArray[np.uint8]) -> Tensor:
    return collate_residues([tokens]).input_ids.to(encoder.device)


def _log_probabilities(encoder: Encoder, ids_BW: Tensor) -> Grid:
    """Over the 20 residues alone, (B, W, R), in full precision: differences of logs want every digit."""
    if why_no_marginals(encoder):
        raise ValueError(why_no_marginals(encoder))
    with torch.inference_mode():
        features_BWD = encoder.model.residue_features(ids_BW, torch.ones_like(ids_BW))
        logits_BWR = encoder.model.mlm_head(features_BWD)[..., _COLUMNS]
        found: Grid = logits_BWR.double().log_softmax(dim=-1).cpu().numpy()
    return found
