"""What the help page says of each page, in plain words (pure)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """The help of one page.

    ``question`` is what a visitor comes with; ``steps``, ``result`` and ``limits`` are Markdown; ``words`` are
    entries of the glossary; ``example`` holds parameters of the page's address that show a result.
    """

    title: str
    question: str
    steps: tuple[str, ...]
    result: str
    limits: str
    words: tuple[str, ...]
    example: dict[str, str]


TOPICS = {
    "search": Topic(
        title="Search",
        question="Which proteins do what I describe?",
        steps=(
            "Write a sentence, a keyword or a gene, or paste an accession or a sequence. The line below the box says "
            "what it was taken for.",
            "Leave **Both** on to begin with. **Meaning** also finds what nobody has annotated; **Words** only what "
            "has your words in its name, gene or GO terms.",
            "Narrow the list at the side by organism, length, GO term, enzyme class, location or evidence.",
            "Mark rows to read them, to search for more like these or less like those, or put other queries beside "
            "yours with Compare.",
        ),
        result="Proteins in order. Look at the percentile: it says how far a hit stands out from the whole index for "
        "your words. Look at what is known of the hit, too: does it say the same?",
        limits="A list is always filled, so the first hit may still be no match. Where nothing stands out the page "
        "says so. It reads English and protein sequences, no DNA.",
        words=("cosine", "percentile", "score", "found by"),
        example={"q": "ATP-dependent DNA helicase involved in repair"},
    ),
    "protein": Topic(
        title="Protein",
        question="What is known of this protein, and what would be predicted?",
        steps=(
            "Type an accession of the index, open a hit of a search, or give a sequence of your own.",
            "Type a sentence to see how well it fits, and which residues speak for it.",
            "Follow the links at the top to its mutations, its partners and its place on the map.",
        ),
        result="What is known has a green mark and its evidence. What is predicted stands apart, made as if nothing "
        "were known of this protein: compare the two to see how far to trust it.",
        limits="Of a sequence of your own all is predicted. Many sequences at once are for the page Annotate.",
        words=("curated", "probability", "agreement", "homologues", "neighbours", "identity", "coverage"),
        example={"acc": "P00918", "text": "carbonate dehydratase activity"},
    ),
    "explain": Topic(
        title="Explain",
        question="Which residues does my sentence speak of?",
        steps=(
            "Give a protein and one sentence.",
            "Compare the first lane with those below it: shuffled words, another sentence, shuffled residues.",
            "Mark a segment to see it in the sequence and in the structure; give a PDB or mmCIF file where none is "
            "shown.",
        ),
        result="A value for each residue: above zero it draws the protein towards your sentence, below zero away "
        "from it. Segments are stretches that stand out, the most prominent first.",
        limits="It is what the model looks at, no proof that these residues do it. Where a control looks the same, "
        "the track tells of the protein, not of your sentence.",
        words=("cosine", "percentile"),
        example={"p": "P15555", "text": "serine-type D-Ala-D-Ala carboxypeptidase activity"},
    ),
    "map": Topic(
        title="Map",
        question="What lies near what, and where do my proteins belong?",
        steps=(
            "Colour the points by function, process, location, enzyme class, organism or length.",
            "Mark the hits of a search, or draw around points with the lasso to list them with the GO terms that are "
            "frequent there. “Select by numbers” does it without a mouse.",
            "Open “Place your own sequences” and paste FASTA.",
        ),
        result="Each point is a protein; the model reads near ones alike. A sequence of yours is put amid its "
        "nearest known proteins, with its distance to the nearest one.",
        limits="Believe who is near whom, not how far groups lie apart: two dimensions keep some of the neighbours, "
        "and the page says how many. A far sequence has no place that means something.",
        words=("cosine", "GO"),
        example={"q": "DNA helicase"},
    ),
    "annotate": Topic(
        title="Annotate",
        question="What do all the proteins in my file do?",
        steps=(
            "Paste FASTA or choose a file, also gzipped. The page says what it reads and offers to clean it up.",
            "Start, and wait: a count says how far it is. The link brings you back, even after the tab is closed.",
            "Mark a row for everything that is predicted of a protein; download the table, GAF, CSV or Parquet.",
        ),
        result="A row for each protein: best function, process, component, location and enzyme class, with the "
        "probability, what speaks for it, and the nearest known protein.",
        limits="Look at the stratum first: the farther the nearest known protein, the less a prediction is worth. "
        "Records that cannot be used are listed with the reason, never dropped in silence.",
        words=("probability", "stratum", "agreement", "homologues", "most specific", "EC", "IEA"),
        example={},
    ),
    "mutations": Topic(
        title="Mutations",
        question="Which substitutions will this protein not bear?",
        steps=(
            "Give a protein; a sentence on what it does is optional.",
            "List variants of your own, such as A42G, or A42G:T50C for a mutant of two.",
            "If you have measured variants, give the table: a head is fitted to them and judged on what it has not "
            "seen.",
        ),
        result="A heatmap of all 19 substitutions at every position; the wild type scores 0 and lower is worse. "
        "Below it the mean by position, the best and the worst, and the homologues that the scores are counted from.",
        limits="Scores rank variants of one protein; those of two proteins are not on one scale. Without homologues "
        "the ranking is little better than chance. A label is a rule, no probability.",
        words=("homologues", "Spearman"),
        example={"p": "P01308"},
    ),
    "interactions": Topic(
        title="Interactions",
        question="Do these two proteins interact?",
        steps=(
            "Give a pair, one protein against all of the atlas, or a list of pairs.",
            "Read the warning on how far each protein lies from those that the head was fitted on.",
            "See which location and process both have: evidence that the head did not read.",
            "Give a file of known interactions to see which of them homologues of both proteins have.",
        ),
        result="A probability among pairs half of which interact, the type of interaction, and for a list a network.",
        limits="Of two proteins that are new to the head it is not far from chance. Take it as a hint where to look.",
        words=("probability", "calibration", "cosine"),
        example={"a": "P04637", "b": "Q00987"},
    ),
    "model": Topic(
        title="Model",
        question="What is behind all this, and how well does it do?",
        steps=(
            "Read the card: what the model is made for, and where it fails.",
            "See what was measured here, and apart from it what others published.",
            "Choose one of the 22 benchmarks to read all its numbers, ours and published, and how its data differ.",
        ),
        result="Every number with the command that made it, the commit and the hardware.",
        limits="Numbers of other data, or of another way to split it, do not compare.",
        words=("Fmax", "AUPR", "AUROC", "MRR", "recall at 10", "interval", "fingerprint"),
        example={"show": "results"},
    ),
}
BEGINNING = """\
ProtCLIP reads proteins and English sentences into one space. A sentence finds proteins that do what it says, also
those that nobody has named; a protein is told by what lies near it. A small model does it on this server, and nothing
that you type leaves it."""
ON_EVERY_PAGE = """\
- **The address is the view.** Copy it, send it, set a bookmark: it opens what you see. Long texts and files stay on
  the server under their hash.
- **Buttons that say “Try one” or “Example”** fill the form, so that you see a result before you have data.
- **Limits stand beside each box.** What cannot be used is named with the reason.
- **Long work goes on** when you close the tab. It shows a count, and a button stops it.
- **Take it home**: tables as CSV, TSV, JSON, Parquet or FASTA, each with model, index and date in it; figures as SVG
  or PNG by the buttons below them.
- **“Do this without the browser”** prints the command line, the Python lines and the HTTP call for what you see.
- **Keyboard**: Tab goes from one control to the next; in a table the arrow keys move. A table with the same
  numbers is behind each figure."""
THREE_WARNINGS = """\
- **A rank is no proof.** A list is always filled. See how far the first hit stands out, and what is known of it.
- **A probability is shown only where it was calibrated** on proteins that the model had not seen. Everything else is
  a score, which orders things and no more.
- **What is known comes before what is predicted**, and predicted is always marked."""
