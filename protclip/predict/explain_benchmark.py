"""Do residue tracks find functional residues? Measured on the features of UniProt flat files.

``python -m protclip.predict.explain_benchmark --data FOLDER --output results/explanation.csv``
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import click
import numpy as np
import numpy.typing as npt

from protclip.benchmarks.held_out import bootstrap
from protclip.benchmarks.results import Measurement, append_rows
from protclip.benchmarks.retrieval import average_precisions
from protclip.data.biotext import PROTEIN_BINDING
from protclip.data.ontology import Ontology
from protclip.data.uniprot_dat import read_uniprot_dat
from protclip.encode import Encoder
from protclip.predict.explain import shuffled_words
from protclip.predict.residue_tracks import CONTRIBUTION, read_texts, tracks_of
from protclip.records import Protein
from protclip.starter import ontology_path
from protclip.textio import open_text

FUNCTIONAL = ("ACT_SITE", "BINDING", "DNA_BIND", "METAL", "MOTIF", "NP_BIND", "SITE", "ZN_FING")
"""Features whose residues count as functional; METAL and NP_BIND are BINDING in releases before 2022."""
SIZE, SIGNED = "size", "signed"

# FT   ACT_SITE    102    102  (before 2019_11) or  FT   BINDING         12..20
_FEATURE = re.compile(r"FT   (\w+) +(\d+)(?:\.\.| +)?(\d+)?(?:\s|$)")
Bools = npt.NDArray[np.bool_]
Values = npt.NDArray[np.float32]


def functional_places(path: Path) -> dict[str, list[tuple[int, int]]]:
    """Ranges of functional residues, from 1 and inclusive, by the first accession of each entry.

    Features with an unsure end ("<1", "?") are left out.
    """
    found: dict[str, list[tuple[int, int]]] = {}
    accession = ""
    with open_text(path) as lines:
        for line in lines:
            if line.startswith("//"):
                accession = ""
            elif line.startswith("AC   ") and not accession:
                accession = line[5:].split(";")[0].strip()
            elif (match := _FEATURE.match(line)) and match[1] in FUNCTIONAL:
                found.setdefault(accession, []).append((int(match[2]), int(match[3] or match[2])))
    return found


def measure(
    encoder: Encoder, entries: Sequence[tuple[Protein, Bools]], sentences: Sequence[str], seed: int
) -> list[Measurement]:
    """AUROC and AUPRC of residue tracks for functional residues, mean over proteins.

    "size" is of the absolute value of contributions, "signed" of what speaks for the sentence; of a checkpoint that
    has the parts, "pda_weight" and "bsr_gain" besides. "right" is each protein's own sentence, "shuffled" its words
    in random order, "other" the sentence of the next protein, "random" a number drawn for each residue. "right-KIND"
    is the mean difference within proteins.
    """
    rng = np.random.default_rng(seed)
    shuffled = [shuffled_words(sentence, rng) or sentence for sentence in sentences]
    by_kind = {"right": sentences, "shuffled": shuffled, "other": [*sentences[1:], sentences[0]]}
    told = {kind: _forms(encoder, entries, texts, seed) for kind, texts in by_kind.items()}
    drawn = [rng.standard_normal(len(protein.sequence), np.float32) for protein, _ in entries]
    found = []
    for form in told["right"]:
        tracks = {kind: forms[form] for kind, forms in told.items()}
        tracks["random"] = [np.abs(each) for each in drawn] if form == SIZE else drawn
        for metric, of_one in (("auroc", auroc), ("auprc", auprc)):
            values = {
                kind: np.array([of_one(each, true) for each, (_, true) in zip(of, entries, strict=True)])
                for kind, of in tracks.items()
            }
            found += [bootstrap(f"{metric}/{form}/{kind}", each, seed) for kind, each in values.items()]
            found += [
                bootstrap(f"{metric}/{form}/right-{kind}", values["right"] - values[kind], seed)
                for kind in ("shuffled", "other", "random")
            ]
    return found


def _forms(
    encoder: Encoder, entries: Sequence[tuple[Protein, Bools]], texts: Sequence[str], seed: int
) -> dict[str, list[Values]]:
    """The tracks of each protein by its text, by form."""
    found: dict[str, list[Values]] = {}
    for (protein, _), text in zip(entries, texts, strict=True):
        for track in tracks_of(encoder, protein.sequence, read_texts(encoder, text), seed):
            forms = {track.name: track.values}
            if track.name == CONTRIBUTION:
                forms = {SIZE: np.abs(track.values), SIGNED: track.values}
            for form, values in forms.items():
                found.setdefault(form, []).append(values)
    return found


def auprc(values: Values, is_true: Bools) -> float:
    """Average precision of the residues in the order of their values."""
    return float(average_precisions(values[None], is_true[None])[0])


def auroc(values: Values, is_true: Bools) -> float:
    """How often a true residue has more than another one; equal values count half."""
    true, other = values[is_true], np.sort(values[~is_true])
    below, not_above = np.searchsorted(other, true, "left"), np.searchsorted(other, true, "right")
    return float((below + not_above).mean() / 2 / len(other))


def _usable(folder: Path) -> Iterator[tuple[Protein, Bools]]:
    """Proteins with a function text and functional residues, once each."""
    seen: set[str] = set()
    for path in sorted(folder.glob("*.dat*")):
        ranges = functional_places(path)
        for protein in read_uniprot_dat(
            path, on_error="skip", report=lambda error: click.echo(error, err=True)
        ):
            if protein.sequence in seen or not protein.of_kind("function") or protein.accession not in ranges:
                continue
            seen.add(protein.sequence)
            is_functional = np.zeros(len(protein.sequence), dtype=np.bool_)
            for start, end in ranges[protein.accession]:
                is_functional[start - 1 : end] = True
            if is_functional.any() and not is_functional.all():
                yield protein, is_functional


@click.command()
@click.option(
    "--data",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    required=True,
    help="Folder of .dat.",
)
@click.option("--output", type=click.Path(path_type=Path), help="CSV file to append the rows to.")
@click.option(
    "--model", type=click.Path(path_type=Path), help="Checkpoint folder [default: the shipped one]."
)
@click.option("--seed", default=17, show_default=True, help="Draws controls and bootstrap.")
def main(data: Path, output: Path | None, model: Path | None, seed: int) -> None:
    """Measure whether residue tracks find functional residues, for the function text and for the GO functions."""
    encoder, ontology = Encoder.from_pretrained(model), Ontology.read_parquet(ontology_path())
    entries = list(_usable(data))
    prose = [" ".join(a.text for a in protein.of_kind("function")) for protein, _ in entries]
    terms = ["; ".join(_functions(protein, ontology)) for protein, _ in entries]
    for name, sentences in (("prose", prose), ("GO functions", terms)):
        kept = [place for place, sentence in enumerate(sentences) if sentence]
        chosen = [entries[place] for place in kept]
        measured = measure(encoder, chosen, [sentences[place] for place in kept], seed)
        for m in measured:
            click.echo(f"{name}\t{m.line()}")
        share = np.mean([true.mean() for _, true in chosen])
        facts = {
            "benchmark": f"functional residues/{name}",
            "model": encoder.name,
            "fingerprint": encoder.fingerprint,
            "data": f"{len(chosen)} entries of UniProt flat files, {share:.2%} of residues functional",
            "seed": str(seed),
        }
        if output is not None:
            given = f" --model {model}" if model else ""
            command = f"python -m protclip.predict.explain_benchmark --data FOLDER{given} --seed {seed}"
            append_rows(output, [facts | dict(m.row()) for m in measured], command=command)


def _functions(protein: Protein, ontology: Ontology) -> list[str]:
    """Names of its GO functions but "protein binding", which says nothing of a place."""
    known = [ontology.term(a.id) for a in protein.of_kind("go") if a.id in ontology]
    return [term.name for term in known if term.aspect == "MF" and term.id != PROTEIN_BINDING]


if __name__ == "__main__":
    main()
