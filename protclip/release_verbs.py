"""`protclip evaluate` and `protclip release`: measuring a checkpoint, and making what is shipped of it."""

from pathlib import Path

import click

_DATA = Path("var/data/swissprot-goa")
_folder = click.Path(path_type=Path, file_okay=False, exists=True)


@click.command()
@click.option("--model", type=_folder, help="Checkpoint folder [default: the shipped protclip-mini].")
@click.option(
    "--data", type=_folder, default=_DATA, show_default=True, help="Folder of `protclip data build`."
)
@click.option("--split", type=click.Choice(["valid", "test"]), default="test", show_default=True)
@click.option(
    "--limit", type=click.IntRange(100), default=5000, show_default=True, help="Proteins, one a cluster."
)
@click.option("--seed", default=17, show_default=True, help="Draws the proteins and the bootstrap.")
@click.option("--output", type=click.Path(path_type=Path), help="CSV file to append the rows to.")
@click.pass_context
def evaluate(
    ctx: click.Context, model: Path | None, data: Path, split: str, limit: int, seed: int, output: Path | None
) -> None:
    """Measure a checkpoint on held-out proteins.

    The towers alone: text finds protein, protein finds text, and the name of a GO term finds the
    proteins that have it, among proteins whose sequence cluster was never trained on.
    """
    from protclip.benchmarks.held_out import choose_held_out, evaluate_towers
    from protclip.benchmarks.results import append_rows
    from protclip.data.ontology import Ontology
    from protclip.data.shards import read_shards
    from protclip.data.splits import Splits
    from protclip.encode import Encoder
    from protclip.starter import ontology_path, splits_path

    encoder = Encoder.from_pretrained(model)
    splits, ontology = Splits.read(splits_path()), Ontology.read_parquet(ontology_path())
    held = choose_held_out(list(read_shards(data)), splits, split, limit=limit, seed=seed)  # type: ignore[arg-type]
    click.echo(f"{encoder.name} {encoder.fingerprint} on {len(held):,} {split} proteins", err=True)
    measured = evaluate_towers(encoder, held, ontology, seed=seed)
    for m in measured:
        click.echo(f"{m.metric}\t{m.value:.4g}\t[{m.low:.4g}, {m.high:.4g}]\tn={m.n}")
    if output is not None:
        facts = {
            "benchmark": f"swissprot-goa/{split}",
            "model": encoder.name,
            "fingerprint": encoder.fingerprint,
        }
        facts |= {"data": f"splits {splits.fingerprint[:12]}", "seed": str(seed)}
        given = f"--model {model} " if model else ""
        command = f"protclip evaluate {given}--split {split} --limit {limit} --seed {seed}"
        append_rows(output, [facts | dict(m.row()) for m in measured], command=command)


@click.command()
@click.argument("checkpoint", type=_folder)
@click.option(
    "--data", type=_folder, default=_DATA, show_default=True, help="Folder of `protclip data build`."
)
@click.option(
    "--output", type=click.Path(path_type=Path), help="Folder to write [default: the shipped files]."
)
@click.option("--size", default=45_000, show_default=True, help="Proteins in the atlas.")
@click.option(
    "--card", type=click.Path(path_type=Path, exists=True), help="Model card to ship as its README.md."
)
def release(checkpoint: Path, data: Path, output: Path | None, size: int, card: Path | None) -> None:
    """Make the shipped files of a checkpoint: weights, atlas, ontology, split and manifest."""
    from protclip import starter
    from protclip.release import make_release

    def say(text: str) -> None:
        click.echo(text, err=True)

    coverage = make_release(checkpoint, data, output or starter.folder(), size=size, card=card, say=say)
    click.echo(
        f"{coverage.num_proteins:,} proteins, {coverage.num_named:,} named; "
        f"{coverage.num_covered:,} of {coverage.num_terms:,} frequent GO terms covered ({coverage.share:.1%})"
    )
