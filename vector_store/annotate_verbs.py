"""`protclip annotate`."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from protclip.predict.annotation_input import SkippedRecords

_file = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.argument("source", type=click.Path(path_type=Path, allow_dash=True), metavar="FASTA")
@click.option("-o", "--output", type=_file, required=True, help="Table to write; see --format.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["parquet", "tsv", "csv", "jsonl", "gaf"]),
    help="[default: what OUTPUT ends in; .gz after a text format packs it]",
)
@click.option(
    "--min-probability",
    type=click.FloatRange(0.05, 1),
    default=0.5,
    show_default=True,
    help="Least probability of a statement; EC numbers that were not calibrated have none and are not held to it.",
)
@click.option(
    "--aspect",
    "aspects",
    type=click.Choice(["MF", "BP", "CC"]),
    multiple=True,
    help="GO aspect; may come again [default: all]. Locations come with CC, EC numbers with MF.",
)
@click.option(
    "--top",
    type=click.IntRange(1),
    help="Most specific terms of a kind, the most probable ones [default: all].",
)
@click.option("--exclude-self", is_flag=True, help="Take no evidence from proteins of the same accession.")
@click.option("--taxon", type=click.IntRange(1), default=32644, show_default=True,
              help="NCBI's number of the organism, for GAF [32644: unidentified].")  # fmt: skip
@click.option(
    "--index",
    "--target",
    "target",
    metavar="PATH|URL|atlas",
    help="Index of known proteins, or atlas for the shipped atlas whatever index is there "
    "[default: QDRANT_URL, PROTCLIP_INDEX or var/index, else the shipped atlas].",
)
@click.option(
    "--model", type=click.Path(path_type=Path), help="Checkpoint folder [default: the shipped one]."
)
@click.option(
    "--calibration", type=_file, help="Of `protclip calibrate` for the model [default: the shipped]."
)
@click.option("--batch", type=click.IntRange(1, 10_000), default=64, show_default=True,
              help="Proteins at a time: what an interruption loses at most.")  # fmt: skip
@click.option("--resume", is_flag=True, help="Go on with an interrupted run of the same command.")
@click.pass_context
def annotate(ctx: click.Context, /, source: Path, output: Path, resume: bool, **options: Any) -> None:
    """Predict GO terms, EC numbers and locations of proteins, with the evidence, as one table.

    Reads FASTA, plain or gzip; - is standard input. Records that cannot be used are left out, named on standard
    error and in OUTPUT.skipped.tsv, and the exit code is 3. docs/annotation.md describes the columns.
    """
    from protclip.exit_codes import SKIPPED_RECORDS
    from protclip.predict.annotation_file import AnnotationJob, write_annotations
    from protclip.predict.annotation_formats import form_of
    from protclip.predict.annotation_input import SkippedRecords, count_records, read_proteins
    from protclip.predict.statements import Wanted
    from protclip.progress import ProgressLine
    from vector_store.annotating import annotation_settings, documents_of
    from vector_store.predicting import open_predictor

    form = form_of(output, options["form"])
    wanted = Wanted(
        min_probability=options["min_probability"],
        aspects=tuple(sorted(set(options["aspects"]))) or Wanted().aspects,
        top=options["top"],
    )
    total = count_records(source)
    opened = open_predictor(options["target"], options["model"], options["calibration"])
    settings = annotation_settings(
        opened,
        wanted,
        exclude_self=options["exclude_self"],
        taxon=options["taxon"],
        calibration=options["calibration"],
    )
    job = AnnotationJob(output=output, form=form, settings=settings, batch=options["batch"])
    line = ProgressLine("proteins annotated")
    try:
        with SkippedRecords(job.skipped) as skipped:
            number = write_annotations(
                read_proteins(source, skipped),
                job,
                lambda proteins: documents_of(proteins, opened, wanted, exclude_self=options["exclude_self"]),
                resume=resume,
                progress=lambda done: line(done, total),
            )
    finally:
        opened.close()
    line.finish(number)
    made_by = f"{opened.model} {opened.fingerprint} on {opened.num_known:,} proteins of {opened.known}"
    click.echo(f"{output}: {number:,} proteins annotated by {made_by}")
    _tell(skipped)
    if skipped.number:
        ctx.exit(SKIPPED_RECORDS)


def _tell(skipped: "SkippedRecords") -> None:
    """Name on standard error what was left out."""
    for error in skipped.first:
        click.echo(f"skipped: {error}", err=True)
    if skipped.number:
        click.echo(f"skipped in all: {skipped.number:,}, listed in {skipped.path}", err=True)
