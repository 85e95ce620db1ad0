"""Predicted functions of one protein without the browser (pure; a test runs them)."""

import json
import shlex

from protclip.records import Protein
from streamlit_app.api_query import ANNOTATE
from streamlit_app.recipes import Recipe, curl_call

_PYTHON = """\
import json

from protclip.predict.annotation_rows import document
from protclip.predict.tasks import Tools

tools = Tools()
accession, sequence = {accession!r}, {sequence!r}
(found,) = tools.function().predict([sequence], [accession], [{{accession}}])
print(json.dumps(document(found, tools.ontology), ensure_ascii=False))
"""


def predicted_recipe(protein: Protein, server: str) -> Recipe:
    """How to predict the functions of a protein from all proteins but those of its accession."""
    record = shlex.quote(f">{protein.accession}\n{protein.sequence}")
    body = {
        "sequences": [{"accession": protein.accession, "sequence": protein.sequence}],
        "exclude_self": True,
    }
    command = f"echo {record} | protclip annotate - --exclude-self --output predicted.jsonl"
    return Recipe(
        shell=command,
        python=_PYTHON.format(accession=protein.accession, sequence=protein.sequence),
        curl=curl_call(f"{server}{ANNOTATE}", json.dumps(body)),
    )
