"""Train the two towers: `torchrun train/pretrain.py train/runs/mini.toml`, or plain python."""

import sys
from pathlib import Path

import click

from protclip.errors import InputError, ProtCLIPError
from train.config import load_config


@click.command()
@click.argument("run", type=click.Path(path_type=Path), metavar="RUN.toml")
@click.option("--resume", is_flag=True, help="Continue from the run's latest snapshot.")
@click.option("--set", "overrides", multiple=True, metavar="A.B=C", help="Override one key of the run file.")
def main(run: Path, resume: bool, overrides: tuple[str, ...]) -> None:
    """Pre-train as RUN.toml says. SIGTERM or Ctrl-C ends the run after its step, with a snapshot."""
    try:
        config = load_config(run, overrides)
        from train.loop import train_run  # torch takes seconds to import: not before the run file is right

        train_run(config, resume=resume)
    except ProtCLIPError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(2 if isinstance(error, InputError) else 1)


if __name__ == "__main__":
    main()
