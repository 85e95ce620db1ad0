"""`protclip map`: fit a map, place new proteins on it, and tell what lies in a region of it."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from protclip.errors import RecordError
    from protclip.predict.protein_map import MapSettings, ProteinMap

_file = click.Path(path_type=Path, dir_okay=False)
_any = click.Path(path_type=Path)
_MAP = click.option(
    "--map", "map_file", type=_file, help="File of `protclip map fit` [default: the shipped one]."
)
_KNOWN = click.option(
    "--known", type=_any, help="The map's proteins: an atlas, or a Parquet file [default: the shipped atlas]."
)
_FORMAT = click.option(
    "--format", "form", type=click.Choice(["tsv", "json"]), default="tsv", show_default=True
)


@click.group("map")
def map_group() -> None:
    """Lay proteins out in two dimensions, and find new ones their place."""


@map_group.command()
@click.argument("source", type=_any, required=False)
@click.option("-o", "--output", type=_file, help="Map file to write.")
@click.option(
    "--release", is_flag=True, help="Write it among the shipped files, with its line in the manifest."
)
@click.option("--neighbours", default=15, show_default=True, help="Neighbours that count as near.")
@click.option("--min-distance", default=0.1, show_default=True, help="How close points may come, 0 to 1.")
@click.option("--seed", default=17, show_default=True, help="The same seed gives the same map.")
@click.option("--sample", default=2_000, show_default=True, help="Proteins that the map is measured on.")
@click.option("--results", type=_file, help="CSV to append the measures to.")
def fit(
    source: Path | None, output: Path | None, release: bool, results: Path | None, **options: Any
) -> None:
    """Fit a map with UMAP and measure how faithful it is.

    SOURCE is an atlas folder, or a Parquet file of `protclip encode` [default: the shipped atlas]. 45,000
    proteins take about two minutes on one core (docs/map.md).
    """
    from protclip import starter
    from protclip.predict.map_file import write_map
    from protclip.predict.map_sources import known_rows
    from protclip.predict.protein_map import MapSettings, fit_map

    if (output is None) == (not release):
        raise click.UsageError("give -o FILE, or --release")
    settings = MapSettings(
        num_neighbours=options["neighbours"],
        min_distance=options["min_distance"],
        seed=options["seed"],
        num_sampled=options["sample"],
    )
    known = known_rows(source)
    click.echo(f"fitting a map of {len(known.rows):,} proteins", err=True)
    made = fit_map(known.accessions, known.rows, known.fingerprint, settings)
    path = output or starter.folder() / starter.MAP
    write_map(made, path)
    if release:
        how = _options_of(settings)
        starter.list_file(
            starter.MAP,
            f"fitted by protclip map fit {how} on atlas/vectors.safetensors of the checkpoint {made.fingerprint}",
        )
    for name, value in asdict(made.measures).items():
        click.echo(f"{name}\t{value:.6g}")
    if results is not None:
        _append_results(results, made, source)


def _options_of(settings: "MapSettings") -> str:
    return f"--neighbours {settings.num_neighbours} --min-distance {settings.min_distance} --seed {settings.seed}"


def _append_results(path: Path, made: "ProteinMap", source: Path | None) -> None:
    from protclip import starter
    from protclip.benchmarks.results import append_rows

    measures, settings = asdict(made.measures), made.settings
    given = f"{source} " if source else ""
    facts = {
        "benchmark": f"map/{source.stem if source else 'starter atlas'}",
        "n": measures["num_sampled"],
        "model": "" if source else starter.CHECKPOINT,
        "fingerprint": made.fingerprint,
        "data": f"{len(made.accessions)} proteins",
        "seed": str(settings.seed),
    }
    told = ("trustworthiness", "overlap", "usual_distance", "usual_spread", "placing_error")
    rows: list[Mapping[str, object]] = [facts | {"metric": name, "value": measures[name]} for name in told]
    rows.append(facts | {"metric": "width", "value": made.width})
    append_rows(
        path, rows, command=f"protclip map fit {given}{_options_of(settings)} --sample {settings.num_sampled}"
    )


@map_group.command()
@click.argument("fasta", metavar="FILE|-")
@_MAP
@_KNOWN
@click.option("--model", type=_any, help="Checkpoint folder [default: the shipped one].")
@_FORMAT
@click.pass_context
def place(
    ctx: click.Context, fasta: str, map_file: Path | None, known: Path | None, model: Path | None, form: str
) -> None:
    """Place the proteins of a FASTA file on a map, each among its nearest known ones.

    ``distance`` is 1 less the cosine to the nearest; ``warnings`` says where that is farther than 95 of 100 of the
    map's own proteins are from each other (far), or where the neighbours lie apart on the map (torn). Records
    that cannot be read are named, and the exit code is 3.
    """
    from protclip.encode import Encoder
    from protclip.errors import InputError
    from protclip.exit_codes import SKIPPED_RECORDS
    from protclip.predict.map_placing import placed_row
    from protclip.predict.map_sources import check_same_space, known_rows, place_all
    from protclip.sequence import read_fasta

    skipped: list[RecordError] = []
    proteins = list(read_fasta(fasta, on_error="skip", report=skipped.append))
    for error in skipped:
        click.echo(f"skipped: {error}", err=True)
    if not proteins:
        raise InputError(f"{fasta} has no protein that can be placed; give FASTA records")
    made, rows, encoder = _read(map_file), known_rows(known), Encoder.from_pretrained(model)
    check_same_space(
        made, ("the model is", encoder.fingerprint), ("the known proteins are", rows.fingerprint)
    )
    embeddings = encoder.proteins([protein.sequence for protein in proteins])
    placed = place_all([protein.accession for protein in proteins], rows.near(embeddings), made)
    _tell(
        map(placed_row, placed),
        ("accession", "x", "y", "nearest", "distance", "spread", "warnings"),
        form,
    )
    if skipped:
        ctx.exit(SKIPPED_RECORDS)


@map_group.command()
@click.argument("region")
@_MAP
@click.option("--known", type=_any, help="The map's proteins, an atlas [default: the shipped one].")
@click.option(
    "--enrich", is_flag=True, help="Tell the GO terms that these proteins have more often than all."
)
@_FORMAT
def select(region: str, map_file: Path | None, known: Path | None, enrich: bool, form: str) -> None:
    """List the proteins in a region of a map, or the GO terms that are more frequent there.

    REGION is two opposite corners of a box (1.5,2_4,6.25), or three corners or more of an outline (0,0_2,0_1,2), as
    the Map page writes it in its address. Put -- before one that begins with a minus.
    """
    from protclip.predict.enrichment import EnrichedTerm
    from protclip.predict.map_regions import parse_region
    from protclip.predict.map_selecting import enriched_in, proteins_in

    outline, made = parse_region(region), _read(map_file)
    if enrich:
        found = [asdict(term) for term in enriched_in(made, outline, known)]
        _tell(found, tuple(f.name for f in fields(EnrichedTerm)), form)
    else:
        _tell(proteins_in(made, outline, known), ("accession", "name", "organism", "length", "x", "y"), form)


def _read(map_file: Path | None) -> "ProteinMap":
    from protclip import starter
    from protclip.predict.map_file import read_map

    return read_map(map_file or starter.map_path())


def _tell(lines: Iterable[dict[str, Any]], names: Sequence[str], form: str) -> None:
    kept = [{name: line[name] for name in names} for line in lines]
    if form == "json":
        click.echo(json.dumps(kept, indent=2))
        return
    click.echo("\t".join(names))
    for line in kept:
        click.echo("\t".join(_cell(line[name]) for name in names))


def _cell(value: object) -> str:
    return f"{value:.6g}" if isinstance(value, float) else " ".join(str(value).split())
