"""ProtST's class texts for zero-shot classification (Xu et al. 2023): a TSV file with a row for each class.

``subloc_{name,template,language}.tsv`` have id, name and description of ten locations, ``reaction_*.tsv``
those of 384 reactions; reaction_name and reaction_language have no description, reaction_description has EC numbers.
"""

import csv
from dataclasses import dataclass
from pathlib import Path

from protclip.errors import AssetError
from protclip.textio import open_text


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassPrompt:
    """What to say of a class: its name, and a description or EC number where the file has one."""

    index: int
    name: str
    description: str = ""
    ec_number: str = ""


def read_prompts(path: Path) -> tuple[ClassPrompt, ...]:
    """The prompts of a file by their ids, which count from 0.

    Raises
    ------
    AssetError
        If there is no column id or name, or the ids are not 0, 1, 2 and so on.
    """
    with open_text(path) as lines:
        records = list(csv.DictReader(lines, delimiter="\t"))
    if not records or not {"id", "name"} <= set(records[0]):
        raise AssetError(
            f"{path} has no columns id and name. Give one of ProtST's subloc_*.tsv or reaction_*.tsv"
        )
    prompts = tuple(
        ClassPrompt(
            index=place,
            name=record["name"].strip(),
            description=(record.get("description") or record.get("comment") or "").strip(),
            ec_number=(record.get("EC_number") or "").strip(),
        )
        for place, record in enumerate(records)
    )
    if [record["id"] for record in records] != [str(prompt.index) for prompt in prompts]:
        raise AssetError(f"{path} does not number its classes 0, 1, 2 and so on. Copy or download it again")
    return prompts
