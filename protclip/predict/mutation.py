"""What a substitution does to a protein, without measurements: five scores, their combination, a label.

Every score of the wild type is 0, and a lower one is worse. Shapes: L positions, R the 20 residues in the order of
`protclip.sequence.RESIDUES`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from protclip.data.biotext import describe
from protclip.data.ontology import Ontology
from protclip.devices import Progress as EncoderProgress
from protclip.encode import Encoder
from protclip.predict.marginals import masked_marginals, why_no_marginals, wild_type_marginals
from protclip.predict.profile import Homologue, HomologueSearch, Profile, profile_of
from protclip.predict.variants import Variant, all_substitutions, apply_variant, check_variant
from protclip.records import Biotext, Protein
from protclip.sequence import RESIDUES, clean_sequence

Score = Literal["profile", "conservation", "masked", "wild_type", "text_match"]
SCORES: tuple[Score, ...] = get_args(Score)
Label = Literal["deleterious", "neutral", "beneficial"]
WEIGHTS: Mapping[Score, float] = {
    "profile": 1.0, "conservation": 2.0, "masked": 1.0, "wild_type": 0.0, "text_match": 0.0,
}  # fmt: skip
"""The combined score is the sum of the scores there are by these weights. Chosen on the assays of PABP and DLG4 alone
(docs/mutations.md), but for those of the marginals: no checkpoint with an MLM head was at hand."""
DELETERIOUS_AT, BENEFICIAL_FROM = -4.0, 0.0

Grid = npt.NDArray[np.float64]
Rows = npt.NDArray[np.float32]
Progress = Callable[[str, int, int], None]
"""Called with what is counted, how many are done and how many there are; whatever it raises ends the scan."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MutationScan:
    """Every single substitution of a wild type.

    Attributes
    ----------
    scores
        Grids (L, R) by name: 0 where the residue is the wild type's, NaN at positions without a standard residue.
        "profile" is the difference of log-odds in the homologues (nats); "conservation" is minus the position's
        relative entropy (nats); "masked" and "wild_type" are differences of the MLM head's log-probabilities
        (nats); "text_match" is the change of the cosine to ``text``. A score that cannot be had is missing.
    combined
        Sum of the scores by `WEIGHTS` (L, R).
    text, text_row
        What the protein is said to do, and its unit row (E,); "" and None where nobody says.
    homologues, effective_number
        What the profile rests on: the proteins, and the mean number of equally weighed sequences at a position.
    warnings
        A sentence for each score that is missing or rests on little.
    model, fingerprint
        The checkpoint.
    """

    sequence: str
    scores: Mapping[Score, Grid]
    combined: Grid
    profile: Profile
    text: str
    text_row: Rows | None
    homologues: tuple[Homologue, ...]
    effective_number: float
    warnings: tuple[str, ...]
    model: str
    fingerprint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VariantScore:
    """A variant's scores: sums over its substitutions, but for "text_match", which the whole mutant has."""

    variant: Variant
    scores: Mapping[Score, float]
    combined: float
    label: Label


class MutationScanner:
    """Scores substitutions with a checkpoint and the proteins it may compare with.

    Parameters
    ----------
    ontology
        Names the GO terms of which a protein's text is made; without it only prose and names are.
    """

    def __init__(self, encoder: Encoder, search: HomologueSearch, ontology: Ontology | None = None) -> None:
        self.encoder, self._search, self._ontology = encoder, search, ontology

    def scan(
        self,
        sequence: str,
        *,
        text: str = "",
        protein: Protein | None = None,
        only: Iterable[Variant] | None = None,
        progress: Progress | None = None,
    ) -> MutationScan:
        """Score every single substitution.

        Parameters
        ----------
        text
            What the protein does, in words; else it is what is known of ``protein``, else of its closest
            homologue of which anything is known.
        only
            The variants that will be scored. Their mutants alone are encoded, which is what takes the time of a
            long protein; the "text_match" of other substitutions is NaN.

        Raises
        ------
        InputError
            If the sequence is empty or has a character that is no residue.
        """
        sequence = clean_sequence(sequence)
        aligned = _stage(progress, "proteins aligned")
        aligned(0, len(self._search))
        homologues = self._search.find(sequence)
        aligned(len(self._search), len(self._search))
        profile = profile_of(sequence, homologues)
        told, text_row, warnings = self._text(text, protein, homologues)
        scores = _profile_scores(sequence, profile)
        if reason := why_no_marginals(self.encoder):
            warnings.append(reason)
        else:
            scores |= self._marginal_scores(sequence, _stage(progress, "positions hidden"))
        if text_row is not None:
            variants = all_substitutions(sequence) if only is None else only
            encoded = _stage(progress, "mutants encoded")
            scores["text_match"] = self._text_grid(sequence, variants, text_row, encoded)
        warnings += _uncovered(profile)
        return MutationScan(
            sequence=sequence,
            scores=scores,
            combined=combined(scores),
            profile=profile,
            text=told,
            text_row=text_row,
            homologues=homologues,
            effective_number=float(profile.effective_number.mean()),
            warnings=tuple(warnings),
            model=self.encoder.name,
            fingerprint=self.encoder.fingerprint,
        )

    def score(self, scan: MutationScan, variants: Sequence[Variant]) -> list[VariantScore]:
        """Score any variants of a scanned wild type, in their order.

        Raises
        ------
        InputError
            If a variant replaces a residue that the wild type does not have (`check_variant`).
        """
        for variant in variants:
            check_variant(variant, scan.sequence)
        columns: dict[Score, Grid] = {
            name: np.array([_total(grid, variant) for variant in variants])
            for name, grid in scan.scores.items()
        }
        multiple = [i for i, variant in enumerate(variants) if len(variant.substitutions) > 1]
        if multiple and scan.text_row is not None:
            mutants = [apply_variant(variants[i], scan.sequence) for i in multiple]
            columns["text_match"][multiple] = self._text_changes(scan.sequence, mutants, scan.text_row, None)
        totals = combined(columns)
        return [
            VariantScore(
                variant=variant,
                scores={name: float(column[i]) for name, column in columns.items()},
                combined=float(totals[i]),
                label=label(float(totals[i]), float(columns["profile"][i])),
            )
            for i, variant in enumerate(variants)
        ]

    def _marginal_scores(self, sequence: str, progress: EncoderProgress) -> dict[Score, Grid]:
        masked_LR = masked_marginals(self.encoder, sequence, progress=progress)
        wild_type_LR = wild_type_marginals(self.encoder, sequence)
        return {
            "masked": _above_wild_type(masked_LR, sequence),
            "wild_type": _above_wild_type(wild_type_LR, sequence),
        }

    def _text(
        self, text: str, protein: Protein | None, homologues: Sequence[Homologue]
    ) -> tuple[str, Rows | None, list[str]]:
        """The text to compare with, its row, and what is to be said about where it is from."""
        if text.strip():
            return text, self.encoder.texts([text])[0], []
        for known in [*([protein] if protein else []), *(h.protein for h in homologues)]:
            biotext = _without_name(describe(known, self._ontology))
            if biotext.properties:
                source = [] if known is protein else [f"the text is that of the homologue {known.accession}"]
                return biotext.text, self.encoder.biotexts([biotext])[0], source
        return "", None, ["nothing says what the protein does: give a text to see how its match changes"]

    def _text_grid(
        self, sequence: str, variants: Iterable[Variant], text_row: Rows, progress: EncoderProgress | None
    ) -> Grid:
        """NaN where no single substitution is given."""
        singles = [variant for variant in variants if len(variant.substitutions) == 1]
        mutants = [apply_variant(variant, sequence) for variant in singles]
        grid_LR = np.where(_is_wild(sequence), 0.0, np.nan)
        changes = self._text_changes(sequence, mutants, text_row, progress)
        for variant, change in zip(singles, changes, strict=True):
            (one,) = variant.substitutions
            grid_LR[one.position - 1, RESIDUES.index(one.mutant)] = change
        return grid_LR

    def _text_changes(
        self, sequence: str, mutants: Sequence[str], text_row: Rows, progress: EncoderProgress | None
    ) -> Grid:
        wild_type, *rows = self.encoder.proteins([sequence, *mutants], progress=progress) @ text_row
        return np.array(rows, dtype=np.float64) - float(wild_type)


def _stage(progress: Progress | None, what: str) -> EncoderProgress:
    return lambda done, total: progress(what, done, total) if progress is not None else None


def combined(scores: Mapping[Score, Grid]) -> Grid:
    """The sum of scores by `WEIGHTS`, nats where all are."""
    # A score without weight may be NaN where it was not asked for.
    total: Grid = np.sum([WEIGHTS[name] * scores[name] for name in scores if WEIGHTS[name]], axis=0)
    return total


def label(combined: float, profile: float) -> Label:
    """Deleterious where the combined score is -4 nats or less; else beneficial where the profile prefers the mutant.

    "Prefers" is a profile score above 0: homologues have the new residues oftener, for their background
    frequency, than the wild type's. All else is neutral. The limit was chosen on the assays of PABP and DLG4.
    """
    if combined <= DELETERIOUS_AT:
        return "deleterious"
    return "beneficial" if profile > BENEFICIAL_FROM else "neutral"


def label_grid(scan: MutationScan) -> npt.NDArray[np.str_]:
    """The `label` of every single substitution (L, R); "" where there is none."""
    profile_LR = scan.scores["profile"]
    labels_LR = np.where(profile_LR > BENEFICIAL_FROM, "beneficial", "neutral")
    labels_LR = np.where(scan.combined <= DELETERIOUS_AT, "deleterious", labels_LR)
    return np.where(_is_wild(scan.sequence) | np.isnan(scan.combined), "", labels_LR)


def _profile_scores(sequence: str, profile: Profile) -> dict[Score, Grid]:
    lost_LR = np.where(_is_wild(sequence), 0.0, -profile.conservation[:, None])
    return {
        "profile": _above_wild_type(profile.log_odds, sequence),
        "conservation": lost_LR + _blank(sequence),
    }


def _uncovered(profile: Profile) -> list[str]:
    num_alone, length = int(np.isclose(profile.effective_number, 1).sum()), len(profile.effective_number)
    if not num_alone:
        return []
    return [
        f"{num_alone} of {length} positions have no homologue: there the profile is what BLOSUM62 expects"
    ]


def _is_wild(sequence: str) -> npt.NDArray[np.bool_]:
    """True (L, R) at the wild type's residues."""
    return np.array(list(sequence))[:, None] == np.array(list(RESIDUES))


def _blank(sequence: str) -> Grid:
    """Zeros (L, R), NaN where the wild type has no standard residue."""
    is_wild_LR = _is_wild(sequence)
    return np.where(is_wild_LR.any(axis=1, keepdims=True), np.zeros(is_wild_LR.shape), np.nan)


def _above_wild_type(values_LR: Grid, sequence: str) -> Grid:
    """Values less that of the wild type's residue at the same position."""
    wild_L1 = (values_LR * _is_wild(sequence)).sum(axis=1, keepdims=True)
    return values_LR - wild_L1 + _blank(sequence)


def _total(grid_LR: Grid, variant: Variant) -> float:
    places = [(s.position - 1, RESIDUES.index(s.mutant)) for s in variant.substitutions]
    return float(sum(grid_LR[place] for place in places))


def _without_name(biotext: Biotext) -> Biotext:
    """A name is no function, and the names of a family differ."""
    return Biotext(properties=tuple(p for p in biotext.properties if p[0] != "PROTEIN NAME"))
