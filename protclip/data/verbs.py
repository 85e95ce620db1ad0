"""`protclip data build | split | info`, and the verbs of ProtAnno."""

import json
import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from protclip.data import protanno_verbs
from protclip.errors import InputError

if TYPE_CHECKING:
    from protclip.data.splits import Splits
    from protclip.records import Protein

SOURCES = ("swissprot-goa", "uniprot-dat", "uniprot-xml", "uniprot-tsv", "fasta", "protanno-json")
SPLITS, CLUSTERS = "splits.parquet", "clusters.parquet"
SHIPPED = "shipped"
_NUM_SHOWN = 20
_folder = click.Path(path_type=Path, file_okay=False)


@click.group()
def data() -> None:
    """Build, split and inspect training data."""


data.add_command(protanno_verbs.protanno)
data.add_command(protanno_verbs.stats)
data.add_command(protanno_verbs.simulate)


@data.command()
@click.option("--source", type=click.Choice(SOURCES), required=True, help="Format of the input.")
@click.option(
    "--input",
    "inputs",
    type=click.Path(path_type=Path, allow_dash=True),
    multiple=True,
    help="File to read, plain or gzip, - for standard input; may be given again. Not for swissprot-goa.",
)
@click.option("--output", type=_folder, required=True, help="Folder for the shards and their manifest.")
@click.option("--download", is_flag=True, help="Fetch missing Debian packages (swissprot-goa), without root.")
@click.option(
    "--cache", type=_folder, default=Path("var/packages"), show_default=True, help="Where packages are kept."
)
@click.option("--limit", type=click.IntRange(min=1), help="Stop after so many proteins.")
@click.option(
    "--on-error",
    type=click.Choice(["raise", "skip"]),
    default="raise",
    show_default=True,
    help="At a malformed record stop, or leave it out, list it at the end and exit with 3.",
)
@click.option("--release", default="", help="Date or version of the input, for the manifest (2025_01).")
@click.pass_context
def build(ctx: click.Context, /, **options: Any) -> None:
    """Read proteins into Parquet shards with a manifest.

    Run again it does nothing; after an interruption it goes on where it stopped.
    """
    from protclip.data.build import SKIPPED, BuildRequest
    from protclip.data.build import build as build_shards
    from protclip.exit_codes import SKIPPED_RECORDS
    from protclip.progress import counted

    request = BuildRequest(**options)
    result = build_shards(request, lambda proteins: counted(proteins, "proteins read"))
    manifest = result.manifest
    for note in result.notes:
        click.echo(note, err=True)
    click.echo(
        f"{request.output}: {manifest.num_proteins:,} proteins, {manifest.num_annotations:,} annotations, "
        f"{len(manifest.shards)} shards"
    )
    if result.skipped:
        for sentence in result.skipped[:_NUM_SHOWN]:
            click.echo(f"skipped: {sentence}", err=True)
        all_of_them = request.output / SKIPPED
        click.echo(f"{len(result.skipped):,} records were skipped; all are listed in {all_of_them}", err=True)
        ctx.exit(SKIPPED_RECORDS)


@data.command()
@click.argument("folder", type=_folder)
@click.option("--output", type=click.Path(path_type=Path), help=f"File to write [default: FOLDER/{SPLITS}].")
@click.option(
    "--assignment",
    help=f"Use the clusters and splits of a file, or the shipped ones ({SHIPPED}), without mmseqs.",
)
@click.option(
    "--identity", default=0.5, show_default=True, type=click.FloatRange(0, 1), help="Least identity."
)
@click.option(
    "--coverage", default=0.8, show_default=True, type=click.FloatRange(0, 1), help="Least coverage."
)
@click.option("--seed", default=17, show_default=True, help="Another seed is another split.")
@click.option("--valid-share", default=0.02, show_default=True, help="Share of the clusters for validation.")
@click.option("--test-share", default=0.05, show_default=True, help="Share of the clusters for the test.")
@click.option("--threads", default=os.cpu_count() or 1, help="Processor threads [default: all].")
@click.pass_context
def split(
    ctx: click.Context, /, folder: Path, output: Path | None, assignment: str | None, **settings: Any
) -> None:
    """Hold out whole sequence clusters of the proteins in FOLDER.

    Clusters come from mmseqs (MMseqs2) where it is installed, otherwise from the shipped assignment.
    """
    from protclip.data.shards import read_shards
    from protclip.progress import counted

    given = _given(ctx, settings)
    if assignment is not None and given:
        raise click.UsageError(f"{given[0]} has no effect with --assignment; leave it out")
    if assignment is None and not given and shutil.which("mmseqs") is None:
        assignment = SHIPPED
        click.echo(
            "mmseqs is not installed: the shipped assignment is used (apt-get install mmseqs2)", err=True
        )
    proteins = counted(read_shards(folder, "sequences"), "proteins read")
    target = output or folder / SPLITS
    if assignment is None:
        splits = _clustered(proteins, target.with_name(CLUSTERS), **settings)
    else:
        splits = _assigned(proteins, assignment)
    splits.write(target)
    counts = ", ".join(f"{name} {number:,}" for name, number in splits.counts().items())
    click.echo(f"{target}: {counts}; fingerprint {splits.fingerprint}")


@data.command()
@click.argument("folder", type=_folder)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def info(folder: Path, form: str) -> None:
    """Show what FOLDER holds, where it comes from, and whether it is undamaged."""
    from protclip.data.shards import MANIFEST, Manifest, check_shard
    from protclip.data.splits import Splits

    manifest = Manifest.read(folder / MANIFEST)
    for shard in manifest.shards:
        check_shard(folder, shard)
    facts: dict[str, Any] = {
        "folder": str(folder),
        "proteins": manifest.num_proteins,
        "annotations": manifest.num_annotations,
        "shards": len(manifest.shards),
        "checksums": "ok",
        "schema version": manifest.schema_version,
        **manifest.provenance,
        **({"steps": dict(manifest.steps)} if manifest.steps else {}),
    }
    if (folder / SPLITS).exists():
        splits = Splits.read(folder / SPLITS)
        facts |= {"splits": splits.counts(), "splits fingerprint": splits.fingerprint}
    if form == "json":
        click.echo(json.dumps(facts, indent=2))
        return
    for name, value in facts.items():
        told = ", ".join(f"{k} {v:,}" for k, v in value.items()) if isinstance(value, dict) else value
        click.echo(f"{name:20} {told:,}" if isinstance(told, int) else f"{name:20} {told}")


def _given(ctx: click.Context, names: Iterable[str]) -> list[str]:
    """Those of the options that were given on the command line."""
    source = click.core.ParameterSource.COMMANDLINE
    return [f"--{name.replace('_', '-')}" for name in names if ctx.get_parameter_source(name) is source]


def shipped_assignment() -> Path:
    """Where the shipped split assignment lies."""
    from importlib.resources import files

    # The data layer lies below protclip.starter and may not import it; a test compares the two paths.
    return Path(str(files("protclip") / "starter" / SPLITS))


def _clustered(
    proteins: Iterable["Protein"],
    kept: Path,
    *,
    identity: float,
    coverage: float,
    threads: int,
    **shares: Any,
) -> "Splits":
    """Splits by new clusters; the clusters of all proteins are kept beside them."""
    from protclip.data.splits import Splits, cluster_with_mmseqs, write_clusters

    clusters = cluster_with_mmseqs(proteins, identity, coverage, threads)
    write_clusters(clusters, kept)
    method = f"mmseqs easy-linclust, identity {identity:g}, coverage {coverage:g}"
    return Splits.from_clusters(clusters, **shares, provenance={"clusters": method})


def _assigned(proteins: Iterable["Protein"], assignment: str) -> "Splits":
    """The part of an assignment that concerns these proteins."""
    from protclip.data.splits import Splits

    path = shipped_assignment() if assignment == SHIPPED else Path(assignment)
    splits = Splits.read(path).restricted_to(protein.accession for protein in proteins)
    if not splits.by_accession:
        raise InputError(
            f"{path} holds out none of these proteins, so there would be nothing to validate on. "
            "Install mmseqs (apt-get install mmseqs2) to cluster them"
        )
    return splits
