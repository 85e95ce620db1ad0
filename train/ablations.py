"""The ablations of the paper (Zhou et al. 2025, section 6): each one is ablation.toml with a few other values.

One base (another one for another machine) and a table of changes, not a file for each: two runs then differ in
what they are named for, and in nothing that was forgotten in a copy.
"""

import shlex
from collections.abc import Sequence

from protclip.errors import InputError

BASE = "train/runs/ablation.toml"
_D, _SAMPLED = "var/data/protanno-d-uniform", "var/data/protanno-d"


def _data(folder: str) -> tuple[str, ...]:
    return f"data.shards={folder}", f"data.splits={folder}/splits.parquet"


ABLATIONS: dict[str, tuple[str, ...]] = {
    "full": (),
    "gc-only": ("objectives.bsr=0", "objectives.pda=0", "objectives.mlm=0"),
    "no-bsr": ("objectives.bsr=0",),
    "no-pda": ("objectives.pda=0",),
    "no-mlm": ("objectives.mlm=0",),
    "data-s": (),
    "data-d": _data(_D),
    "data-d-then-s": ("model.checkpoint=var/runs/ablation-data-d/checkpoint",),
    "data-d-sampled": _data(_SAMPLED),
    **{f"theta-0.{t}": (f"objectives.pda_threshold=0.{t}",) for t in range(1, 10)},
}
"""Name and changes. data-d-then-s goes on from what data-d left; data-s is full under the name of its series."""


def overrides(name: str) -> tuple[str, ...]:
    """What `--set` has to change in the base for one ablation.

    Raises
    ------
    InputError
        For a name that is not in the table.
    """
    if name not in ABLATIONS:
        raise InputError(f"there is no ablation {name!r}: give one of {', '.join(ABLATIONS)}.")
    return f"run.name=ablation-{name}", *ABLATIONS[name]


def commands(names: Sequence[str] = (), base: str = BASE) -> list[str]:
    """The command line of each named ablation, or of all, as changes of a run file."""
    lines = []
    for name in names or ABLATIONS:
        changes = " ".join(f"--set {shlex.quote(change)}" for change in overrides(name))
        lines.append(
            f"torchrun --nproc-per-node gpu train/pretrain.py {shlex.quote(base)} --resume {changes}"
        )
    return lines
