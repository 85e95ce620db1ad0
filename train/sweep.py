"""The ablations as commands: `python -m train.sweep` lists them, `python -m train.sweep NAME` prints one."""

import sys

import click

from protclip.errors import InputError


@click.command()
@click.argument("names", nargs=-1)
def main(names: tuple[str, ...]) -> None:
    """Print the command of each named ablation, or of all; pipe them into `bash` or a queue."""
    from train.ablations import commands

    try:
        click.echo("\n".join(commands(names)))
    except InputError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(2)


if __name__ == "__main__":
    main()
