"""How people say what GO terms mean: 9,600 wordings of the 2,400 terms that proteins have most.

Written for this project term by term, from each term's name and definition, by writers who had seen none of the
questions that the search is measured with. Regulation of something has no wording of its own here.
"""

import csv
from collections.abc import Mapping
from functools import cache
from importlib.resources import files


@cache
def everyday_names() -> Mapping[str, tuple[str, ...]]:
    """The wordings of each GO id that has any."""
    text = (files("protclip.data") / "everyday_names.tsv").read_text(encoding="utf-8")
    found: dict[str, list[str]] = {}
    for row in csv.DictReader(text.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE):
        found.setdefault(row["go"], []).append(row["said"])
    return {go_id: tuple(said) for go_id, said in found.items()}
