"""`protclip explain` and `protclip translate`."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from protclip.data.atlas import Atlas
    from protclip.encode import Encoder
    from protclip.predict.explain import Explanation
    from protclip.predict.translate import Description, Translation
    from protclip.records import Protein

_CHUNK = 64
_file = click.Path(path_type=Path, dir_okay=False)
_model = click.option(
    "--model", type=click.Path(path_type=Path), help="Checkpoint folder [default: the shipped one]."
)
_Row = dict[str, Any]


@click.command()
@click.argument("target", metavar="ACCESSION|SEQ|FASTA")
@click.option("--text", required=True, help="The sentence to explain.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "tsv", "json"]),
    default="text",
    show_default=True,
    help="Segments for the eye, a row for each residue, or everything.",
)
@click.option("--other", default="", help="The control sentence [default: one that is unlike the text].")
@click.option(
    "--random",
    "num_random",
    type=click.IntRange(0),
    default=99,
    show_default=True,
    help="Shuffled proteins to compare with.",
)
@click.option("--seed", default=17, show_default=True, help="Draws the controls.")
@click.option("--pdb", type=_file, help="A structure of the protein (PDB or mmCIF) to write a track into.")
@click.option("--output", type=_file, help="Where that structure goes.")
@click.option("--track", default="contribution", show_default=True, help="Which track becomes its B-factors.")
@_model
def explain(target: str, text: str, form: str, model: Path | None, **options: Any) -> None:
    """Say which residues of a protein a sentence speaks of.

    TARGET is an accession of the shipped atlas, a sequence, or a FASTA file of one protein. With --pdb and --output
    a track is written into the B-factors of a structure, 0 to 100. It is the model's view, no evidence of a function.
    """
    from protclip.data.biotext import describe
    from protclip.data.ontology import Ontology
    from protclip.encode import Encoder
    from protclip.errors import InputError
    from protclip.predict.explain import ExplainOptions
    from protclip.predict.explain import explain as explained
    from protclip.predict.explain_export import explanation_json, explanation_text, track_table
    from protclip.predict.targets import proteins_of
    from protclip.starter import ontology_path

    if (options["pdb"] is None) != (options["output"] is None):
        raise InputError("--pdb and --output go together: a structure to read, and where to write it")
    protein, *more = proteins_of(target, lambda: _by_accession(_atlas()))
    if more:
        raise InputError(
            f"{target} has {len(more) + 1} proteins; explain takes one, give a file or a sequence of one"
        )
    chosen = ExplainOptions(**{key: options[key] for key in ("seed", "num_random", "other")})
    biotext = describe(protein, Ontology.read_parquet(ontology_path()) if protein.annotations else None)
    found = explained(Encoder.from_pretrained(model), protein, text, biotext=biotext, options=chosen)
    if options["pdb"] is not None:
        _write_structure(found, options)
    writers = {"text": explanation_text, "tsv": track_table, "json": explanation_json}
    click.echo(writers[form](found), nl=False)
    for warning in found.warnings:
        click.echo(f"protclip: note: {warning}", err=True)


def _write_structure(found: "Explanation", options: dict[str, Any]) -> None:
    from protclip.data.files import replacing
    from protclip.predict.structure_files import read_structure
    from protclip.predict.structure_tracks import coloured

    structure = coloured(read_structure(options["pdb"]), found, options["track"])
    with replacing(options["output"]) as path:
        path.write_text(structure.text, encoding="utf-8")
    for match in structure.matches:
        click.echo(f"{options['output']}: {match}", err=True)


@click.command()
@click.argument("target", metavar="ACCESSION|SEQ|FASTA")
@click.option("--texts", type=_file, help="Rank these texts, one a line, instead of describing.")
@click.option("--top", type=click.IntRange(1), default=10, show_default=True, help="Rows a protein.")
@click.option("--format", "form", type=click.Choice(["tsv", "json"]), default="tsv", show_default=True)
@_model
def translate(target: str, texts: Path | None, top: int, form: str, model: Path | None) -> None:
    """Describe proteins in words, or rank your own texts for them.

    TARGET is an accession of the shipped atlas (its own text is then not used), a sequence, or a FASTA file. Rank 0
    is the description put together of the best text of each property; its support is how far near proteins agree
    with it and how near they are, 0 to 1, and no probability. From text to protein: protclip search.
    """
    from protclip.encode import Encoder
    from protclip.predict.targets import proteins_of

    atlas: list[Atlas] = []

    def known() -> "Atlas":
        if not atlas:
            atlas.append(_atlas())
        return atlas[0]

    proteins = proteins_of(target, lambda: _by_accession(known()))
    encoder = Encoder.from_pretrained(model)
    rows = (
        _matches(encoder, proteins, texts, top) if texts else _descriptions(encoder, proteins, known(), top)
    )
    _print(rows, form)


def _matches(encoder: "Encoder", proteins: "Sequence[Protein]", texts: Path, top: int) -> Iterator[_Row]:
    from protclip.predict.translate import rank_texts
    from protclip.textio import open_text

    with open_text(texts) as lines:
        given = [line.strip() for line in lines if line.strip()]
    for protein, ranked in zip(
        proteins, rank_texts(encoder, [p.sequence for p in proteins], given), strict=True
    ):
        for match in ranked[:top]:
            yield {
                "accession": protein.accession,
                "rank": match.rank,
                "cosine": round(match.cosine, 4),
                "text": match.text,
            }


def _descriptions(
    encoder: "Encoder", proteins: "Sequence[Protein]", atlas: "Atlas", top: int
) -> Iterator[_Row]:
    from protclip.data.ontology import Ontology
    from protclip.data.term_vectors import read_term_vectors
    from protclip.predict.neighbours import AtlasSource
    from protclip.predict.translate import Translator
    from protclip.starter import ontology_path, terms_path

    source = AtlasSource(atlas, "the shipped atlas", encoder.fingerprint)
    terms = read_term_vectors(terms_path())
    translator = Translator(encoder, source, Ontology.read_parquet(ontology_path()), terms)
    for start in range(0, len(proteins), _CHUNK):
        chunk = proteins[start : start + _CHUNK]
        for translation in translator.translate(chunk, exclude=[(protein.accession,) for protein in chunk]):
            yield _row(translation)
            yield from (_described(translation.accession, d) for d in translation.descriptions[:top])


def _row(translation: "Translation") -> _Row:
    return {
        "accession": translation.accession,
        "rank": 0,
        "property": "",
        "cosine": "",
        "support": round(translation.confidence_score, 4),
        "text": translation.predicted_text,
        "sources": "",
    }


def _described(accession: str, description: "Description") -> _Row:
    return {
        "accession": accession,
        "rank": description.rank,
        "property": description.property,
        "cosine": round(description.cosine, 4),
        "support": round(description.support, 4),
        "text": description.text,
        "sources": " ".join(description.sources),
    }


def _print(rows: Iterator[_Row], form: str) -> None:
    """TSV with one header, or a JSON object a line."""
    for number, row in enumerate(rows):
        if form == "json":
            click.echo(json.dumps(row, ensure_ascii=False))
            continue
        if not number:
            click.echo("\t".join(row))
        click.echo("\t".join(" ".join(str(value).split()) for value in row.values()))


def _by_accession(atlas: "Atlas") -> "dict[str, Protein]":
    return {protein.accession: protein for protein in atlas.proteins}


def _atlas() -> "Atlas":
    from protclip.data.atlas import read_atlas
    from protclip.starter import atlas_path

    return read_atlas(atlas_path())
