"""What is said of each class of a benchmark when its text answers for it."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from protclip.errors import InputError

if TYPE_CHECKING:
    from protclip.benchmarks.formats.protst_prompts import ClassPrompt

_GO = re.compile(r"GO:\d{7}")
_MAX_MEMBERS = 20
"""Enzymes named for a class of higher rank; the text tower reads no more."""


def class_texts(classes: Sequence[str], prompts: "Sequence[ClassPrompt]" = ()) -> tuple[str, ...]:
    """A text for each class, in their order; empty where there is none.

    Parameters
    ----------
    classes
        Names of locations, GO ids (their names are taken from the shipped ontology), or EC numbers.
    prompts
        The rows of one of ProtST's files. Where they have EC numbers, classes are found by these, and a class of
        higher rank such as 4.2.1.- has the names of its members; else they are the classes in their order.

    Raises
    ------
    InputError
        If no class has a text, or there is another number of prompts than of classes.
    """
    if any(prompt.ec_number for prompt in prompts):
        return _by_ec_number(classes, prompts)
    if prompts:
        if len(prompts) != len(classes):
            raise InputError(
                f"the file of prompts has {len(prompts)} rows for {len(classes)} classes; give one with a row for "
                "each class in their order, or with EC numbers"
            )
        return tuple(prompt.name for prompt in prompts)
    if all(_GO.fullmatch(name) for name in classes):
        return _term_names(classes)
    return tuple(re.sub(r"[._]", " ", name) for name in classes)


def _by_ec_number(classes: Sequence[str], prompts: "Sequence[ClassPrompt]") -> tuple[str, ...]:
    def text(number: str) -> str:
        if not number.endswith("-"):
            return name_of.get(number, "")
        stem = number.rstrip("-.") + "."
        members = [name for ec, name in name_of.items() if ec.startswith(stem)]
        return "; ".join(members[:_MAX_MEMBERS])

    name_of = {prompt.ec_number: prompt.name.rstrip(". ") for prompt in prompts if prompt.ec_number}
    texts = tuple(text(number) for number in classes)
    if not any(texts):
        raise InputError(
            f"the prompts speak of EC numbers such as {prompts[0].ec_number}, the classes are such as {classes[0]}; "
            "give prompts of the same classes"
        )
    return texts


def _term_names(classes: Sequence[str]) -> tuple[str, ...]:
    from protclip.data.ontology import Ontology
    from protclip.starter import ontology_path

    ontology = Ontology.read_parquet(ontology_path())
    return tuple(ontology.term(name).name if name in ontology else "" for name in classes)
