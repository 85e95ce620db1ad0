"""What is said of each class of a benchmark when its text answers for it."""

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal

from protclip.errors import InputError

if TYPE_CHECKING:
    from protclip.benchmarks.formats.protst_prompts import ClassPrompt

PromptField = Literal["name", "description"]
"""Which of a prompt's texts is taken, as ProtST's prompt_field."""
_GO = re.compile(r"GO:\d{7}")
_MAX_MEMBERS = 20
"""Enzymes named for a class of higher rank; the text tower reads no more."""


def class_texts(
    classes: Sequence[str], prompts: "Sequence[ClassPrompt]" = (), field: PromptField = "name"
) -> tuple[str, ...]:
    """A text for each class, in their order; empty where there is none.

    Parameters
    ----------
    classes
        Names of locations, GO ids (their names are taken from the shipped ontology), or EC numbers.
    prompts
        The rows of one of ProtST's files. Where they have EC numbers, classes are found by these, and a class of
        higher rank such as 4.2.1.- has the texts of its members; else they are the classes in their order.
    field
        Which text of a prompt; where a prompt has no description, its name stands for it.

    Raises
    ------
    InputError
        If no class has a text, there is another number of prompts than of classes, or none has a description.
    """
    if prompts and field == "description" and not any(prompt.description for prompt in prompts):
        raise InputError(
            "the file of prompts has no descriptions; leave --prompt-field out to take the names"
        )
    wants_names = field == "name"
    texts = tuple(prompt.name if wants_names else prompt.description or prompt.name for prompt in prompts)
    numbers = [prompt.ec_number for prompt in prompts]
    if any(numbers):
        return _by_ec_number(classes, dict(zip(numbers, texts, strict=True)))
    if prompts:
        if len(prompts) != len(classes):
            raise InputError(
                f"the file of prompts has {len(prompts)} rows for {len(classes)} classes; give one with a row for "
                "each class in their order, or with EC numbers"
            )
        return texts
    if all(_GO.fullmatch(name) for name in classes):
        return _term_names(classes)
    return tuple(re.sub(r"[._]", " ", name) for name in classes)


def _by_ec_number(classes: Sequence[str], text_of: Mapping[str, str]) -> tuple[str, ...]:
    def text(number: str) -> str:
        if not number.endswith("-"):
            return told.get(number, "")
        stem = number.rstrip("-.") + "."
        return "; ".join([name for ec, name in told.items() if ec.startswith(stem)][:_MAX_MEMBERS])

    told = {number: text.rstrip(". ") for number, text in text_of.items() if number}
    texts = tuple(text(number) for number in classes)
    if not any(texts):
        raise InputError(
            f"the prompts speak of EC numbers such as {next(iter(told))}, the classes are such as {classes[0]}; give "
            "prompts of the same classes"
        )
    return texts


def _term_names(classes: Sequence[str]) -> tuple[str, ...]:
    from protclip.data.ontology import Ontology
    from protclip.starter import ontology_path

    ontology = Ontology.read_parquet(ontology_path())
    return tuple(ontology.term(name).name if name in ontology else "" for name in classes)
