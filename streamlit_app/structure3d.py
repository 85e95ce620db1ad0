"""A structure in 3D as HTML for a frame: cartoon in the colours of a track, residues marked on request. Pure.

The frame and the page around it talk in messages: {kind: "protclip-residues", positions} marks residues of the
protein in the structure, {kind: "protclip-position", position} tells the page which one the pointer is at.
"""

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from protclip.predict.segments import Values
    from protclip.predict.structure_files import Place
    from protclip.predict.structure_tracks import ColouredStructure

LIBRARY = "/app/static/3Dmol-min.js"
"""Served by Streamlit (`enableStaticServing`); py3Dmol's own address is one of the internet."""
FOR, AGAINST, NEUTRAL = (230, 97, 1), (94, 60, 153), (205, 205, 205)
"""Ends and middle of ColorBrewer's PuOr, told apart with every kind of colour vision."""
MARKED = "#009E73"
_UNIQUE = "structure"
_WATER = ["HOH", "WAT", "DOD"]
_PLACE = re.compile(r"(-?\d+)(.*)")

WITHOUT_WEBGL = (
    "The structure cannot be drawn: WebGL, which this needs, is off or missing in this browser. Switch on hardware "
    "acceleration in its settings, or go on without the picture: tracks, sequence and tables are complete, and the "
    "button below saves the structure for a program of your own."
)
_SCRIPT = """
$3Dmolpromise.then(() => {
  const canvas = document.createElement("canvas");
  if (!(canvas.getContext("webgl2") || canvas.getContext("webgl"))) throw new Error("no WebGL");
  const viewer = viewer_%(unique)s, residues = %(residues)s;
  const key = (chain, number, code) => [chain, number, (code || "").trim()].join("|");
  const positions = new Map(residues.map(([position, ...place]) => [key(...place), position]));
  const positionOf = (atom) => positions.get(key(atom.chain, atom.resi, atom.icode)) ?? null;
  const centres = new Map();
  for (const atom of viewer.selectedAtoms({ atom: "CA" })) {
    const position = positionOf(atom);
    if (position !== null) centres.set(position, [...(centres.get(position) || []), atom]);
  }
  const tell = (message) => parent.postMessage(message, self.origin);
  const mark = (marked) => {
    viewer.removeAllShapes();
    viewer.removeAllLabels();
    for (const position of marked) {
      for (const atom of centres.get(position) || []) {
        const center = { x: atom.x, y: atom.y, z: atom.z };
        viewer.addSphere({ center, radius: marked.length > 1 ? 1.1 : 1.6, color: "%(marked)s", alpha: 0.8 });
        if (marked.length === 1) {
          viewer.addLabel(atom.resn + " " + position, { position: center, fontSize: 13, inFront: true });
        }
      }
    }
    viewer.render();
    document.body.dataset.marked = marked.join(" ");
  };
  addEventListener("message", (event) => {
    if (event.origin === self.origin && event.data.kind === "protclip-residues") mark(event.data.positions);
  });
  const point = (atom) => tell({ kind: "protclip-position", position: positionOf(atom) });
  viewer.setHoverable({}, true, point, () => tell({ kind: "protclip-position", position: null }));
  viewer.setClickable({}, true, point);
  viewer.render();
  const save = document.createElement("button");
  save.textContent = "Save the picture: PNG";
  save.style = "position: absolute; left: 8px; bottom: 6px; z-index: 9; padding: 2px 6px; font: 13px sans-serif; " +
    "color: #222; background: #fff; border: 1px solid #888; border-radius: 4px; cursor: pointer";
  save.onclick = () => {
    const drawn = new Image();
    drawn.onload = () => {
      const picture = document.createElement("canvas"), pen = picture.getContext("2d"), size = drawn.height / 24;
      [picture.width, picture.height] = [drawn.width, drawn.height + 2 * size];
      pen.fillStyle = "#fff";
      pen.fillRect(0, 0, picture.width, picture.height);
      pen.drawImage(drawn, 0, 0);
      [pen.fillStyle, pen.font] = ["#444", `${0.7 * size}px sans-serif`];
      const words = `${%(foot)s}, ${new Date().toISOString().slice(0, 10)}`;
      pen.fillText(words, size / 2, picture.height - 0.7 * size, picture.width - size);
      const link = document.createElement("a");
      [link.href, link.download] = [picture.toDataURL("image/png"), %(stem)s + ".png"];
      link.click();
    };
    drawn.src = viewer.pngURI();
  };
  document.body.append(save);
  tell({ kind: "protclip-ready" });
}).catch((error) => {
  console.error(error);
  const told = document.createElement("p");
  told.setAttribute("role", "alert");
  told.style = "margin: 0; padding: 1rem; font: 1rem sans-serif; color: #222; background: #fff";
  told.textContent = %(without)s;
  document.body.replaceChildren(told);
});
"""


def structure_html(
    found: "ColouredStructure",
    values: "Values",
    height: int,
    *,
    stem: str,
    foot: str,
) -> str:
    """The HTML of a frame that draws a structure whose B-factors are a track, and saves the picture.

    Parameters
    ----------
    found
        Of `protclip.predict.structure_tracks.coloured`. Its text comes from strangers: no tag of it survives.
    values
        float32 (L,), the track.
    height
        Of the drawing, in pixels.
    stem, foot
        The name of a saved picture without its ending, and what it says at its foot, before the date.
    """
    import py3Dmol

    view = py3Dmol.view(width="100%", height=height, js=LIBRARY)
    view.addModel(found.text.replace("<", " "), found.ending)
    view.setStyle({"cartoon": {"colorscheme": {"prop": "b", "map": colours(values)}}})
    view.addStyle({"hetflag": True}, {"stick": {"radius": 0.2}})
    view.setStyle({"resn": _WATER}, {})
    view.setBackgroundColor("white", 0)
    view.zoomTo()
    # Its own name for the view is the time: a page drawn anew would load the frame anew.
    view.startjs, view.endjs = (part.replace("UNIQUEID", _UNIQUE) for part in (view.startjs, view.endjs))
    script = _SCRIPT % {
        "unique": _UNIQUE,
        "marked": MARKED,
        "without": json.dumps(WITHOUT_WEBGL),
        "residues": _in_script(_residues(found.positions)),
        "stem": _in_script(stem),
        "foot": _in_script(foot),
    }
    return f"<style>body {{ margin: 0; }}</style>{view.write_html()}<script>{script}</script>"


def _in_script(value: object) -> str:
    """A value as JavaScript that no tag can end."""
    return json.dumps(value).replace("<", "\\u003c")


def colours(values: "Values") -> dict[str, str]:
    """The colour of each B-factor that a track makes, by its number as JavaScript writes it."""
    from protclip.predict.structure_tracks import b_factors

    scaled, neutral = b_factors(values)
    reach = 100 - neutral
    told = {f"{float(value):.2f}": (float(value) - neutral) / reach for value in (*scaled, neutral)}
    return {number.rstrip("0").rstrip("."): colour_of(share) for number, share in told.items()}


def colour_of(share: float) -> str:
    """The colour of a value: -1 is the largest against, 0 nothing, 1 the largest for."""
    end, part = (FOR if share > 0 else AGAINST), min(abs(share), 1.0)
    mixed = (round(middle + (far - middle) * part) for middle, far in zip(NEUTRAL, end, strict=True))
    return "#" + "".join(f"{channel:02X}" for channel in mixed)


def _residues(positions: Mapping["Place", int]) -> list[tuple[int, str, int, str]]:
    """Position in the protein, chain, number and insertion code of each residue that has a number."""
    found = []
    for (chain, number), position in positions.items():
        if parts := _PLACE.fullmatch(number):
            found.append((position, chain, int(parts[1]), parts[2].strip()))
    return found
