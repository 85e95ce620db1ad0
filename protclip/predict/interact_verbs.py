"""`protclip interact`."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from protclip.encode import Encoder
    from protclip.errors import ProtCLIPError
    from protclip.predict.interaction import Interaction, InteractionPredictor
    from protclip.predict.pair_inputs import PairInputs


@click.command()
@click.argument("first", metavar="A", required=False)
@click.argument("second", metavar="B", required=False)
@click.option(
    "--pairs", metavar="FILE", help="A list of pairs, two columns with a tab between; - is standard input."
)
@click.option("--all", "against_all", is_flag=True, help="A against every protein of the shipped atlas.")
@click.option("--top", type=click.IntRange(1), default=20, show_default=True, help="Partners shown of --all.")
@click.option("--format", "form", type=click.Choice(["tsv", "json"]), default="tsv", show_default=True)
@click.option(
    "--model", type=click.Path(path_type=Path), help="Checkpoint folder [default: the shipped one]."
)
@click.option("--head", type=click.Path(path_type=Path), help="Interaction head [default: the shipped one].")
@click.pass_context
def interact(ctx: click.Context, /, first: Any, second: Any, form: str, **options: Any) -> None:
    """Predict whether two proteins interact, and how.

    A and B are FASTA files, sequences, or accessions of the shipped atlas; of files, each protein of A is
    paired with each of B. Of a list of pairs, one that cannot be used is reported, the others are done, and
    the exit code is 3. The probability is among pairs half of which interact (docs/interactions.md).
    """
    from protclip.exit_codes import SKIPPED_RECORDS
    from protclip.predict.interacting import partners, predict_pairs

    pairs, against_all = options["pairs"], options["against_all"]
    _check_usage(first, second, pairs, against_all)
    failures: list[ProtCLIPError] = []

    def report(error: "ProtCLIPError") -> None:
        failures.append(error)
        click.echo(f"protclip: {error}", err=True)

    encoder, predictor, inputs = _opened(options["model"], options["head"])
    if pairs is not None:
        found = predict_pairs(list(inputs.listed_pairs(pairs, report)), encoder, predictor)
    elif against_all:
        queries = inputs.proteins(first)
        found = [
            one for a in queries for one in partners(a, options["top"], encoder, predictor, inputs.atlas)
        ]
    else:
        found = predict_pairs(inputs.pairs(first, second), encoder, predictor)
    click.echo(_json(found, predictor) if form == "json" else _tsv(found))
    if failures:
        ctx.exit(SKIPPED_RECORDS)


def _check_usage(first: str | None, second: str | None, pairs: str | None, against_all: bool) -> None:
    given = (first is not None, second is not None, pairs is not None, against_all)
    if given not in {
        (True, True, False, False),
        (False, False, True, False),
        (True, False, False, True),
    }:
        raise click.UsageError("give two proteins (A B), one protein with --all, or --pairs FILE")


def _opened(model: Path | None, head: Path | None) -> "tuple[Encoder, InteractionPredictor, PairInputs]":
    from protclip import starter
    from protclip.data.atlas import read_atlas
    from protclip.encode import Encoder
    from protclip.predict.interaction_file import read_predictor
    from protclip.predict.pair_inputs import PairInputs

    encoder = Encoder.from_pretrained(model)
    predictor = read_predictor(head or starter.interaction_path())
    predictor.check(encoder.fingerprint)
    return encoder, predictor, PairInputs(read_atlas=lambda: read_atlas(starter.atlas_path()))


def _tsv(found: "list[Interaction]") -> str:
    from protclip.data.ppi_pairs import TYPES

    near = ("first_nearest", "first_cosine", "second_nearest", "second_cosine")
    lines: list[tuple[str, ...]] = [("first", "second", "probability", *TYPES, "likely", *near, "warnings")]
    for one in found:
        probabilities = (one.probability, *(p for _, p in one.types))
        lines.append(
            (
                one.first,
                one.second,
                *(f"{p:.4f}" for p in probabilities),
                ",".join(one.likely),
                one.first_nearest.accession,
                f"{one.first_nearest.cosine:.4f}",
                one.second_nearest.accession,
                f"{one.second_nearest.cosine:.4f}",
                " ".join(one.warnings),
            )
        )
    return "\n".join("\t".join(line) for line in lines)


def _json(found: "list[Interaction]", predictor: "InteractionPredictor") -> str:
    from protclip.predict.interacting import document

    return json.dumps(document(found, predictor), indent=2)
