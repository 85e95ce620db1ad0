"""`protclip evaluate` and `protclip release`: measuring a checkpoint, and making what is shipped of it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from protclip.benchmarks.registry import BENCHMARKS

_DATA, _BENCHMARK_DATA = Path("var/data/swissprot-goa"), Path("var/data/benchmarks")
_HELD_OUT_ONLY, _BENCHMARK_ONLY = (
    ("split", "limit"),
    ("finetune", "effort", "shots", "prompts", "prompt_field"),
)
_folder = click.Path(path_type=Path, file_okay=False, exists=True)


@click.command()
@click.option(
    "--model",
    metavar="FOLDER|NAME",
    help="Checkpoint folder; with --benchmark also a baseline's name [default: the shipped protclip-mini].",
)
@click.option(
    "--benchmark",
    "keys",
    metavar="NAME",
    multiple=True,
    help="Measure on a public benchmark instead; may come again: "
    + ", ".join(b.key for b in BENCHMARKS)
    + ".",
)
@click.option(
    "--all",
    "every",
    is_flag=True,
    help="All benchmarks; those that cannot be run are named, the exit code is 3.",
)
@click.option(
    "--finetune",
    type=click.Choice(["frozen", "full"]),
    default="frozen",
    show_default=True,
    help="Train a head on the frozen tower, or the tower with it.",
)
@click.option(
    "--effort",
    type=click.Choice(["published", "protst", "quick"]),
    default="published",
    show_default=True,
    help="Whose settings train: those of the paper and of PEER, ProtST's, or quick ones for two CPU cores.",
)
@click.option(
    "--shots",
    type=click.IntRange(0),
    help="Train nothing: answer by texts of the classes and so many examples of each; 0 is zero-shot.",
)
@click.option(
    "--prompts",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="ProtST's TSV file with a text for each class, for --shots [default: names of the classes].",
)
@click.option(
    "--prompt-field",
    type=click.Choice(["name", "description"]),
    default="name",
    show_default=True,
    help="Which column of --prompts has the text.",
)
@click.option(
    "--data",
    type=_folder,
    help=f"Folder of `protclip data build` [default: {_DATA}], or with the files of the benchmarks, where those of "
    f"one may lie in a folder with its name or its family's [default: {_BENCHMARK_DATA}].",
)
@click.option(
    "--split",
    type=click.Choice(["valid", "test"]),
    default="test",
    show_default=True,
    help="Of the held-out proteins.",
)
@click.option(
    "--limit",
    type=click.IntRange(100),
    default=5000,
    show_default=True,
    help="Held-out proteins, one a cluster.",
)
@click.option(
    "--seed",
    "seeds",
    multiple=True,
    type=int,
    default=(17,),
    help="Draws held-out proteins, splits, weights, the bootstrap; may come again [default: 17].",
)
@click.option("--output", type=click.Path(path_type=Path), help="CSV file to append the rows to.")
@click.pass_context
def evaluate(ctx: click.Context, /, keys: tuple[str, ...], every: bool, **options: Any) -> None:
    """Measure a checkpoint on held-out proteins, or any model on public benchmarks.

    Held-out proteins: the towers alone. Text finds protein, protein finds text, and the name of a GO term finds
    the proteins that have it, among proteins whose sequence cluster was never trained on.

    Benchmarks (--benchmark, --all): the 22 of Zhou et al. 2025, each with its own metric and 95% intervals. Files
    that are not there are named with their source.
    """
    is_benchmark = bool(keys) or every
    unused = _unused(ctx, _HELD_OUT_ONLY if is_benchmark else _BENCHMARK_ONLY)
    if unused:
        what = "benchmarks" if is_benchmark else "held-out proteins; name a --benchmark"
        raise click.UsageError(f"{', '.join(unused)} has no effect on {what}.")
    if is_benchmark:
        ctx.exit(_on_benchmarks(keys, every, options))
    _on_held_out(options)


def _unused(ctx: click.Context, names: Sequence[str]) -> list[str]:
    """Those of the options that were given, as they are written."""
    given = click.core.ParameterSource.COMMANDLINE
    return [f"--{name.replace('_', '-')}" for name in names if ctx.get_parameter_source(name) == given]


def _on_benchmarks(keys: Sequence[str], every: bool, options: Mapping[str, Any]) -> int:
    from protclip.benchmark_verbs import chosen_benchmarks, evaluate_benchmarks
    from protclip.benchmarks.runner import Evaluation

    asked = Evaluation(
        model=options["model"],
        data=options["data"] or _BENCHMARK_DATA,
        seeds=options["seeds"],
        finetune=options["finetune"],
        effort=options["effort"],
        shots=options["shots"],
        prompts=options["prompts"],
        prompt_field=options["prompt_field"],
    )
    return evaluate_benchmarks(chosen_benchmarks(keys, every), asked, options["output"])


def _on_held_out(options: Mapping[str, Any]) -> None:
    from protclip.benchmarks.held_out import choose_held_out, evaluate_towers
    from protclip.benchmarks.results import append_rows
    from protclip.data.ontology import Ontology
    from protclip.data.shards import read_shards
    from protclip.data.splits import Splits
    from protclip.encode import Encoder
    from protclip.starter import ontology_path, splits_path

    model, split, limit = options["model"], options["split"], options["limit"]
    encoder = Encoder.from_pretrained(model)
    splits, ontology = Splits.read(splits_path()), Ontology.read_parquet(ontology_path())
    proteins = list(read_shards(options["data"] or _DATA))
    for seed in options["seeds"]:
        held = choose_held_out(proteins, splits, split, limit=limit, seed=seed)
        click.echo(f"{encoder.name} {encoder.fingerprint} on {len(held):,} {split} proteins", err=True)
        measured = evaluate_towers(encoder, held, ontology, seed=seed)
        for m in measured:
            click.echo(m.line())
        if options["output"] is not None:
            facts = {
                "benchmark": f"swissprot-goa/{split}",
                "model": encoder.name,
                "fingerprint": encoder.fingerprint,
            }
            facts |= {"data": f"splits {splits.fingerprint[:12]}", "seed": str(seed)}
            given = f"--model {model} " if model else ""
            command = f"protclip evaluate {given}--split {split} --limit {limit} --seed {seed}"
            append_rows(options["output"], [facts | dict(m.row()) for m in measured], command=command)


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
