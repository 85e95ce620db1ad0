"""Draw a run: `python -m train.plot RUN_FOLDER` writes RUN_FOLDER/training.svg."""

import sys
from pathlib import Path

import click

from protclip.errors import InputError, ProtCLIPError


@click.command()
@click.argument("run_folder", type=click.Path(path_type=Path))
def main(run_folder: Path) -> None:
    """Draw the curves of the run in RUN_FOLDER, finished or not, into its training.svg."""
    try:
        from train.figures import write_figure

        click.echo(write_figure(run_folder))
    except ImportError as error:
        click.echo(f"Error: {error}. Install matplotlib: pip install -e '.[figures]'", err=True)
        sys.exit(1)
    except ProtCLIPError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(2 if isinstance(error, InputError) else 1)


if __name__ == "__main__":
    main()
