"""The script of the sequence viewer."""

SCRIPT = """
export default function (component) {
  const { data, parentElement } = component;
  const told = parentElement.querySelector(".told");
  const lines = parentElement.querySelector(".lines");
  const length = data.sequence.length;
  const state = (lines.protclip = lines.protclip || { cursor: null, pinned: null });
  let cells = [];
  let perLine = 0;
  let width = 10;

  const channels = getComputedStyle(lines).color.match(/\\d+/g).slice(0, 3).map(Number);
  const onDark = channels[0] + channels[1] + channels[2] > 384;  // the text is light
  const colour = (share) => {
    const end = share > 0 ? "230, 97, 1" : "94, 60, 153";
    return Math.abs(share) < 0.01 ? "" : `rgba(${end}, ${Math.min(Math.abs(share), 1)})`;
  };
  const inside = (ranges, position) => ranges.some(([start, end]) => start <= position && position <= end);

  const cell = (index) => {
    const made = document.createElement("span");
    made.className = "r" + ((index + 1) % 10 ? "" : " b");
    if (inside(data.segments, index + 1)) made.classList.add("s");
    if (data.mark && inside([data.mark], index + 1)) made.classList.add("m");
    made.textContent = data.sequence[index];
    const share = data.shares[index] || 0;
    made.style.background = colour(share);
    if (share > 0.85 && onDark) made.style.color = "#000";
    if (share < -0.55 && !onDark) made.style.color = "#fff";
    made.dataset.index = index;
    return made;
  };

  const fitting = (width) => {  // residues that fit into a line, in tens
    const blocks = (lines.clientWidth - 22 - (String(length).length + 1) * width) / (10.7 * width);
    return 10 * Math.max(1, Math.min(Math.floor(blocks), 12));
  };
  const residueWidth = () => {
    const probe = document.createElement("span");
    probe.className = "r";
    lines.replaceChildren(probe);
    return probe.getBoundingClientRect().width || 10;
  };

  const draw = () => {
    width = residueWidth();
    perLine = fitting(width);
    cells = Array.from({ length }, (_, index) => cell(index));
    const digits = String(length).length;
    const rows = [];
    for (let start = 0; start < length; start += perLine) {
      const row = document.createElement("div");
      const number = document.createElement("span");
      row.className = "line";
      number.className = "n";
      number.style.width = digits + "ch";
      number.textContent = start + 1;
      row.append(number, ...cells.slice(start, start + perLine));
      rows.push(row);
    }
    lines.replaceChildren(...rows);
    lines.setAttribute("aria-label",
      `Sequence of ${length} residues. Left and right arrow go from residue to residue.`);
    show(state.cursor ?? state.pinned, false);
  };

  const range = ([start, end]) => Array.from({ length: end - start + 1 }, (_, i) => start + i);
  const marked = () => (data.mark ? range(data.mark) : []);
  const tell = (positions) => {
    for (const frame of document.querySelectorAll("iframe")) {
      frame.contentWindow?.postMessage({ kind: "protclip-residues", positions }, self.origin);
    }
  };

  const words = (index) => {
    const head = document.createElement("b");
    head.textContent = data.sequence[index] + (index + 1);
    const parts = data.tracks.map((track) => `${track.label} ${track.values[index]}`);
    told.replaceChildren(head, parts.length ? " · " + parts.join(" · ") : "");
  };

  const show = (index, tellOthers = true) => {
    cells[state.shown]?.classList.remove("c");
    if (index !== null && index >= length) index = state.pinned = null;
    state.shown = index;
    if (index === null) {
      told.textContent = "Point at a residue, or choose one with the arrow keys.";
      if (tellOthers) tell(marked());
      return;
    }
    cells[index]?.classList.add("c");
    words(index);
    if (tellOthers) tell([index + 1]);
  };

  const reveal = (index) => {  // within the viewer: the page stays where it is
    const box = lines.getBoundingClientRect();
    const place = cells[index]?.getBoundingClientRect();
    if (!place) return;
    if (place.top < box.top) lines.scrollTop -= box.top - place.top + 4;
    if (place.bottom > box.bottom) lines.scrollTop += place.bottom - box.bottom + 4;
  };

  const at = (event) => {
    const found = event.target.closest?.(".r");
    return found ? Number(found.dataset.index) : null;
  };
  lines.onpointerover = (event) => {
    const index = at(event);
    if (index !== null) show(index);
  };
  lines.onpointerleave = () => show(state.pinned);
  lines.onclick = (event) => {
    const index = at(event);
    state.pinned = index === state.pinned ? null : index;
    show(state.pinned);
  };
  const steps = { ArrowLeft: -1, ArrowRight: 1 };
  lines.onkeydown = (event) => {
    if (event.key === "Escape") {
      state.pinned = null;
      show(null);
    }
    const step = steps[event.key] ?? { ArrowUp: -perLine, ArrowDown: perLine }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const from = state.pinned ?? -1;
    state.pinned = Math.max(0, Math.min(length - 1, from + (from < 0 ? 1 : step)));
    show(state.pinned);
    reveal(state.pinned);
  };

  const hear = (event) => {
    if (event.origin !== self.origin || !event.data) return;
    if (event.data.kind === "protclip-ready") {
      tell(state.pinned === null ? marked() : [state.pinned + 1]);
    } else if (event.data.kind === "protclip-position") {
      const index = event.data.position === null ? state.pinned : event.data.position - 1;
      show(index);
      if (index !== null) reveal(index);
    }
  };
  addEventListener("message", hear);

  const key = parentElement.querySelector(".key");
  key.style.display = data.shares.length ? "" : "none";
  key.querySelector(".low").textContent = data.has_negative ? "against" : "nothing";
  key.querySelector(".high").textContent = "for the sentence (underlined: segments)";
  key.querySelector(".bar").style.background = "linear-gradient(to right, " +
    (data.has_negative ? "rgb(94, 60, 153), transparent, rgb(230, 97, 1)" : "transparent, rgb(230, 97, 1)") + ")";

  draw();
  if (data.mark && !inside([data.mark], (state.pinned ?? -1) + 1)) {
    state.pinned = null;
    show(null);
    reveal(data.mark[0] - 1);
  }
  const watcher = new ResizeObserver(() => {
    if (lines.clientWidth && fitting(width) !== perLine) draw();
  });
  watcher.observe(lines);
  return () => {
    watcher.disconnect();
    removeEventListener("message", hear);
  };
}
"""
