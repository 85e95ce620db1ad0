"""GO's wording turned into everyday wording, so that a text model can learn that the two mean the same.

GO names follow a grammar: "X biosynthetic process", "negative regulation of X", "X kinase activity". Each pattern
of it is said here in the words that people use; what stands for X is said plainly itself, by the same patterns
and by a list of plain words for technical ones (``plain_words.tsv``). Pure, and random only by the generator given.
"""

import re
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

import numpy as np

from protclip.data.ontology_io import Term

_X = "{x}"
_PATTERNS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r"positive regulation of (?P<x>.+)", ("switches on {x}", "promotes {x}", "boosts {x}", "activates {x}")),
    (r"negative regulation of (?P<x>.+)",
     ("stops {x}", "blocks {x}", "slows down {x}", "keeps {x} in check")),
    (r"regulation of (?P<x>.+)", ("controls {x}", "regulates {x}", "adjusts {x}")),
    (r"cellular response to (?P<x>.+)|response to (?P<y>.+)",
     ("reacts to {x}", "helps the cell cope with {x}", "responds to {x}", "protects against {x}")),
    (r"detection of (?P<x>.+)|sensory perception of (?P<y>.+)", ("senses {x}", "detects {x}", "notices {x}")),
    (r"defense response to (?P<x>.+)|killing of cells? of (?P<y>.+)",
     ("fights {x}", "defends against {x}", "kills {x}")),
    (r"(?P<x>.+) (?:biosynthetic process|biosynthesis|anabolism|formation)",
     ("makes {x}", "builds {x}", "produces {x}", "synthesizes {x}", "production of {x}")),
    (r"(?P<x>.+) (?:catabolic process|catabolism|degradation|breakdown)",
     ("breaks down {x}", "degrades {x}", "digests {x}", "gets rid of {x}", "destroys {x}")),
    (r"(?P<x>.+) metabolic process", ("makes or breaks down {x}", "chemistry of {x}", "turns over {x}")),
    (r"(?P<x>.+?) (?:import|uptake)(?: .*)?",
     ("takes up {x}", "brings {x} in", "imports {x}", "lets {x} into the cell")),
    (r"(?P<x>.+?) (?:export|efflux)(?: .*)?", ("pumps {x} out", "throws {x} out of the cell", "exports {x}")),
    (r"(?P<x>.+?) (?:transmembrane transporter activity|transporter activity|transmembrane transport|"
     r"symporter activity|antiporter activity|carrier activity|transport|exchange)",
     ("carries {x}", "moves {x} across a membrane", "pumps {x}", "transports {x}", "takes {x} through the membrane")),
    (r"(?P<x>.+) channel activity",
     ("lets {x} through the membrane", "channel for {x}", "pore that passes {x}")),
    (r"(?P<x>.+) binding", ("binds {x}", "holds on to {x}", "sticks to {x}", "attaches to {x}")),
    (r"(?P<x>.+) receptor activity", ("senses {x}", "receptor for {x}", "receives the signal of {x}")),
    (r"(?P<x>.+) kinase activity|(?P<y>.+) phosphorylation",
     ("adds phosphate to {x}", "puts phosphate groups on {x}", "phosphorylates {x}")),
    (r"(?P<x>.+) phosphatase activity|(?P<y>.+) dephosphorylation",
     ("removes phosphate from {x}", "takes phosphate off {x}", "cuts phosphate off {x}")),
    (r"(?P<x>.+?)(?: \(.*\))?[- ](?:.*)methyltransferase activity|(?P<y>.+) methylation",
     ("adds methyl groups to {x}", "puts methyl groups on {x}", "methylates {x}")),
    (r"(?P<x>.+) acetyltransferase activity|(?P<y>.+) acetylation",
     ("adds acetyl groups to {x}", "attaches acetyl to {x}", "acetylates {x}")),
    (r"(?P<x>.+) deacetylase activity|(?P<y>.+) deacetylation",
     ("removes acetyl groups from {x}", "takes acetyl off {x}")),
    (r"(?P<x>.+) demethylase activity|(?P<y>.+) demethylation",
     ("removes methyl groups from {x}", "takes methyl off {x}")),
    (r"(?P<x>.+) glycosylation|(?P<y>.+) glycosyltransferase activity",
     ("adds sugars to {x}", "attaches sugar chains to {x}")),
    (r"(?P<x>.+) ubiquitination", ("attaches ubiquitin to {x}", "tags {x} for destruction")),
    (r"(?P<x>.+) dehydrogenase activity|(?P<y>.+) oxidase activity",
     ("oxidizes {x}", "takes hydrogen from {x}", "enzyme that oxidizes {x}")),
    (r"(?P<x>.+) reductase activity", ("reduces {x}", "gives electrons to {x}", "enzyme that reduces {x}")),
    (r"(?P<x>.+) (?:synthase|synthetase) activity", ("makes {x}", "enzyme that produces {x}", "builds {x}")),
    (r"(?P<x>.+)(?:--| )ligase activity", ("joins {x}", "attaches {x}", "glues {x} together")),
    (r"(?P<x>.+) (?:hydrolase|esterase) activity", ("splits {x} with water", "cuts {x}", "breaks {x} apart")),
    (r"(?P<x>.+) (?:lyase|decarboxylase|aldolase) activity", ("splits {x}", "breaks {x} without water")),
    (r"(?P<x>.+) (?:isomerase|epimerase|racemase|mutase) activity",
     ("rearranges {x}", "changes the shape of {x}")),
    (r"(?P<x>.*?)(?:endo|exo|metalloendo|carboxy|amino|di)?(?:peptidase|protease) activity|proteolysis.*",
     ("cuts proteins", "digests proteins", "chops proteins into pieces", "cleaves proteins")),
    (r"(?P<x>.*?)(?:endo|exo)?(?:deoxyribo)nuclease activity",
     ("cuts DNA", "chops DNA into pieces", "digests DNA")),
    (r"(?P<x>.*?)(?:endo|exo)?ribonuclease activity", ("cuts RNA", "digests RNA", "destroys RNA")),
    (r"(?P<x>.+) helicase activity",
     ("unwinds {x}", "opens the double strand of {x}", "separates strands of {x}")),
    (r"(?P<x>.+) polymerase activity",
     ("copies {x}", "makes new {x}", "strings nucleotides together to {x}")),
    (r"(?P<x>.+) inhibitor activity",
     ("blocks {x}", "inhibits {x}", "stops the work of {x}", "keeps {x} from working")),
    (r"(?P<x>.+) activator activity", ("switches on {x}", "turns on {x}")),
    (r"(?P<x>.+) (?:development|morphogenesis)",
     ("forms the {x}", "makes the {x} grow", "growth of the {x}", "gives the {x} its shape")),
    (r"(?P<x>.+) (?:differentiation|specification|commitment)",
     ("makes cells become {x}", "turns cells into {x}")),
    (r"(?P<x>.+) (?:assembly|biogenesis)", ("puts {x} together", "assembles {x}", "builds {x}")),
    (r"(?P<x>.+) (?:disassembly|depolymerization)", ("takes {x} apart", "breaks up {x}")),
    (r"(?P<x>.+) repair", ("mends {x}", "repairs {x}", "fixes broken {x}")),
    (r"(?P<x>.+) folding", ("helps {x} fold", "folds {x} into shape")),
    (r"(?P<x>.+) replication", ("copies {x}", "duplicates {x}", "makes more {x}")),
    (r"(?P<x>.+) splicing", ("removes introns from {x}", "cuts and joins {x}")),
    (r"(?P<x>.+) processing|(?P<y>.+) maturation", ("trims {x}", "makes {x} mature", "finishes {x}")),
    (r"(?P<x>.+) (?:localization|targeting|sorting)(?: to .*)?",
     ("brings {x} to the right place", "delivers {x}", "guides {x}")),
    (r"(?P<x>.+) secretion", ("releases {x}", "secretes {x}", "sends {x} out")),
    (r"(?P<x>.+) (?:signaling pathway|signaling|signal transduction|cascade)",
     ("passes on the signal of {x}", "carries the message of {x}", "tells the cell about {x}")),
    (r"structural constituent of (?P<x>.+)|(?P<y>.+) structural constituent",
     ("building block of {x}", "gives {x} its structure", "what {x} is made of")),
    (r"(?P<x>.+) (?:complex|subcomplex)", ("part of the {x}", "the {x} machine")),
    (r"(?P<x>.+) (?:homeostasis|maintenance)",
     ("keeps {x} in balance", "keeps {x} going", "holds {x} steady")),
    (r"(?P<x>.+) (?:migration|chemotaxis|motility)",
     ("makes {x} move", "lets {x} travel", "movement of {x}")),
    (r"(?P<x>.+) (?:proliferation|growth|division)",
     ("makes {x} multiply", "growth of {x}", "makes {x} divide")),
    (r"(?P<x>.+) (?:adhesion)", ("sticks {x} together", "makes {x} stick", "glue between {x}")),
    (r"(?P<x>.+) (?:fusion)", ("fuses {x}", "merges {x}")),
    (r"(?P<x>.+) activity", ("{x}", "enzyme or protein that works as {x}", "acts as {x}")),
    (r"(?P<x>.+) (?:process|pathway)", ("{x}", "takes part in {x}")),
)  # fmt: skip
"""What a GO name looks like, as a whole, and how people say it; the first that fits counts."""

_MAX_DEPTH = 3


@cache
def _compiled() -> tuple[tuple[re.Pattern[str], tuple[str, ...]], ...]:
    return tuple((re.compile(pattern), said) for pattern, said in _PATTERNS)


@cache
def _lexicon() -> tuple[tuple[re.Pattern[str], tuple[str, ...]], ...]:
    """Technical words with their plain ones, longest first, so that a part never hides the whole."""
    text = (files("protclip.data") / "plain_words.tsv").read_text(encoding="utf-8")
    rows = [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]
    rows.sort(key=lambda row: -len(row[0]))
    return tuple(
        (re.compile(rf"\b{re.escape(term)}(?:s|es)?\b", re.IGNORECASE), tuple(plain.split("; ")))
        for term, plain in rows
    )


def plainly(name: str, rng: np.random.Generator) -> str:
    """A GO name as a person might say it; the name itself, less its formal ending, where no pattern fits.

    Parameters
    ----------
    name
        Name or synonym of a GO term.
    rng
        Chooses among the ways to say it.
    """
    said = _by_grammar(name, rng, 0)
    return " ".join(_with_plain_words(said, rng).split())


def plain_names(term: Term, number: int) -> tuple[str, ...]:
    """At most ``number`` plain wordings of a term's name, always the same ones, the name itself left out."""
    rng = np.random.default_rng(int(term.id.removeprefix("GO:")))
    # Some tries fall together or change nothing: a name without a pattern has no other wording.
    said = (plainly(term.name, rng) for _ in range(3 * number))
    return tuple(dict.fromkeys(text for text in said if text and text != term.name))[:number]


def _by_grammar(name: str, rng: np.random.Generator, depth: int) -> str:
    for pattern, ways in _compiled():
        found = pattern.fullmatch(name)
        if found is None:
            continue
        inner = next((part for part in found.groups() if part), "")
        way = _one_of(ways, rng)
        if _X not in way:
            return way
        if not inner:
            continue
        return way.replace(_X, _by_grammar(inner, rng, depth + 1) if depth < _MAX_DEPTH else inner)
    return name


def _with_plain_words(text: str, rng: np.random.Generator) -> str:
    for pattern, plain in _lexicon():
        if pattern.search(text):
            text = pattern.sub(_one_of(plain, rng), text)
    return text


def _one_of(choices: Sequence[str], rng: np.random.Generator) -> str:
    return choices[int(rng.integers(len(choices)))]
