"""An annotation job without the browser: command line, Python lines and curl call (pure; a test runs them)."""

import json
import shlex

from protclip.predict.gaf import UNIDENTIFIED
from streamlit_app.annotation_request import BATCH, MAX_QUICK, AnnotationRequest
from streamlit_app.api_query import ANNOTATE
from streamlit_app.recipes import Recipe, curl_call

FASTA, BODY = "proteins.fasta", "request.json"
"""What the files are called that the lines read."""
MAX_BODY, MAX_RESIDUES = 200_000, 10_000
"""What HTTP takes: bytes of a body, residues of a protein."""
_MAX_INLINE = 1_500
_PYTHON = """\
import json
import sys

from protclip.predict.annotate import annotate
from protclip.predict.annotation_input import LIMITS
from protclip.predict.annotation_rows import document
from protclip.predict.statements import Wanted
from protclip.sequence import read_fasta
from vector_store.predicting import open_predictor

opened = open_predictor("atlas")
wanted = Wanted(min_probability={probability}, top={top})
report = lambda error: print(error, file=sys.stderr)
proteins = read_fasta("{fasta}", on_error="skip", report=report, limits=LIMITS)
for prediction in annotate(proteins, opened.predictor, batch={batch}):
    print(json.dumps(document(prediction, opened.ontology, wanted), ensure_ascii=False))
opened.close()
"""


def annotation_recipe(request: AnnotationRequest, text: str, server: str) -> Recipe:
    """How to repeat a job; ``text`` is its FASTA, which lies in the file `FASTA`; "" for more than HTTP takes."""
    python = _PYTHON.format(probability=request.min_probability, top=request.top, fasta=FASTA, batch=BATCH)
    return Recipe(shell=_shell(request), python=python, curl=_curl(request, text, server))


def http_body(request: AnnotationRequest, text: str) -> str:
    """The JSON that HTTP takes, "" where it does not take so many or so long proteins."""
    if request.num_usable > MAX_QUICK:
        return ""
    body = json.dumps(
        {"fasta": text, "min_probability": request.min_probability}
        | ({} if request.top is None else {"top": request.top})
    )
    num_records = sum(line.lstrip().startswith(">") for line in text.splitlines())
    fits = num_records <= MAX_QUICK and len(body) <= MAX_BODY and request.longest <= MAX_RESIDUES
    return body if fits else ""


def _shell(request: AnnotationRequest) -> str:
    words = [
        "protclip",
        "annotate",
        FASTA,
        "-o",
        "annotations.jsonl",
        "--index",
        "atlas",
        "--batch",
        str(BATCH),
    ]
    words += ["--min-probability", f"{request.min_probability:g}"]
    words += [] if request.top is None else ["--top", str(request.top)]
    words += [] if request.taxon == UNIDENTIFIED else ["--taxon", str(request.taxon)]
    return shlex.join(words)


def _curl(request: AnnotationRequest, text: str, server: str) -> str:
    body = http_body(request, text)
    if not body:
        return (
            f"# HTTP takes at most {MAX_QUICK} proteins of {MAX_RESIDUES:,} residues at a time: "
            "send them in parts, or use the command line."
        )
    return curl_call(f"{server}{ANNOTATE}", body if len(body) <= _MAX_INLINE else f"@{BODY}")
