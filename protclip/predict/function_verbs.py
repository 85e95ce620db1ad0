"""`protclip calibrate`: fit what makes scores probabilities, and measure function prediction on held-out proteins."""

from pathlib import Path

import click

from protclip.errors import InputError

_folder = click.Path(path_type=Path, file_okay=False, exists=True)


@click.command()
@click.option("--data", type=_folder, default=Path("var/data/swissprot-goa"), show_default=True,
              help="Folder of `protclip data build`.")  # fmt: skip
@click.option("--known", type=click.Choice(["atlas", "full"]), default="atlas", show_default=True,
              help="Known proteins: the shipped atlas, or all of the data; of training clusters alone.")  # fmt: skip
@click.option("--model", type=_folder, help="Checkpoint folder [default: the shipped protclip-mini].")
@click.option("--limit", type=click.IntRange(100), default=5000, show_default=True,
              help="Proteins of each split, one a cluster.")  # fmt: skip
@click.option("--seed", default=17, show_default=True, help="Draws the proteins.")
@click.option("--save", type=click.Path(path_type=Path), help="Where to write the calibration (JSON).")
@click.option("--release", is_flag=True,
              help="Write it among the shipped files, with its line in the manifest.")  # fmt: skip
@click.option("--test", is_flag=True, help="Measure on test clusters; without it on validation, by folds.")
@click.option(
    "--baseline",
    "baselines",
    type=click.Choice(["mmseqs2", "diamond", "blastp", "3-mers"]),
    multiple=True,
    help="Measure transfer from its hits beside it; several times for several. The first program's "
    "identities make the strata.",
)
@click.option("--output", type=click.Path(path_type=Path), help="CSV file to append the rows to.")
@click.option(
    "--figure",
    type=click.Path(path_type=Path),
    help="SVG file for the curve of the calibration; needs --output.",
)
def calibrate(
    data: Path, known: str, model: Path | None, limit: int, seed: int, save: Path | None, release: bool,
    test: bool, baselines: tuple[str, ...], output: Path | None, figure: Path | None,
) -> None:  # fmt: skip
    """Fit what makes function scores probabilities, and measure it on held-out proteins.

    Weights and curve are fitted on validation clusters. --test measures once on clusters that nothing was chosen on.
    """
    if figure is not None and output is None:
        raise InputError("--figure is drawn from the rows of --output; give both")
    from protclip import starter
    from protclip.benchmarks.results import append_rows
    from protclip.predict.function_study import Study, study

    options = Study(
        data=data, known=known, model=model, limit=limit, seed=seed, test=test, baselines=baselines
    )
    found = study(options, say=lambda text: click.echo(text, err=True))
    for row in found.rows:
        click.echo(f"{row['benchmark']}\t{row['metric']}\t{row['value']:.4g}\tn={row['n']}")
    if save is not None:
        found.calibration.write(save)
    if release:
        found.calibration.write(starter.folder() / starter.CALIBRATION)
        how = f"protclip calibrate --known {known} --limit {limit} --seed {seed}"
        starter.list_file(
            starter.CALIBRATION,
            f"fitted by {how} with the checkpoint {found.calibration.fingerprint} on validation clusters of "
            "splits.parquet, known proteins: training clusters alone",
        )
    if output is not None:
        flags = (" --test" if test else "") + "".join(f" --baseline {name}" for name in baselines)
        command = f"protclip calibrate --known {known} --limit {limit} --seed {seed}{flags}"
        append_rows(output, list(found.rows), command=command)
    if figure is not None and output is not None:
        from protclip.predict.reliability_figure import draw_reliability

        draw_reliability(output, f"function-{known}/{'test' if test else 'valid'}/all", figure)
