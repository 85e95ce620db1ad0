"""The mutations page without the browser: command line, Python lines and curl call (pure; a test runs them)."""

import json
import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from protclip.predict.targets import QUERY
from protclip.records import Protein
from streamlit_app.api_query import MUTATE
from streamlit_app.recipes import Recipe, curl_call

MAX_OVER_HTTP = 400
"""Residues of a protein of which HTTP scores every substitution (`api_tasks.MAX_SCANNED`; a test compares)."""
_PYTHON = """\
{imports}
tools = Tools()
protein = {protein}
scanner = tools.scanner()
scan = scanner.scan(protein.sequence, text={text!r}, protein=protein)
variants = {variants}
for found in scanner.score(scan, variants):
    print(found.variant, found.combined, found.label, sep="\\t")
"""
_HEAD = """\
{imports}
tools = Tools()
protein = {protein}
scanner = tools.scanner()
scan = scanner.scan(protein.sequence, text={text!r}, protein=protein)
measured = read_measured(Path("measured.csv"), protein.sequence)
head, validation = fit_head(scanner, scan, measured.variants, measured.values, kind={kind!r})
variants = list(all_substitutions(protein.sequence))
for variant, value in zip(variants, head.predict(scanner, scan, variants)):
    print(variant, value, sep="\\t")
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedMutations:
    """What the page was asked: a protein, its text ("" for what is known), and variants (() for all single ones)."""

    protein: Protein
    text: str = ""
    variants: tuple[str, ...] = ()

    @property
    def is_known(self) -> bool:
        """Whether an accession of the atlas stands for the protein; else its sequence does."""
        return bool(self.protein.annotations)

    @property
    def target(self) -> str:
        """The protein on a command line."""
        return self.protein.accession if self.is_known else self.protein.sequence

    @property
    def is_over_http(self) -> bool:
        """Whether HTTP answers it: all substitutions of a long protein are too many."""
        return bool(self.variants) or len(self.protein.sequence) <= MAX_OVER_HTTP


def mutation_recipe(asked: AskedMutations, server: str) -> Recipe:
    """How to get the scores of all single substitutions, or of some variants; no curl call where HTTP refuses it."""
    words = ["protclip", "mutate", *(["--variants", " ".join(asked.variants)] if asked.variants else [])]
    body = {"accession" if asked.is_known else "sequence": asked.target}
    more: dict[str, str | list[str]] = {"variants": list(asked.variants)} if asked.variants else {}
    more |= {"text": asked.text} if asked.text else {}
    return Recipe(
        shell=shlex.join([*words, *_text_words(asked), asked.target]),
        python=_python(asked),
        curl=curl_call(f"{server}{MUTATE}", json.dumps(body | more)) if asked.is_over_http else "",
    )


def head_recipe(asked: AskedMutations, kind: str) -> tuple[str, str]:
    """Command line and Python lines that fit a head on the measured variants in measured.csv."""
    words = [
        "protclip",
        "mutate",
        "--measured",
        "measured.csv",
        "--head",
        kind,
        *_text_words(asked),
        asked.target,
    ]
    imports = (
        "from pathlib import Path\n",
        "from protclip.predict.mutation_table import read_measured",
        "from protclip.predict.supervised_mutation import fit_head",
        "from protclip.predict.tasks import Tools",
        "from protclip.predict.variants import all_substitutions",
        *_record_import(asked),
        "",
    )
    lines = _HEAD.format(imports="\n".join(imports), protein=_protein(asked), text=asked.text, kind=kind)
    return shlex.join(words), lines


def _text_words(asked: AskedMutations) -> list[str]:
    return ["--text", asked.text] if asked.text else []


def _python(asked: AskedMutations) -> str:
    needed = "parse_variant" if asked.variants else "all_substitutions"
    imports = (
        "from protclip.predict.tasks import Tools",
        f"from protclip.predict.variants import {needed}",
        *_record_import(asked),
        "",
    )
    return _PYTHON.format(
        imports="\n".join(imports),
        protein=_protein(asked),
        text=asked.text,
        variants=_variants(asked.variants),
    )


def _record_import(asked: AskedMutations) -> list[str]:
    return [] if asked.is_known else ["from protclip.records import Protein"]


def _protein(asked: AskedMutations) -> str:
    if asked.is_known:
        return f"tools.known_protein({asked.protein.accession!r})"
    return f"Protein(accession={QUERY!r}, sequence={asked.protein.sequence!r})"


def _variants(variants: Sequence[str]) -> str:
    if not variants:
        return "list(all_substitutions(protein.sequence))"
    return f"[parse_variant(text) for text in {list(variants)!r}]"
