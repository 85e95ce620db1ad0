"""Every key of a run file as a table for docs/training.md: `python -m train.key_table` prints it."""

import ast
import inspect
import itertools
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import click

import train.config
import train.finetune_config
import train.run_sections
from train.config import RunConfig
from train.finetune_config import FinetuneConfig
from train.toml_dataclass import accepted, spec_of, toml_value

TABLES: dict[str, tuple[type[Any], tuple[ModuleType, ...]]] = {
    "pre-training": (RunConfig, (train.config, train.run_sections)),
    "fine-tuning": (FinetuneConfig, (train.finetune_config,)),
}


def key_table(title: str) -> str:
    """One of the tables as Markdown: key, what it takes, default, and the sentence of its field."""
    cls, modules = TABLES[title]
    defaults = dict(_defaults(cls))
    sentences: dict[tuple[str, str], str] = {}
    for module in modules:
        sentences |= _sentences(module)
    rows = ["| key | takes | default | meaning |", "|---|---|---|---|"]
    for key, hint in spec_of(cls).items():
        told = f"`{toml_value(defaults[key])}`" if key in defaults else "must be given"
        meaning = sentences[_owner(cls, key), key.rpartition(".")[2]].replace("|", "\\|")
        rows.append(f"| `{key}` | {accepted(hint)} | {told} | {meaning} |")
    return "\n".join(rows)


def _sentences(module: ModuleType) -> dict[tuple[str, str], str]:
    """The text under each field, by class and field."""
    found = {}
    for section in ast.parse(inspect.getsource(module)).body:
        if isinstance(section, ast.ClassDef):
            for node, after in itertools.pairwise([*section.body, ast.Pass()]):
                if isinstance(node, ast.AnnAssign) and isinstance(after, ast.Expr):
                    found[section.name, ast.unparse(node.target)] = str(ast.literal_eval(after.value))
    return found


def _owner(cls: type[Any], key: str) -> str:
    """Name of the class that has the field."""
    section = key.rpartition(".")[0]
    return inspect.get_annotations(cls)[section].__name__ if section else cls.__name__


def _defaults(cls: type[Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, field in cls.__dataclass_fields__.items():
        kind = inspect.get_annotations(cls)[name]
        if hasattr(kind, "__dataclass_fields__"):
            yield from _defaults(kind, f"{prefix}{name}.")
        elif field.default is not field.default_factory:  # both are MISSING where the key must be given
            yield (
                prefix + name,
                field.default_factory() if callable(field.default_factory) else field.default,
            )


@click.command()
@click.argument("title", type=click.Choice(list(TABLES)))
def main(title: str) -> None:
    """Print the keys of a pre-training or fine-tuning file as a Markdown table."""
    click.echo(key_table(title))


if __name__ == "__main__":
    main()
