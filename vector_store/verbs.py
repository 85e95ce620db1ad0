"""`protclip search` and `protclip index`."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from protclip.errors import ProtCLIPError
    from vector_store.questions import Questions
    from vector_store.retriever import Retriever
    from vector_store.search_rows import Writer
    from vector_store.searching import Opened
    from vector_store.store import ProteinStore


_target = click.option(
    "--index",
    "--target",
    "target",
    metavar="PATH|URL",
    help="Index folder, or address of a Qdrant server [default: QDRANT_URL, PROTCLIP_INDEX, var/index].",
)
_model = click.option(
    "--model", type=click.Path(path_type=Path), help="Checkpoint folder [default: the shipped one]."
)
_FULL = Path("var/data/swissprot-goa")


@click.command()
@click.argument("text", required=False)
@click.option("--top", type=click.IntRange(1, 1_000), default=10, show_default=True, help="Hits a query.")
@click.option(
    "--mode",
    type=click.Choice(["hybrid", "semantic", "lexical"]),
    default="hybrid",
    show_default=True,
    help="Sequence vectors alone, words alone, or both and the vectors of the known annotation.",
)
@click.option(
    "--filter",
    "filters",
    multiple=True,
    metavar="KEY=VALUE",
    help="go, ec, location, organism, length (100-300), named (yes, no) or evidence (experimental, curated, "
    "computational, unknown); may come again.",
)
@click.option(
    "--sequence", metavar="SEQ|FASTA", help="A protein sequence, or a file with one query a record."
)
@click.option("--accession", metavar="ACC", help="A protein of the index.")
@click.option("--more-like", multiple=True, metavar="ACC", help="An example; may come again.")
@click.option("--less-like", multiple=True, metavar="ACC", help="An example to keep away from.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json", "jsonl", "tsv"]),
    default="table",
    show_default=True,
)
@_target
@_model
@click.pass_context
def search(ctx: click.Context, /, target: str | None, model: Path | None, form: Any, **options: Any) -> None:
    """Find proteins by a sentence, a keyword, an accession or a sequence.

    Without TEXT, queries are read from standard input, one a line. Of many queries, one that cannot be
    used is reported, the others are answered, and the exit code is 3. Where there is no index yet, it is
    built first. Each row has rank, accession, name, score, cosine, percentile, legs and annotations.
    """
    from protclip.exit_codes import SKIPPED_RECORDS
    from vector_store.filters import parse_filters
    from vector_store.questions import Asking, questions
    from vector_store.search_rows import Writer
    from vector_store.store import SearchFilter

    asking = Asking(**{key: options[key] for key in Asking.__dataclass_fields__})
    failures: list[ProtCLIPError] = []
    asked = questions(asking, lambda error: _report(error, failures))
    opened = open_for_search(target, model)
    try:
        where = parse_filters(
            options["filters"],
            opened.ontology,
            lambda: [name for name, _ in opened.store.facet("organism", SearchFilter(), 100_000)],
        )
        writer = Writer(form, opened.retriever.title, one=asked.one)
        settings = {"filter": where, "mode": options["mode"], "top": options["top"]}
        _answer(asked, opened.retriever, writer, settings, failures)
    finally:
        opened.store.close()
    if failures:
        ctx.exit(SKIPPED_RECORDS)


def _answer(
    asked: "Questions",
    retriever: "Retriever",
    writer: "Writer",
    settings: dict[str, Any],
    failures: "list[ProtCLIPError]",
) -> None:
    """Print answers as they come. A query that cannot be used ends the call only if it is the only one."""
    from dataclasses import replace

    from protclip.errors import InputError
    from vector_store.recognise import shortened

    for question in asked.items:
        try:
            result = retriever.search(replace(question.query, **settings))
        except InputError as error:
            if asked.one:
                raise
            _report(error, failures, f"query {shortened(question.label)!r}: ")
            continue
        for warning in result.warnings:
            click.echo(f"protclip: note: {warning}", err=True)
        click.echo(writer.text_of(result, question.label), nl=False)
    click.echo(writer.end(), nl=False)


def _report(error: "ProtCLIPError", failures: "list[ProtCLIPError]", lead: str = "") -> None:
    failures.append(error)
    click.echo(f"protclip: {lead}{error}", err=True)


def open_for_search(target: str | None, model: Path | None) -> "Opened":
    """`vector_store.searching.open_search`, with a line of progress while an index is built."""
    from protclip.progress import ProgressLine
    from vector_store.searching import open_search

    return open_search(target, model, progress=ProgressLine("building the index, proteins loaded"))


@click.group(invoke_without_command=True)
@click.option(
    "--source",
    type=click.Choice(["starter", "full"]),
    default="starter",
    show_default=True,
    help="The shipped atlas, or all of Swiss-Prot as `protclip data build` wrote it.",
)
@click.option(
    "--atlas",
    type=click.Path(path_type=Path, file_okay=False),
    help=f"Folder of another atlas, or of shards (encoded here) [default with --source full: {_FULL}].",
)
@click.option("--rebuild", is_flag=True, help="Make it anew, whatever is there.")
@click.option("--quantize", is_flag=True, help="Keep an int8 copy of the vectors in memory: a quarter of it.")
@_target
@_model
@click.pass_context
def index(
    ctx: click.Context,
    /,
    source: str,
    atlas: Path | None,
    target: str | None,
    model: Path | None,
    **options: Any,
) -> None:
    """Build the search index, or go on with one that was interrupted.

    A complete index is left as it is unless --rebuild is given. `protclip index status` describes it.
    """
    if ctx.invoked_subcommand:
        return
    folder = atlas or (_FULL if source == "full" else None)
    store, number = _built(folder, target, model, options)
    info = store.info()
    store.close()
    click.echo(
        f"{info.location}: {info.num_points:,} proteins ({number:,} loaded now), {info.engine}, "
        f"checkpoint {info.fingerprint}, dimension {info.dimension}"
    )


def _built(
    folder: Path | None, target: str | None, model: Path | None, options: dict[str, Any]
) -> "tuple[ProteinStore, int]":
    from protclip import starter
    from protclip.data.ontology import Ontology
    from protclip.progress import ProgressLine
    from vector_store.build_index import average_words, build_from_proteins, build_index
    from vector_store.manifest import StoreOptions
    from vector_store.opening import open_store
    from vector_store.sources import source_of

    ontology = Ontology.read_parquet(starter.ontology_path())
    source = source_of(folder, model)
    store = open_store(
        target,
        source.fingerprint,
        source.dimension,
        "rebuild" if options["rebuild"] else "write",
        StoreOptions(quantize=options["quantize"], average_words=average_words(source.proteins, ontology)),
    )
    line = ProgressLine("proteins loaded")
    try:
        if source.atlas is not None:
            number = build_index(source.atlas, ontology, store, line)
        else:
            assert source.encoder is not None
            number = build_from_proteins(source.proteins, ontology, store, source.encoder, line)
    except BaseException:
        store.close()
        raise
    return store, number


@index.command()
@_target
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.pass_context
def status(ctx: click.Context, /, target: str | None, form: str) -> None:
    """Describe the index: where, how large, whose vectors, complete or not. Works while it is in use."""
    import json
    from dataclasses import asdict

    from protclip.errors import StoreError
    from vector_store.opening import default_target, index_info, place_shown

    given = ctx.parent.params["target"] if ctx.parent else None
    place = target or given or default_target()
    info = index_info(place)
    if info is None:
        raise StoreError(f"there is no index at {place_shown(place)}. Build it: protclip index")
    if form == "json":
        click.echo(json.dumps(asdict(info), indent=2))
        return
    for name, value in asdict(info).items():
        click.echo(f"{name:15} {value:,}" if name == "num_points" else f"{name:15} {value}")
