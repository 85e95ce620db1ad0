"""The interactions page without the browser: command line, Python lines and curl call (pure; a test runs them)."""

import json
import shlex
from collections.abc import Sequence
from typing import Any

from protclip.predict.targets import QUERY
from protclip.records import Protein
from streamlit_app.api_query import INTERACT
from streamlit_app.recipes import Recipe, curl_call

_PAIRS = """\
from protclip.predict.interacting import predict_pairs
from protclip.predict.tasks import Tools
{imports}
tools = Tools()
pairs = [
{pairs}]
for found in predict_pairs(pairs, tools.encoder, tools.interactions()):
    print(found.first, found.second, found.probability, *found.likely, sep="\\t")
"""
_ATLAS = """\
from protclip.predict.interacting import partners
from protclip.predict.tasks import Tools
{imports}
tools = Tools()
protein = {protein}
for found in partners(protein, {top}, tools.encoder, tools.interactions(), tools.atlas()):
    print(found.first, found.second, found.probability, *found.likely, sep="\\t")
"""
_KNOWN = ("--known", "known.tsv")


def pairs_recipe(pairs: Sequence[tuple[Protein, Protein]], server: str, *, known: bool = False) -> Recipe:
    """How to get the predictions of some pairs; ``known`` where there is a file of known interactions."""
    targets = [(_target(a), _target(b)) for a, b in pairs]
    body: dict[str, Any] = {"pairs": [list(pair) for pair in targets]}
    if len(pairs) == 1:
        shell = shlex.join(["protclip", "interact", *targets[0], *(_KNOWN if known else ())])
        body = {"protein_A": targets[0][0], "protein_B": targets[0][1]}
    else:
        lines = "".join(f"{a}\t{b}\n" for a, b in targets)
        words = ["protclip", "interact", "--pairs", "-", *(_KNOWN if known else ())]
        shell = f"{shlex.join(words)} <<'END'\n{lines}END"
    lines = "".join(f"    ({_python(a)}, {_python(b)}),\n" for a, b in pairs)
    python = _PAIRS.format(imports=_imports(p for pair in pairs for p in pair), pairs=lines)
    return Recipe(shell=shell, python=python, curl=_curl(body, server))


def atlas_recipe(protein: Protein, top: int, server: str, *, known: bool = False) -> Recipe:
    """How to get the most probable partners of a protein; ``known`` as in `pairs_recipe`."""
    target = _target(protein)
    return Recipe(
        shell=shlex.join(
            ["protclip", "interact", target, "--all", "--top", str(top), *(_KNOWN if known else ())]
        ),
        python=_ATLAS.format(imports=_imports([protein]), protein=_python(protein), top=top),
        curl=_curl({"protein_A": target, "against": "atlas", "top": top}, server),
    )


def _curl(body: dict[str, Any], server: str) -> str:
    return curl_call(f"{server}{INTERACT}", json.dumps(body))


def _target(protein: Protein) -> str:
    """An accession stands for a protein of which something is known, a sequence for any other."""
    return protein.accession if protein.annotations else protein.sequence


def _python(protein: Protein) -> str:
    if protein.annotations:
        return f"tools.known_protein({protein.accession!r})"
    return f"Protein(accession={protein.accession or QUERY!r}, sequence={protein.sequence!r})"


def _imports(proteins: Any) -> str:
    return "" if all(p.annotations for p in proteins) else "from protclip.records import Protein\n"
