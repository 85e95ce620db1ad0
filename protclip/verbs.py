"""`protclip encode | info | doctor`."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from protclip.errors import InputError

if TYPE_CHECKING:
    from protclip.embedding_file import Record
    from protclip.encode import Encoder
    from protclip.errors import RecordError
    from protclip.health import Check
    from protclip.share import Share

_NUM_SHOWN = 20
_form = click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True
)


@click.command()
@click.argument("source", type=click.Path(path_type=Path, allow_dash=True), metavar="FASTA|SHARDS")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), required=True, help="Parquet file."
)
@click.option("--text", "as_text", is_flag=True, help="The input is text, one a line, instead of FASTA.")
@click.option(
    "--model", type=click.Path(path_type=Path), help="Checkpoint folder [default: the shipped one]."
)
@click.option("--resume", is_flag=True, help="Go on with an interrupted run of the same input and model.")
@click.option(
    "--part-size",
    type=click.IntRange(1),
    default=4096,
    show_default=True,
    help="Records at a time: what an interruption loses at most, in each process.",
)
@click.option("--device", help="cpu, cuda or cuda:N [default: the GPU where there is one].")
@click.option(
    "--on-error",
    type=click.Choice(["raise", "skip"]),
    default="raise",
    show_default=True,
    help="At a malformed record stop, or leave it out, list it at the end and exit with 3.",
)
@click.pass_context
def encode(ctx: click.Context, /, source: Path, output: Path, as_text: bool, **options: Any) -> None:
    """Write the embeddings of sequences or texts to a Parquet file.

    Reads FASTA (with --text lines of text), plain or gzip, or a folder of shards; - is standard input. Writes one
    row a record in input order: accession (or text) and embedding, with the checkpoint's fingerprint in the metadata.

    Several processes share the work under torchrun: torchrun --nproc-per-node 2 -m protclip.cli encode ... Each goes
    on with what is there, and whichever is done last joins the parts.
    """
    from protclip.embedding_file import EmbeddingJob, write_embeddings
    from protclip.exit_codes import SKIPPED_RECORDS
    from protclip.progress import ProgressLine
    from protclip.share import Share

    share = Share.of_environment()
    if share.size > 1 and str(source) == "-":
        raise InputError("standard input can be read by one process only; give a file")
    encoder = _encoder(options["model"], options["device"] or _own_gpu(share))
    job = EmbeddingJob(
        output=output,
        key="text" if as_text else "accession",
        fingerprint=encoder.fingerprint,
        model=encoder.name,
        part_size=options["part_size"],
        share=share,
    )
    skipped: list[RecordError] = []
    long_ones: list[str] = []
    if as_text:
        records = _text_records(source, options["on_error"], skipped)
    else:
        records = _sequence_records(source, options["on_error"], skipped, encoder, long_ones)
    line = ProgressLine("texts encoded" if as_text else "proteins encoded")
    run = encoder.texts if as_text else encoder.proteins
    number = write_embeddings(records, job, run, resume=options["resume"], progress=line)
    if not number:
        click.echo(f"process {share.rank} of {share.size} has written its parts; others are still at work")
        return
    line.finish(number)
    made_by = f"{encoder.name} {encoder.fingerprint}"
    click.echo(f"{output}: {number:,} embeddings of dimension {encoder.dimension} by {made_by}")
    _tell("longer than the model reads at once, encoded in windows", long_ones[:_NUM_SHOWN])
    if len(long_ones) > _NUM_SHOWN:
        click.echo(f"and {len(long_ones) - _NUM_SHOWN:,} more long ones", err=True)
    _tell("skipped", skipped)
    if skipped:
        ctx.exit(SKIPPED_RECORDS)


@click.command()
@_form
def info(form: str) -> None:
    """Show the version, the checkpoint, the atlas and where the data come from."""
    from protclip.about import facts

    found = facts()
    if form == "json":
        click.echo(json.dumps(found, indent=2))
        return
    for section, content in found.items():
        click.echo(section)
        for name, value in content.items():
            click.echo(f"  {name:18} {value:,}" if isinstance(value, int) else f"  {name:18} {value}")


@click.command()
@_form
@click.pass_context
def doctor(ctx: click.Context, /, form: str) -> None:
    """Check what is installed and say what to do about what is missing.

    Exits with 0 when the shipped product works, with 1 otherwise.
    """
    from dataclasses import asdict

    from protclip.doctor import all_checks
    from protclip.exit_codes import DONE, FAILED

    checks = all_checks()
    if form == "json":
        click.echo(json.dumps([asdict(check) for check in checks], indent=2))
    else:
        for check in checks:
            click.echo(_check_lines(check))
        failing = sum(check.fails for check in checks)
        click.echo(f"{failing} to be put right." if failing else "All that the product needs is here.")
    ctx.exit(FAILED if any(check.fails for check in checks) else DONE)


def _own_gpu(share: "Share") -> str | None:
    """The GPU of one of several processes on a machine that has GPUs."""
    import torch

    if share.size == 1 or not torch.cuda.is_available():
        return None
    return f"cuda:{share.local_rank % torch.cuda.device_count()}"


def _encoder(model: Path | None, device: str | None) -> "Encoder":
    import torch

    from protclip.encode import Encoder

    try:
        wanted = torch.device(device) if device else None
    except RuntimeError as error:
        raise InputError(f"device {device!r} is not known; give cpu, cuda or cuda:N") from error
    if wanted and wanted.type == "cuda" and not torch.cuda.is_available():
        raise InputError("this machine has no CUDA device that torch can use; leave --device out or give cpu")
    return Encoder.from_pretrained(model, device=wanted)


def _sequence_records(
    source: Path, on_error: Any, skipped: "list[RecordError]", encoder: "Encoder", long_ones: list[str]
) -> "Iterator[Record]":
    from protclip.data.shards import read_shards
    from protclip.sequence import read_fasta

    proteins = (
        read_shards(source, "sequences")
        if source.is_dir()
        else read_fasta(source, on_error=on_error, report=skipped.append)
    )
    for protein in proteins:
        if encoder.num_windows(protein.sequence) > 1:
            long_ones.append(f"{protein.accession} ({len(protein.sequence):,} residues)")
        yield protein.accession, protein.sequence


def _text_records(source: Path, on_error: str, skipped: "list[RecordError]") -> "Iterator[Record]":
    from protclip.errors import RecordError
    from protclip.textio import open_text, source_name

    with open_text(source) as lines:
        for number, line in enumerate(lines, start=1):
            text = line.strip()
            if text:
                yield text, text
                continue
            error = RecordError(
                source_name(source), number, "the line is blank", "Remove it, or write a text."
            )
            if on_error == "raise":
                raise error
            skipped.append(error)


def _tell(what: str, names: Iterable[object]) -> None:
    """Name on standard error what the result does not show."""
    for name in names:
        click.echo(f"{what}: {name}", err=True)


def _check_lines(check: "Check") -> str:
    optional = "" if check.required or check.status == "ok" else " (optional)"
    line = f"{check.status:8} {check.name + optional:22} {check.detail}".rstrip()
    return f"{line}\n{'':9}-> {check.remedy}" if check.remedy else line
