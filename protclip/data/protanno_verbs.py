"""`protclip data protanno | stats | simulate`."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from protclip.data.statistics import SetStatistics

_NUM_SHOWN = 20
_folder = click.Path(path_type=Path, file_okay=False)
_path = click.Path(path_type=Path)
_REPEATS = ("drop", "keep-reviewed", "keep")


@click.command()
@click.option(
    "--reviewed", type=_path, multiple=True, required=True,
    help="Swiss-Prot: folder of shards, or .dat, .xml, .tsv (.gz); may be given again.",
)  # fmt: skip
@click.option(
    "--unreviewed", type=_path, multiple=True,
    help="TrEMBL, sampled by property; makes it ProtAnno-D. May be given again.",
)  # fmt: skip
@click.option("--output", type=_folder, required=True, help="Folder for the shards and their manifest.")
@click.option(
    "--exclude", type=_path, multiple=True,
    help="Test proteins to leave out: FASTA, CSV, TSV, JSON Lines, list of accessions. May be given again.",
)  # fmt: skip
@click.option(
    "--repeats", type=click.Choice(_REPEATS), default="drop", show_default=True,
    help="Proteins with the sequence of an earlier one.",
)  # fmt: skip
@click.option(
    "--coverage-exponent", type=float, default=0.5, show_default=True, help="Of R in the probability."
)
@click.option("--existence-exponent", type=float, default=3.0, show_default=True, help="Of 1/C.")
@click.option("--seed", default=17, show_default=True, help="Another seed keeps other proteins.")
@click.option("--json", "json_file", type=_path, help='Write the pairs as JSON Lines, too: {"seq", "text"}.')
@click.option(
    "--on-error", type=click.Choice(["raise", "skip"]), default="raise", show_default=True,
    help="At a malformed record stop, or leave it out, list it at the end and exit with 3.",
)  # fmt: skip
@click.pass_context
def protanno(
    ctx: click.Context,
    /,
    *,
    coverage_exponent: float,
    existence_exponent: float,
    seed: int,
    json_file: Path | None,
    **options: Any,
) -> None:
    """Build ProtAnno-S or ProtAnno-D: all of Swiss-Prot, and what is worth keeping of TrEMBL.

    Run again it does nothing; after an interruption it goes on where it stopped.
    """
    from protclip.data.protanno import ProtAnnoRequest, build_protanno
    from protclip.data.sampling import SamplingRule
    from protclip.exit_codes import SKIPPED_RECORDS
    from protclip.progress import counted

    rule = SamplingRule(coverage_exponent=coverage_exponent, existence_exponent=existence_exponent, seed=seed)
    request = ProtAnnoRequest(rule=rule, **options)
    result = build_protanno(request, lambda proteins: counted(proteins, "proteins read"))
    for step, number in result.manifest.steps.items():
        click.echo(f"{number:14,}  {step}")
    for note in result.notes:
        click.echo(note, err=True)
    click.echo(f"{request.output}: {request.name}, {result.manifest.num_proteins:,} proteins")
    if json_file is not None:
        click.echo(f"{json_file}: {_write_pairs(request.output, json_file):,} pairs")
    for sentence in result.skipped[:_NUM_SHOWN]:
        click.echo(f"skipped: {sentence}", err=True)
    if result.skipped:
        ctx.exit(SKIPPED_RECORDS)


@click.command()
@click.argument("folder", type=_folder)
@click.option(
    "--before", type=_folder, help="The folder FOLDER was selected from [default: what its build read]."
)
@click.option("--figure", type=_path, help="Draw it, too: a path that ends in .svg.")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
def stats(folder: Path, before: Path | None, figure: Path | None, form: str) -> None:
    """Count the proteins of FOLDER by existence and coverage, beside the published shares.

    Also: which properties are known, lengths, and the largest families.
    """
    from protclip.data.statistics import PUBLISHED
    from protclip.data.statistics_table import table

    after = _count(folder)
    earlier = _count(before) if before else _counted_at_build(folder)
    if form == "json":
        published = {
            name: {"existence": each.existence, "coverage": each.coverage} for name, each in PUBLISHED.items()
        }
        facts = {"set": after.to_dict(), "before": earlier.to_dict() if earlier else None}
        click.echo(json.dumps(facts | {"published": published}, indent=2, ensure_ascii=False))
    else:
        for line in table(after, earlier):
            click.echo(line)
    if figure is not None:
        from protclip.data.statistics_figure import draw_statistics

        draw_statistics(figure, after, earlier)
        click.echo(f"wrote {figure}", err=True)


@click.command()
@click.option("--records", type=click.IntRange(min=1), default=1_000_000, show_default=True, help="How many.")
@click.option("--shards", type=_folder, help="Measure these real proteins instead, as if none were reviewed.")
@click.option("--seed", default=17, show_default=True, help="Of the records and of the sampling.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def simulate(records: int, shards: Path | None, seed: int, form: str) -> None:
    """Measure what property-driven sampling costs, and extrapolate to all of TrEMBL.

    The records are made up, with the published shares of ProtAnno-D; or, with --shards, read and described.
    """
    from protclip.data import simulate as simulation
    from protclip.data.sampling import SamplingRule
    from protclip.data.shards import MANIFEST, Manifest, read_shards

    made = simulation.simulate(records, seed)
    if shards is not None:
        records = Manifest.read(shards / MANIFEST).num_proteins
        made = simulation.as_unreviewed(read_shards(shards), _ontology_of(shards), seed)
    cost = simulation.measure(made, records, SamplingRule(seed=seed))
    hours = cost.hours_for(simulation.NUM_TREMBL_AND_SWISSPROT)
    if form == "json":
        rate = {"records_per_second": cost.records_per_second, "hours_for_251.5_million": hours}
        click.echo(json.dumps(asdict(cost) | rate, indent=2))
        return
    click.echo(
        f"{cost.num_records:,} records in {cost.seconds:.1f} s, of which {cost.cpu_seconds:.1f} s of CPU"
    )
    click.echo(f"{cost.records_per_second:,.0f} records per second of CPU")
    click.echo(
        f"kept {cost.kept:,}, expected {cost.expected:,.0f}; their hashes take {cost.set_bytes:,} bytes"
    )
    readings = ", ".join(f"{reading / 1e6:.0f}" for reading in cost.memory)
    click.echo(f"peak memory in MB over the pass: {readings}")
    click.echo(f"251.5 million records at this rate: {hours:.1f} hours of one core")


def _write_pairs(folder: Path, path: Path) -> int:
    from protclip.data.pair_json import write_pair_json
    from protclip.data.shards import read_shards
    from protclip.progress import counted

    return write_pair_json(counted(read_shards(folder), "pairs written"), path, _ontology_of(folder))


def _count(folder: Path) -> "SetStatistics":
    from protclip.data.shards import read_shards
    from protclip.data.statistics import statistics_of
    from protclip.progress import counted

    return statistics_of(counted(read_shards(folder), "proteins read"), _ontology_of(folder))


def _counted_at_build(folder: Path) -> "SetStatistics | None":
    """The statistics that ``protclip data protanno`` left beside its shards."""
    from protclip.data.protanno import BEFORE
    from protclip.data.statistics import SetStatistics
    from protclip.errors import AssetError

    path = folder / BEFORE
    if not path.exists():
        return None
    try:
        return SetStatistics.from_dict(json.loads(path.read_text(encoding="utf-8")))
    except ValueError as error:
        raise AssetError(f"{path} is damaged ({error}). Delete it, or give --before") from error


def _ontology_of(folder: Path) -> Any:
    """The names of the GO terms, where they lie beside the shards."""
    from protclip.data.build import ONTOLOGY
    from protclip.data.ontology import Ontology

    path = folder / ONTOLOGY
    return Ontology.read_parquet(path) if path.exists() else None
