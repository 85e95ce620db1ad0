"""The example queries a visitor can click: one for each kind of question."""

from dataclasses import dataclass

from streamlit_app.url_state import Mode


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A query with the words on its button."""

    label: str
    text: str
    mode: Mode = "hybrid"


# Human insulin (UniProt P01308), residues 1 to 110.
INSULIN = (
    "MALWMRLLPLLALLALWGPDPAAAFVNQHLCGSHLVEALYLVCGERGFFYTPKTRREAED"
    "LQVGQVELGGGPGAGSLQPLALEGSLQKRGIVEQCCTSICSLYQLENYCN"
)

EXAMPLES = (
    Example(label="DNA helicase in repair", text="ATP-dependent DNA helicase involved in repair"),
    Example(label="opens to potassium", text="potassium channel that opens when the membrane is depolarised"),
    Example(label="makes peptidoglycan", text="enzyme that builds the bacterial cell wall"),
    Example(label="keyword: kinesin", text="kinesin"),
    Example(label="accession: P38398 (BRCA1)", text="P38398"),
    Example(label="sequence: insulin", text=INSULIN),
)
