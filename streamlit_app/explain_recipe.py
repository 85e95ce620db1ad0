"""An explanation without the browser: command line, Python lines and curl call (pure; a test runs them)."""

import json
import shlex

from streamlit_app.api_query import EXPLAIN
from streamlit_app.recipes import Recipe, curl_call

_PYTHON = """\
from protclip.data.biotext import describe
from protclip.predict.explain import explain
from protclip.predict.explain_export import track_table
from protclip.predict.tasks import Tools
from protclip.records import Protein

tools = Tools()
protein = {protein}
biotext = describe(protein, tools.ontology if protein.annotations else None)
print(track_table(explain(tools.encoder, protein, {sentence!r}, biotext=biotext)), end="")
"""


def explain_recipe(
    accession: str,
    sequence: str,
    sentence: str,
    server: str,
    *,
    structure: str = "",
    track: str = "contribution",
) -> Recipe:
    """How to repeat an explanation; without an accession of the shipped atlas by the sequence alone.

    Parameters
    ----------
    structure
        The ending (pdb or cif) of the structure that the command is to write ``track`` into; "" for none.
    """
    named = {"accession": accession} if accession else {"sequence": sequence}
    words = ["protclip", "explain", accession or sequence, f"--text={sentence}", "--format", "tsv"]
    if structure:
        output = f"{accession or 'query'}-{track.replace(':', '-')}.{structure}"
        words += ["--pdb", f"structure.{structure}", "--output", output, "--track", track]
    by_sequence = f"Protein(accession='query', sequence={sequence!r})"
    return Recipe(
        shell=shlex.join(words),
        python=_PYTHON.format(
            protein=f"tools.known_protein({accession!r})" if accession else by_sequence, sentence=sentence
        ),
        curl=curl_call(f"{server}{EXPLAIN}", json.dumps({**named, "text": sentence})),
    )
