"""`protclip bridge fit | rank`."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from protclip.errors import ProtCLIPError
    from protclip.records import Protein

_model = click.option(
    "--model", type=click.Path(path_type=Path), help="Checkpoint folder [default: the shipped one]."
)
_NUM_SHOWN = 5


@click.group()
def bridge() -> None:
    """Rank what a knowledge graph knows (diseases, drugs, processes) for proteins it does not."""


@bridge.command()
@click.argument("graph", metavar="KG.csv")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, file_okay=False), required=True, help="Folder."
)
@click.option("--proteins", metavar="FASTA", help="Sequences [default: proteins of the shipped atlas].")
@click.option(
    "--type", "types", multiple=True, help="Type of nodes to take; may be given again [default: all]."
)
@click.option("--epochs", type=click.IntRange(0), default=10, show_default=True)
@click.option("--width", type=click.IntRange(1), default=768, show_default=True, help="Of the transformer.")
@click.option("--layers", type=click.IntRange(1), default=6, show_default=True)
@click.option("--attention-heads", type=click.IntRange(1), default=12, show_default=True)
@click.option("--held-out", type=click.FloatRange(0, 0.9), default=0.0, show_default=True,
              help="Share of the heads that is kept from training and measured on.")  # fmt: skip
@click.option("--seed", default=42, show_default=True)
@_model
@click.pass_context
def fit(ctx: click.Context, /, graph: str, output: Path, types: tuple[str, ...], **options: Any) -> None:
    """Train a bridge over a graph in PrimeKG's CSV form, plain or gzip.

    Nodes of type gene/protein are embedded by the sequence of the protein with that gene or accession, all others
    by their names. Malformed lines and proteins without a sequence are left out and told; the exit code of the
    first is 3. With --held-out a table tells the mean reciprocal rank by question.
    """
    from protclip.data.knowledge_graph import read_knowledge_graph
    from protclip.encode import Encoder
    from protclip.exit_codes import SKIPPED_RECORDS
    from protclip.predict.bridge_nodes import embed_graph
    from protclip.predict.bridge_study import save_known_tails, train_bridge
    from protclip.predict.bridge_training import FitOptions

    skipped: list[ProtCLIPError] = []
    read = read_knowledge_graph(graph, node_types=types, on_error="skip", report=skipped.append)
    embedded = embed_graph(read, Encoder.from_pretrained(options["model"]), _proteins(options["proteins"]))
    without = embedded.without_sequence
    if without:
        names = ", ".join(node.name or node.id for node in without[:_NUM_SHOWN])
        click.echo(f"without a sequence, left out: {len(without):,} proteins ({names} ...)", err=True)
    how = FitOptions(
        width=options["width"],
        num_layers=options["layers"],
        num_heads=options["attention_heads"],
        epochs=options["epochs"],
        seed=options["seed"],
    )
    known, measured = train_bridge(embedded, how, share=options["held_out"], watch=_tell_epoch)
    save_known_tails(known, output)
    for one in measured:
        told = "\t".join(one.question)
        click.echo(f"{told}\tMRR {one.value:.4f}\tuntrained {one.untrained:.4f}\tn={one.n}")
    kept = embedded.graph
    click.echo(f"{output}: {len(kept):,} triplets between {len(kept.nodes):,} nodes, {how.epochs} epochs")
    for error in skipped:
        click.echo(f"skipped: {error}", err=True)
    if skipped:
        ctx.exit(SKIPPED_RECORDS)


@bridge.command()
@click.argument("folder", metavar="BRIDGE", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--protein", "target", required=True, metavar="P", help="Accession of the atlas, sequence, or FASTA file."
)
@click.option("--relation", help="Relation as the graph calls it [default: each].")
@click.option("--tail", help="Type of node to rank [default: each].")
@click.option("--top", type=click.IntRange(1), default=10, show_default=True, help="Of each question.")
@click.option("--format", "form", type=click.Choice(["tsv", "jsonl"]), default="tsv", show_default=True)
@_model
def rank(folder: Path, target: str, form: str, top: int, **options: Any) -> None:
    """Rank the nodes of a bridge's graph for a protein.

    A row has accession, relation, type of the node, rank, id, name and cosine: a score, no probability. A node
    that the graph knows of the protein is not left out.
    """
    from protclip.encode import Encoder
    from protclip.predict.bridge_study import ask, load_known_tails, questions_from_proteins
    from protclip.predict.targets import proteins_of

    known = load_known_tails(folder)
    questions = questions_from_proteins(known, options["relation"], options["tail"])
    chosen = proteins_of(target, lambda: {p.accession: p for p in _proteins(None)})
    encoder = Encoder.from_pretrained(options["model"])
    rows = [
        {"accession": p.accession, "relation": q[1], "type": q[2], "rank": found.rank,
         **{name: asdict(found.node)[name] for name in ("id", "name")}, "cosine": round(found.cosine, 4)}
        for p in chosen
        for q in questions
        for found in ask(known, p, encoder, q, top)
    ]  # fmt: skip
    if form == "tsv":
        click.echo("\t".join(("accession", "relation", "type", "rank", "id", "name", "cosine")))
    for row in rows:
        click.echo(
            json.dumps(row, ensure_ascii=False) if form == "jsonl" else "\t".join(map(str, row.values()))
        )


def _proteins(fasta: str | None) -> "Iterable[Protein]":
    from protclip.data.atlas import read_atlas
    from protclip.sequence import read_fasta
    from protclip.starter import atlas_path

    return read_fasta(fasta) if fasta else read_atlas(atlas_path()).proteins


def _tell_epoch(epoch: int, loss: float) -> None:
    click.echo(f"epoch {epoch}: loss {loss:.4f}", err=True)
