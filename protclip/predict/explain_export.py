"""Explanations as text: tracks as TSV, everything as JSON, the segments for the eye. Pure."""

import csv
import io
import json
from typing import Any

from protclip.predict.explain import Explanation
from protclip.predict.segments import Track

_NUM_SHOWN = 5


def track_table(explanation: Explanation) -> str:
    """TSV with a row for each residue: position (from 1), residue, and a column for each track.

    A control's tracks are named after its kind: "contribution.shuffled", "contribution.other".
    """
    named = [(track.name, track) for track in explanation.tracks]
    named += [(f"{t.name}.{control.kind}", t) for control in explanation.controls for t in control.tracks]
    target = io.StringIO()
    writer = csv.writer(target, delimiter="\t", lineterminator="\n")
    writer.writerow(["position", "residue", *(name for name, _ in named)])
    for place, residue in enumerate(explanation.protein.sequence):
        writer.writerow([place + 1, residue, *(f"{track.values[place]:.6g}" for _, track in named)])
    return target.getvalue()


def explanation_document(explanation: Explanation) -> dict[str, Any]:
    """Everything as JSON values: what was asked, tracks with values and segments, controls, warnings."""
    return {
        "accession": explanation.protein.accession,
        "sequence": explanation.protein.sequence,
        "sentence": explanation.sentence,
        "cosine": round(explanation.cosine, 4),
        "tracks": [_track(track) for track in explanation.tracks],
        "controls": [
            {
                "kind": control.kind,
                "sentence": control.sentence,
                "cosine": round(control.cosine, 4),
                "agreement": round(control.agreement, 4),
                "tracks": [_track(track) for track in control.tracks],
            }
            for control in explanation.controls
        ],
        "warnings": list(explanation.warnings),
        "model": explanation.model,
        "fingerprint": explanation.fingerprint,
        "seed": explanation.seed,
    }


def explanation_json(explanation: Explanation) -> str:
    """`explanation_document` as one line of JSON."""
    return json.dumps(explanation_document(explanation), ensure_ascii=False) + "\n"


def explanation_text(explanation: Explanation) -> str:
    """Cosine, the first segments of each track with their residues, and the controls."""
    lines = [f"{explanation.protein.accession}: cosine {explanation.cosine:.3f} to {explanation.sentence!r}"]
    for control in explanation.controls:
        lines.append(
            f"  control {control.kind:9} cosine {control.cosine:.3f}, contributions correlate by "
            f"{control.agreement:.2f}: {control.sentence!r}"
        )
    for track in explanation.tracks:
        chance = "" if track.p_value is None else f", p {track.p_value:.2g} against shuffled residues"
        lines.append(f"{track.name}: {len(track.segments)} segments above {track.threshold:.3g}{chance}")
        for rank, segment in enumerate(track.segments[:_NUM_SHOWN], start=1):
            residues = explanation.protein.sequence[segment.start - 1 : segment.end]
            lines.append(f"  {rank}  {segment.start}-{segment.end}  {residues}  mean {segment.mean:.3g}")
    return "\n".join(lines) + "\n"


def _track(track: Track) -> dict[str, Any]:
    return {
        "name": track.name,
        "threshold": float(f"{track.threshold:.6g}"),
        "p_value": track.p_value,
        "segments": [
            {
                "start": segment.start,
                "end": segment.end,
                "length": segment.length,
                "mean": float(f"{segment.mean:.6g}"),
                "excess": float(f"{segment.excess:.6g}"),
            }
            for segment in track.segments
        ],
        "values": [float(f"{value:.6g}") for value in track.values],
    }
