"""Fine-tune on a downstream task: `python train/finetune.py --set task=single-label --set data=FOLDER`."""

import sys
from pathlib import Path

import click

from protclip.errors import InputError, ProtCLIPError
from train.finetune_config import load_finetune_config


@click.command()
@click.argument("run", type=click.Path(path_type=Path), metavar="[RUN.toml]", required=False)
@click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Set or override one key.")
def main(run: Path | None, overrides: tuple[str, ...]) -> None:
    """Train a head on the protein tower, and the tower too unless frozen, as RUN.toml or --set says."""
    try:
        config = load_finetune_config(run, overrides)
        from train.finetuning import finetune  # torch takes seconds to import

        found = finetune(config)
        click.echo("\n".join(f"test {name} {value:.4f}" for name, value in found.items()))
    except ProtCLIPError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(2 if isinstance(error, InputError) else 1)


if __name__ == "__main__":
    main()
