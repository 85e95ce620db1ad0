"""Where the authors' released code departs from the paper, one switch each (method notes, section 3.7).

Everything is off by default: the paper's form. `ReleaseCompat.all()` computes what the release computes.
The tenth departure, a learning-rate ratio without effect, needs no switch: we have one rate too.
"""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Self

from protclip.errors import InputError

ALL = "all"
"""Stands for every switch where names are given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseCompat:
    """Switches from the paper's objectives to those of the release."""

    collapsing_segments: bool = False
    """Each draw of a static segment's length bounds the next, on through the batch: nearly all are one residue."""
    padded_quota: bool = False
    """Static segments start, and their 15% is counted, over the padded length; on padding they hide nothing."""
    frozen_reconstruction: bool = False
    """BSR trains its head alone: tower, projections and fusion run without a gradient."""
    plain_fusion: bool = False
    """A fused residue is the mixture of text tokens alone, without the residue itself and without a norm."""
    softmax_over_residues: bool = False
    """The fusion's attention is normalised over the protein's positions, not over the text's tokens."""
    no_padding_masks: bool = False
    """Specials and padding take part in fusion and alignment (padding of a text stands as zeros here)."""
    one_way_alignment: bool = False
    """PDA contrasts dynamic segments with prototypes in that direction only."""
    labels_for_absent: bool = False
    """A property that a protein lacks takes part in PDA as its bare label, such as "FUNCTION:"."""
    no_epsilon: bool = False
    """PDA divides without a safeguard, so that a protein of equal similarities gives no number."""
    unclamped_scale: bool = False
    """The contrastive scales have no greatest value."""
    pool_padding: bool = False
    """A protein's and a text's features are means over the padded length, specials and padding included."""
    text_dropout: bool = False
    """The frozen text tower keeps its dropout in training; cached texts cannot have it."""

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """The names of the switches."""
        return tuple(switch.name for switch in fields(cls))

    @classmethod
    def all(cls) -> Self:
        """The release as it is."""
        return cls.of([ALL])

    @classmethod
    def of(cls, names: Iterable[str]) -> Self:
        """The switches of these names on, or every one for "all".

        Raises
        ------
        InputError
            For a name that is no switch.
        """
        known, given = cls.names(), tuple(names)
        for name in given:
            if name not in (ALL, *known):
                near = difflib.get_close_matches(name, known, n=1, cutoff=0.0)[0]
                raise InputError(
                    f'release_compat has no switch "{name}"; the nearest is "{near}". '
                    f'Accepted are "{ALL}", {", ".join(known)}.'
                )
        return cls(**dict.fromkeys(known if ALL in given else given, True))


PAPER = ReleaseCompat()
"""The paper's form: every switch off."""
