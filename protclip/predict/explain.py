"""Why a sentence matches a protein: tracks over its residues, segments, and the controls they must beat."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from protclip.encode import Encoder
from protclip.errors import InputError
from protclip.predict.residue_tracks import CONTRIBUTION, TrackTexts, read_texts, tracks_of
from protclip.predict.segments import Track, Values
from protclip.records import Biotext, Protein
from protclip.sequence import clean_sequence

UNRELATED = (
    "Structural constituent of the ribosome.",
    "Transports ions across the plasma membrane.",
    "Binds DNA and regulates transcription.",
    "Mediates adhesion between cells.",
    "Catalyzes the oxidation of fatty acids.",
)
"""The sentence that serves as a control is that of these which is least like the one asked about."""
_SAME_TRACK = 0.9

ControlKind = Literal["shuffled", "other", "residues"]
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainOptions:
    """How a sentence is explained.

    Attributes
    ----------
    seed
        Draws the shuffled words, the shuffled residues and the hidden ones.
    num_random
        Shuffled proteins that each track's best segment is held against, 0 or more; each costs what the protein
        itself costs, and with the parts for BSR that is seven passes of the tower more.
    other
        The other sentence; "" takes one of `UNRELATED`.
    """

    seed: int = 17
    num_random: int = 99
    other: str = ""

    def __post_init__(self) -> None:
        if self.num_random < 0:
            raise InputError(f"{self.num_random} shuffled proteins cannot be drawn; give 0 or more")


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """What an explanation has to be told from.

    "shuffled" is the same protein explained by the words of the sentence in random order, "other" by another
    sentence, and "residues" a protein of the same residues in random order explained by the sentence: its values
    belong to places, not to the residues that stand there. ``agreement`` is the correlation, -1 to 1, of its
    contributions with those of the sentence: near 1, the track says what the protein is like and not what the
    sentence says.
    """

    kind: ControlKind
    sentence: str
    cosine: float
    agreement: float
    tracks: tuple[Track, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What a sentence says of each residue of a protein, and what the controls say of it.

    ``cosine`` is that of protein and sentence, -1 to 1. ``warnings`` are sentences for the reader. It is the model's
    view and no evidence of a function.
    """

    protein: Protein
    sentence: str
    cosine: float
    tracks: tuple[Track, ...]
    controls: tuple[Control, ...]
    warnings: tuple[str, ...]
    model: str
    fingerprint: str
    seed: int

    def track(self, name: str) -> Track:
        """The track of a name.

        Raises
        ------
        InputError
            If there is none; names those there are.
        """
        for track in self.tracks:
            if track.name == name:
                return track
        known = ", ".join(track.name for track in self.tracks)
        raise InputError(f"there is no track {name!r} for {self.model}. Tracks are {known}")


def explain(
    encoder: Encoder,
    protein: Protein | str,
    sentence: str,
    *,
    biotext: Biotext | None = None,
    options: ExplainOptions | None = None,
    progress: Progress | None = None,
) -> Explanation:
    """Explain the match of a protein and a sentence residue by residue. The same seed gives the same numbers.

    Parameters
    ----------
    encoder
        Holds the model. Contributions (`protclip.attribution`) come of any; PDA weights and BSR gain (Zhou et al.
        2025, sections on PDA and BSR) only where it has the parts that are trained for them.
    protein
        A protein, or its sequence alone.
    sentence
        Any text.
    biotext
        What is known of the protein; each of its properties gets a track of PDA weights beside the sentence's.
    options
        Seed and controls.
    progress
        Called with the shuffled proteins read so far and those in all.

    Raises
    ------
    InputError
        If the sequence is empty or has a character that is no residue, or the sentence is empty.
    """
    chosen = options or ExplainOptions()
    known = (
        protein
        if isinstance(protein, Protein)
        else Protein(accession="query", sequence=clean_sequence(protein))
    )
    known = replace(known, sequence=clean_sequence(known.sequence))
    texts = read_texts(encoder, sentence, biotext)
    row = encoder.proteins([known.sequence])[0]
    tracks = tracks_of(encoder, known.sequence, texts, chosen.seed)
    controls = [
        _control(encoder, known.sequence, kind, text, (row, tracks), chosen.seed)
        for kind, text in _control_texts(encoder, sentence, texts.vector, chosen)
    ]
    random = _Random(encoder, known.sequence, texts, chosen)
    tracks = random.p_values(tracks, progress)
    controls += random.first(sentence, tracks)
    cosine = float(row @ texts.vector)
    return Explanation(
        protein=known,
        sentence=sentence,
        cosine=cosine,
        tracks=tracks,
        controls=tuple(controls),
        warnings=tuple(_warnings(encoder, known.sequence, sentence, cosine, tuple(controls))),
        model=encoder.name,
        fingerprint=encoder.fingerprint,
        seed=chosen.seed,
    )


def shuffled_words(sentence: str, rng: np.random.Generator) -> str | None:
    """The words in another order; None where there is no other order."""
    words = sentence.split()
    if len(set(words)) < 2:
        return None
    while True:
        order = " ".join(words[i] for i in rng.permutation(len(words)))
        if order != " ".join(words):
            return order


class _Random:
    """The same residues in random order, read by the same model."""

    def __init__(self, encoder: Encoder, sequence: str, texts: TrackTexts, options: ExplainOptions) -> None:
        rng, letters = np.random.default_rng(options.seed), list(sequence)
        self._sequences = ["".join(rng.permutation(letters)) for _ in range(options.num_random)]
        self._encoder, self._texts, self._seed = encoder, texts, options.seed
        self._first: tuple[Track, ...] = ()

    def p_values(self, tracks: tuple[Track, ...], progress: Progress | None) -> tuple[Track, ...]:
        """The tracks with their p-values.

        Compared in standard deviations of each track: how steep the projection is differs from protein to protein,
        and with it the size of all contributions.
        """
        if not self._sequences:
            return tracks
        at_least, total = np.zeros(len(tracks)), len(self._sequences)
        for number, sequence in enumerate(self._sequences, start=1):
            drawn = tracks_of(self._encoder, sequence, self._texts, self._seed)
            self._first = self._first or drawn
            at_least += [one.prominence >= real.prominence for one, real in zip(drawn, tracks, strict=True)]
            if progress is not None:
                progress(number, total)
        return tuple(
            replace(track, p_value=float(p) if track.segments else None)
            for track, p in zip(tracks, (1 + at_least) / (1 + total), strict=True)
        )

    def first(self, sentence: str, tracks: tuple[Track, ...]) -> list[Control]:
        """The first of the random proteins as a control; none where none was drawn."""
        if not self._first:
            return []
        row = self._encoder.proteins(self._sequences[:1])[0]
        return [
            Control(
                kind="residues",
                sentence=sentence,
                cosine=float(row @ self._texts.vector),
                agreement=_correlation(tracks[0].values, self._first[0].values),
                tracks=self._first,
            )
        ]


def _control_texts(
    encoder: Encoder, sentence: str, vector: Values, options: ExplainOptions
) -> list[tuple[ControlKind, str]]:
    found: list[tuple[ControlKind, str]] = []
    if shuffled := shuffled_words(sentence, np.random.default_rng(options.seed)):
        found.append(("shuffled", shuffled))
    other = options.other or UNRELATED[int(np.argmin(encoder.texts(UNRELATED) @ vector))]
    return [*found, ("other", other)]


def _control(
    encoder: Encoder,
    sequence: str,
    kind: ControlKind,
    text: str,
    explained: tuple[Values, tuple[Track, ...]],
    seed: int,
) -> Control:
    row, tracks = explained
    texts = read_texts(encoder, text)
    controls = tracks_of(encoder, sequence, texts, seed)
    return Control(
        kind=kind,
        sentence=text,
        cosine=float(row @ texts.vector),
        agreement=_correlation(tracks[0].values, controls[0].values),
        tracks=controls,
    )


def _correlation(one: Values, other: Values) -> float:
    """Pearson's; 0 where one of them does not vary."""
    if not (one.std() and other.std()):
        return 0.0
    return float(np.corrcoef(one, other)[0, 1])


def _warnings(
    encoder: Encoder, sequence: str, sentence: str, cosine: float, controls: tuple[Control, ...]
) -> list[str]:
    found = []
    if not encoder.config.residue_objectives:
        found.append(
            f"{encoder.name} was trained without the parts for PDA and BSR: the only track is the {CONTRIBUTION}"
        )
    if (number := encoder.num_windows(sequence)) > 1:
        found.append(f"the protein is longer than the model reads at once and was read in {number} windows")
    num_tokens = len(encoder.processor.text_tokenizer(sentence)["input_ids"])
    if num_tokens > encoder.config.text_max_tokens:
        found.append(
            f"the sentence has {num_tokens} tokens; the model reads the first {encoder.config.text_max_tokens}"
        )
    by_kind = {control.kind: control for control in controls}
    if "shuffled" not in by_kind:
        found.append("one word cannot be shuffled: the control of shuffled words is left out")
    other = by_kind["other"]
    if other.cosine >= cosine:
        found.append(
            f"an unrelated sentence ({other.sentence!r}) is as near to the protein: there is no match to explain"
        )
    if other.agreement > _SAME_TRACK:
        found.append("an unrelated sentence gives nearly the same track: it says little about this sentence")
    return found
