"""`protclip mutate`."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from protclip.predict.mutation import MutationScan, MutationScanner, Progress
    from protclip.predict.mutation_table import Listed, Scored
    from protclip.predict.supervised_mutation import MutationHead
    from protclip.records import Protein


@click.command()
@click.argument("protein", metavar="SEQ|ACCESSION|FASTA")
@click.option(
    "--variants",
    metavar="FILE|LIST",
    help="A file with one a line, or a list such as 'A42G A42G:T50C' [default: all single substitutions].",
)
@click.option(
    "--measured",
    type=click.Path(path_type=Path, allow_dash=True),
    metavar="FILE",
    help="Measured variants (CSV or TSV, columns variant, value): a head is fitted to them and predicts the others.",
)
@click.option("--head", "kind", type=click.Choice(["ridge", "mlp"]), default="ridge", show_default=True)
@click.option(
    "--text", default="", help="What the protein does [default: what is known of it or a homologue]."
)
@click.option("--format", "form", type=click.Choice(["tsv", "json"]), default="tsv", show_default=True)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="[default: standard output]"
)
@click.option(
    "--model", type=click.Path(path_type=Path), help="Checkpoint folder [default: the shipped one]."
)
@click.pass_context
def mutate(ctx: click.Context, /, protein: str, form: str, output: Path | None, **options: Any) -> None:
    """Score substitutions: by homologues, by the model, by measured variants.

    Without --variants every single substitution of the protein is scored. A variant that does not fit the
    sequence is named, the others are scored, and the exit code is 3.
    """
    from protclip.data.files import replacing
    from protclip.exit_codes import SKIPPED_RECORDS
    from protclip.predict.mutation_table import as_json, as_tsv

    scored = _scored(protein, options)
    for error in scored.errors:
        click.echo(f"protclip: skipped: {error}", err=True)
    for warning in scored.scan.warnings:
        click.echo(f"protclip: note: {warning}", err=True)
    text = as_json(scored) if form == "json" else as_tsv(scored)
    if output is None:
        click.echo(text, nl=False)
    else:
        with replacing(output) as unfinished:
            unfinished.write_text(text, encoding="utf-8")
    if scored.errors:
        ctx.exit(SKIPPED_RECORDS)


def _scored(given: str, options: dict[str, Any]) -> "Scored":
    """Whatever is wrong with the input is said before anything is loaded that takes seconds."""
    import pyarrow.parquet as pq

    from protclip.data.atlas import PROTEINS
    from protclip.predict.mutation_table import Scored, read_measured, read_variants
    from protclip.predict.variants import all_substitutions
    from protclip.starter import atlas_path

    table = pq.read_table(atlas_path() / PROTEINS)
    protein = _protein(given, table)
    sequence = protein.sequence
    measured = read_measured(options["measured"], sequence) if options["measured"] else None
    listed = read_variants(options["variants"], sequence) if options["variants"] else None
    variants = listed.variants if listed else tuple(all_substitutions(sequence))
    scanner = _scanner(table, options["model"])
    scan = scanner.scan(sequence, text=options["text"], protein=protein, progress=_progress())
    head = _head(scanner, scan, measured, options["kind"]) if measured else None
    return Scored(
        accession=protein.accession,
        scan=scan,
        scores=tuple(scanner.score(scan, variants)),
        errors=tuple(error for some in (listed, measured) if some for error in some.errors),
        head=head,
        predicted=head.predict(scanner, scan, variants) if head else None,
    )


def _protein(given: str, table: Any) -> "Protein":
    """A protein of the atlas, the one of a FASTA file, or a bare sequence.

    Raises
    ------
    InputError
        If it is none of these, or the file has several.
    """
    import pyarrow.compute as pc

    from protclip.data.tables import proteins_of
    from protclip.errors import InputError
    from protclip.records import Protein
    from protclip.sequence import clean_sequence, looks_like_dna, looks_like_sequence, read_fasta
    from protclip.textio import names_source

    place = pc.index(table.column("accession"), given.strip().upper()).as_py()
    if place >= 0:
        return next(proteins_of(table.slice(place, 1)))
    if looks_like_dna(given):
        raise InputError("this looks like DNA or RNA; translate it and give the protein's sequence")
    if looks_like_sequence(given):
        return Protein(accession="query", sequence=clean_sequence(given))
    if not names_source(given):
        raise InputError(
            f"{given[:60]!r} is no sequence of ten residues or more, no accession of the atlas and no file. Give one "
            "of the three"
        )
    first, *others = read_fasta(given)
    if others:
        raise InputError(
            f"{given} has {len(others) + 1} proteins. Give a file with one, or one of its sequences"
        )
    return first


def _scanner(table: Any, model: Path | None) -> "MutationScanner":
    from protclip.data.ontology import Ontology
    from protclip.encode import Encoder
    from protclip.predict.mutation import MutationScanner
    from protclip.predict.profile import HomologueSearch
    from protclip.starter import ontology_path

    encoder = Encoder.from_pretrained(model)
    return MutationScanner(encoder, HomologueSearch.of_table(table), Ontology.read_parquet(ontology_path()))


def _head(scanner: "MutationScanner", scan: "MutationScan", measured: "Listed", kind: Any) -> "MutationHead":
    from statistics import fmean

    from protclip.predict.supervised_mutation import baselines, fit_head

    head, validation = fit_head(scanner, scan, measured.variants, measured.values, kind=kind)
    beside = baselines(scanner, scan, measured.variants, measured.values)
    folds = ", ".join(f"{rho:.2f}" for rho in validation.folds)
    click.echo(
        f"head ({kind}) on {head.num_variants:,} measured variants: Spearman's correlation {validation.spearman:.2f} "
        f"where a variant was left out (folds {folds}); one-hot ridge has {fmean(beside.one_hot):.2f}, the combined "
        f"score without measurements {fmean(beside.zero_shot):.2f}",
        err=True,
    )
    return head


def _progress() -> "Progress":
    from protclip.progress import ProgressLine

    lines: dict[str, ProgressLine] = {}

    def say(what: str, done: int, total: int) -> None:
        line = lines.setdefault(what, ProgressLine(what))
        line(done, total)
        if done == total:
            line.finish(done)

    return say
