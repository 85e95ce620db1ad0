"""The ablations as commands: `python -m train.sweep` lists them, `python -m train.sweep NAME` prints one."""

import sys

import click

from protclip.errors import InputError


@click.command()
@click.argument("names", nargs=-1)
@click.option("--base", help="Run file to change [default: train/runs/ablation.toml].")
def main(names: tuple[str, ...], base: str | None) -> None:
    """Print the command of each named ablation, or of all; pipe them into `bash` or a queue."""
    from train.ablations import BASE, commands

    try:
        click.echo("\n".join(commands(names, base or BASE)))
    except InputError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(2)


if __name__ == "__main__":
    main()
