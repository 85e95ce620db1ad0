"""Tell what a run would cost: `python -m train.estimate RUN.toml --gpus 64 --memory 32`."""

import sys
from pathlib import Path

import click

from protclip.errors import InputError, ProtCLIPError
from train.config import load_config


@click.command()
@click.argument("run", type=click.Path(path_type=Path), metavar="RUN.toml")
@click.option("--gpus", default=1, show_default=True, help="GPUs, one process each.")
@click.option("--memory", default=32.0, show_default=True, help="GiB of each.")
@click.option("--rate", default=0.0, help="TFLOP/s a GPU sustains; left out, measured on this machine.")
@click.option("--pairs", default=2_273_000, show_default=True, help="Proteins of an epoch.")
@click.option("--shape", default="", help="Where there is no checkpoint: ESM-2 8M, 35M, 150M, 650M or 3B.")
@click.option("--set", "overrides", multiple=True, metavar="A.B=C", help="Override one key of the run file.")
def main(run: Path, overrides: tuple[str, ...], **plan: float) -> None:
    """Weights, operations, bytes on each GPU and GPU-hours of the run in RUN.toml, by docs/training.md."""
    try:
        from train.cost_report import Cluster, report  # torch takes seconds to import

        click.echo(report(load_config(run, overrides), Cluster(**plan)))  # type: ignore[arg-type]
    except ProtCLIPError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(2 if isinstance(error, InputError) else 1)


if __name__ == "__main__":
    main()
