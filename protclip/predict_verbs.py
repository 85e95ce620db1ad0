"""`protclip predict`: JSON requests in, JSON answers out."""

import json
from collections.abc import Iterator
from typing import Any

import click


@click.command()
@click.argument("source", metavar="FILE|-")
@click.pass_context
def predict(ctx: click.Context, source: str) -> None:
    """Answer JSON requests: function, mutation effect, description, interaction.

    FILE has one object, or one a line (JSON Lines); "-" is standard input. Tasks and their fields:
    protein_function_classification (protein_sequence), mutation_effect_prediction (original_sequence,
    mutated_sequence), cross_modal_transformation (protein_sequence), ppi_prediction (protein_A, protein_B). Each
    request gets one line of answer; one that cannot be answered gets a line with "error" and "field", the others
    are answered all the same, and the exit code is 3.
    """
    from protclip.errors import FieldError, InputError
    from protclip.exit_codes import SKIPPED_RECORDS
    from protclip.predict.tasks import Tools, predict_task

    tools, num_answered, num_refused = Tools(), 0, 0
    for number, request in _requests(source):
        try:
            if isinstance(request, InputError):
                raise request
            answer = predict_task(request, tools)
            num_answered += 1
        except InputError as error:
            num_refused += 1
            field = error.field if isinstance(error, FieldError) else ""
            answer = {"error": str(error), "field": field, "request": number}
            click.echo(f"request {number}: {error}", err=True)
        click.echo(json.dumps(answer, ensure_ascii=False))
    if not num_answered + num_refused:
        raise InputError(f"{source} has no request; give a JSON object, or one a line")
    if num_refused:
        ctx.exit(SKIPPED_RECORDS)


def _requests(source: str) -> Iterator[tuple[int, Any]]:
    """The requests with their number from 1; in the place of one that is no JSON, the error."""
    from protclip.errors import InputError
    from protclip.textio import open_text

    with open_text(source) as lines:
        text = "\n".join(lines)
    try:
        whole = json.loads(text)
    except ValueError:
        pass
    else:
        yield from enumerate(whole if isinstance(whole, list) else [whole], start=1)
        return
    for number, line in enumerate((line for line in text.splitlines() if line.strip()), start=1):
        try:
            yield number, json.loads(line)
        except ValueError as error:
            yield number, InputError(f"this is no JSON ({error}); give an object with the field task")
