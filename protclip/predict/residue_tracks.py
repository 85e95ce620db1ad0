"""What a sentence says of each residue of a protein, as far as the checkpoint has the parts for it.

Shapes: L residues, P passes, T text tokens, D features, E shared space, K property texts, N hidden residues,
V residue tokens.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from protclip.attribution import residue_contributions
from protclip.data.biotext import clauses
from protclip.encode import Encoder
from protclip.model.alignment import segment_weights
from protclip.model.masking import segment_cover
from protclip.model.modeling import MASK_TOKEN, is_residue
from protclip.model.processing import collate_residues, residue_tokens
from protclip.model.residue_parts import TextStates, without_text
from protclip.predict.segments import Track, Values, standing_out
from protclip.records import Biotext
from protclip.sequence import windows

CONTRIBUTION, PDA_WEIGHT, BSR_GAIN = "contribution", "pda_weight", "bsr_gain"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackTexts:
    """A sentence as the model reads it, made once for every sequence that it is held against.

    Attributes
    ----------
    vector
        Unit row (E,) of the sentence.
    token_states
        Token states (T, D_text) of the sentence; None where the checkpoint has no parts for BSR.
    names, features
        Tracks of PDA weights, and the text features (K, D_text) that they are made from; none without parts for PDA.
    """

    vector: Values
    token_states: npt.NDArray[np.float16] | None = None
    names: tuple[str, ...] = ()
    features: Values | None = None


def read_texts(encoder: Encoder, sentence: str, biotext: Biotext | None = None) -> TrackTexts:
    """Read a sentence, and for PDA the properties of a biotext, each by the mean over its clauses."""
    vector = encoder.texts([sentence])[0]
    if not encoder.config.residue_objectives:
        return TrackTexts(vector=vector)
    properties = biotext.properties if biotext else ()
    features = [encoder.text_features([sentence])[0]]
    for label, text in properties:
        rows = encoder.text_features(clauses(Biotext(properties=((label, text),))))
        features.append(rows.mean(0))
    return TrackTexts(
        vector=vector,
        token_states=encoder.text_token_states([sentence])[0],
        names=(PDA_WEIGHT, *(f"{PDA_WEIGHT}:{label}" for label, _ in properties)),
        features=np.stack(features),
    )


def tracks_of(encoder: Encoder, sequence: str, texts: TrackTexts, seed: int) -> tuple[Track, ...]:
    """The tracks of a cleaned sequence: contributions always, PDA weights and BSR gain where the model has the parts.

    The same seed hides the same residues.
    """
    (contributions,) = residue_contributions(encoder, [sequence], texts.vector)
    tracks = [standing_out(CONTRIBUTION, contributions)]
    if texts.features is not None:
        # The model's own threshold is in the weights already: what they leave out has none.
        weights_KL = pda_weights(encoder, sequence, texts.features)
        tracks += [
            Track(name=n, values=v, threshold=0.0) for n, v in zip(texts.names, weights_KL, strict=True)
        ]
    if texts.token_states is not None:
        gain = reconstruction_gain(encoder, sequence, texts.token_states, np.random.default_rng(seed))
        tracks.append(standing_out(BSR_GAIN, gain))
    return tuple(tracks)


def pda_weights(encoder: Encoder, sequence: str, features_KD: Values) -> Values:
    """Weights (K, L) of a protein's residues in the dynamic segment of each property text, summing to 1 over L.

    As in training (`property_alignment`): min-max over the residues of a long protein's windows together.
    """
    model = encoder.model
    (rows_LD,) = encoder.residue_features([sequence])
    with torch.inference_mode():
        residues_LE = model.protein_projection(torch.from_numpy(rows_LD).to(encoder.device))
        prototypes_KE = model.property_prototypes(torch.from_numpy(features_KD).to(encoder.device)[None])[0]
        similarity_1KL = (prototypes_KE @ residues_LE.T)[None]
        real_1L = torch.ones_like(similarity_1KL[:, 0], dtype=torch.bool)
        weights_1KL = segment_weights(similarity_1KL, real_1L, encoder.config.pda_threshold)
    return weights_1KL[0].float().cpu().numpy()


def reconstruction_gain(
    encoder: Encoder, sequence: str, token_states_TD: npt.NDArray[np.float16], rng: np.random.Generator
) -> Values:
    """How much better each residue is rebuilt with a text than with none, nats (L,).

    log p(residue | context, text) - log p(residue | context): every residue is hidden exactly once, in stretches
    of 5 to 10 over several passes (`segment_cover`), and predicted by the model's BSR head. A long protein is
    rebuilt window by window; what two windows share, in the first.
    """
    tokens, done = residue_tokens(sequence), 0
    states_1TD = torch.from_numpy(token_states_TD).to(encoder.device).float()[None]
    gain = np.zeros(len(tokens), dtype=np.float32)
    for start, end in windows(len(tokens), encoder.config.max_residues, 0):
        cover = np.stack(segment_cover(end - done, rng))
        hidden_PL = np.pad(cover, ((0, 0), (done - start, 0)))  # what an earlier window did stays in sight
        gain[done:end] = _window_gain(encoder, tokens[start:end], hidden_PL, states_1TD)[done - start :]
        done = end
    return gain


def _window_gain(
    encoder: Encoder, tokens: npt.NDArray[np.uint8], hidden_PL: npt.NDArray[np.bool_], states_1TD: Tensor
) -> Values:
    """Gain (L,) of the residues that some pass hides, 0 elsewhere."""
    model, num_passes = encoder.model, len(hidden_PL)
    batch = collate_residues([tokens] * num_passes)
    ids_PL, attention_PL = batch.input_ids.to(encoder.device), batch.attention_mask.to(encoder.device)
    hidden = torch.from_numpy(np.pad(hidden_PL, ((0, 0), (1, 1)))).to(encoder.device)  # <cls> and <eos>
    states_PTD = states_1TD.expand(num_passes, -1, -1)
    text = TextStates(
        states=states_PTD, mask=torch.ones(states_PTD.shape[:2], dtype=torch.bool, device=encoder.device)
    )
    with torch.inference_mode():
        features_PLD = model.residue_features(ids_PL.masked_fill(hidden, MASK_TOKEN), attention_PL)
        targets_N = ids_PL[hidden][:, None]
        with_N, without_N = (
            model.reconstruct(features_PLD, (is_residue(ids_PL), hidden), each)
            .log_softmax(-1)
            .gather(1, targets_N)
            for each in (text, without_text(text))
        )
    gain = np.zeros(len(tokens), dtype=np.float32)
    gain[np.nonzero(hidden_PL)[1]] = (with_N - without_N)[:, 0].float().cpu().numpy()
    return gain
