"""An explanation arranged for reading: tables, lanes and words. Pure."""

import csv
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from streamlit_app.downloads import Cell, Origin, Table
from streamlit_app.explain_charts import Lane
from streamlit_app.measured import results_folder
from streamlit_app.sequence_view import ShownTrack, Span

if TYPE_CHECKING:
    from protclip.predict.explain import Explanation
    from protclip.predict.segments import Track

CONTROLS: Mapping[str, str] = {
    "shuffled": "the same words in random order",
    "other": "another sentence",
    "residues": "the same residues in random order",
}
_TRACKS = {
    "contribution": "contribution",
    "pda_weight": "dynamic segment (PDA)",
    "bsr_gain": "gain in reconstruction (BSR)",
}
_MEANINGS = {
    "contribution": "**Contribution**: what the residue adds to the cosine of protein and sentence, to first order "
    "(gradient times input). Below zero, it draws the protein away from the sentence.",
    "pda_weight": "**Dynamic segment**: the weight, 0 to 1, of the residue in the segment that the model "
    "gathers for the sentence, or for a known property of the protein, as in training (property-grouped dynamic "
    "alignment).",
    "bsr_gain": "**Gain in reconstruction**: by how many nats the hidden residue is rebuilt better with the "
    "sentence than without (biotext-guided static segment reconstruction).",
}


def track_name(name: str) -> str:
    """What the page calls a track: "dynamic segment (PDA): FUNCTION"."""
    kind, _, about = name.partition(":")
    return _TRACKS.get(kind, kind) + (f": {about}" if about else "")


def track_meaning(name: str) -> str:
    """What the values of a track are, in a sentence of Markdown."""
    return _MEANINGS.get(name.partition(":")[0], "")


def lanes_of(explanation: "Explanation", name: str) -> list[Lane]:
    """A track and the same of each control that has it."""
    track, sequence = explanation.track(name), explanation.protein.sequence
    lanes = [Lane(label=f"{track_name(name)} for the sentence", values=track.values, residues=sequence)]
    for control in explanation.controls:
        values = [t.values for t in control.tracks if t.name == name]
        letters = sequence if control.kind != "residues" else " " * len(sequence)
        lanes += [Lane(label=CONTROLS[control.kind], values=v, residues=letters) for v in values]
    return lanes


def viewed_tracks(explanation: "Explanation", name: str) -> list[ShownTrack]:
    """What the viewer tells of each residue: a track, the others, and the controls that belong to residues."""
    chosen = explanation.track(name)
    tracks = [chosen, *(t for t in explanation.tracks if t.name != name)]
    shown = [ShownTrack(label=track_name(t.name), values=t.values) for t in tracks]
    for control in explanation.controls:
        if control.kind != "residues":
            shown += [
                ShownTrack(label=CONTROLS[control.kind], values=t.values)
                for t in control.tracks
                if t.name == name
            ]
    return shown


def spans_of(track: "Track") -> list[Span]:
    """The segments of a track, the first rank first."""
    return [Span(start=segment.start, end=segment.end) for segment in track.segments]


def residue_table(explanation: "Explanation") -> Table:
    """A line for each residue, with the columns and numbers of `protclip explain --format tsv`."""
    named = [(track.name, track.values) for track in explanation.tracks]
    named += [(f"{t.name}.{c.kind}", t.values) for c in explanation.controls for t in c.tracks]
    lines: list[dict[str, Cell]] = [
        {
            "position": place + 1,
            "residue": residue,
            **{name: float(f"{values[place]:.6g}") for name, values in named},
        }
        for place, residue in enumerate(explanation.protein.sequence)
    ]
    return Table(names=("position", "residue", *(name for name, _ in named)), lines=tuple(lines))


def segment_table(explanation: "Explanation", name: str) -> Table:
    """The segments of a track, the most prominent first."""
    sequence = explanation.protein.sequence
    lines: list[dict[str, Cell]] = [
        {
            "track": name,
            "rank": rank,
            "start": segment.start,
            "end": segment.end,
            "length": segment.length,
            "residues": sequence[segment.start - 1 : segment.end],
            "mean": float(f"{segment.mean:.6g}"),
            "excess": float(f"{segment.excess:.6g}"),
        }
        for rank, segment in enumerate(explanation.track(name).segments, start=1)
    ]
    names = ("track", "rank", "start", "end", "length", "residues", "mean", "excess")
    return Table(names=names, lines=tuple(lines))


def control_rows(explanation: "Explanation") -> list[dict[str, str | float | None]]:
    """The sentence and its controls, as rows to read."""
    asked = ("the sentence", explanation.sentence, explanation.cosine, None)
    controls = ((CONTROLS[c.kind], c.sentence, c.cosine, c.agreement) for c in explanation.controls)
    names = ("explained", "sentence", "cosine", "like the sentence's track")
    return [dict(zip(names, cells, strict=True)) for cells in (asked, *controls)]


def segment_words(track: "Track", num_random: int) -> str:
    """How many segments there are, and whether shuffled residues make one as prominent."""
    num = len(track.segments)
    if not num:
        return "No segment: no three residues near each other stand out."
    told = f"{num} segment{'s' if num > 1 else ''} above {track.threshold:.3g}, the most prominent first. "
    if track.p_value is None:
        return told + "They were not held against shuffled residues."
    as_good = round(track.p_value * (1 + num_random)) - 1
    return told + (
        f"Of {num_random} proteins of the same residues in random order, {as_good} have a best segment that stands "
        f"out as much (p = {track.p_value:.2g})."
    )


def full_json(explanation: "Explanation", origin: Origin) -> bytes:
    """Everything as JSON: what `protclip explain --format json` prints, and where it comes from."""
    from protclip.predict.explain_export import explanation_document

    content = {**explanation_document(explanation), "index": origin.index, "date": origin.date}
    return json.dumps(content, ensure_ascii=False, indent=2).encode()


def measured_rows(fingerprint: str) -> list[dict[str, str]]:
    """What was measured of a model's explanations; nothing where the file is not there or knows other models only."""
    folder = results_folder()
    path = None if folder is None else folder / "explanation.csv"
    if path is None or not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as lines:
        return [row for row in csv.DictReader(lines) if row["fingerprint"] == fingerprint]


def quality_words(rows: Sequence[Mapping[str, str]]) -> str:
    """What the measurements say of segments, in sentences of Markdown; without them, the judgement alone."""
    judgement = "A segment is a place to look at, not a finding (docs/explanations.md)."
    found = {(row["benchmark"], row["metric"]): row for row in rows}
    told = []
    for name, words in (
        ("GO functions", "names of the protein's GO functions"),
        ("prose", "a description of its function in prose"),
    ):
        picked = [
            found.get((f"functional residues/{name}", f"auprc/signed/{kind}"))
            for kind in ("right", "other", "random")
        ]
        if all(picked):
            right, other, random = (float(row["value"]) for row in picked if row)
            number = picked[0]["n"] if picked[0] else ""
            told.append(
                f"With {words} as the sentence ({number} proteins) it is {right:.2f}; with those of another protein "
                f"{other:.2f}; by chance {random:.2f}."
            )
    if not told:
        return f"Contributions barely find the residues known to be functional. {judgement}"
    model = rows[0]["model"]
    return (
        f"Do the contributions of {model} find annotated active sites, binding sites and motifs? Barely. Measured by "
        f"average precision over the residues of a protein (1 is perfect): {' '.join(told)} {judgement}"
    )
