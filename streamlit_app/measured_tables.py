"""Which tables the model page makes of results/*.csv, in their order (pure)."""

from protclip.benchmarks.ablations import ABLATIONS, METRICS
from streamlit_app.measured import TableSpec

_ASPECTS = (
    {f"{a}/{m}": f"{a} {w}" for a in ("MF", "BP", "CC") for m, w in (("fmax", "Fmax"), ("aupr", "AUPR"))}
    | {f"{a}/ece": f"{a} calibration error" for a in ("MF", "BP", "CC")}
    | {"term_map": "terms as queries, mAP"}
)
_METHODS = {
    "fused": "all evidence, as predicted",
    "homologues": "homologues alone",
    "neighbours": "neighbours in the shared space alone",
    "text": "names of terms, with their frequency",
    "frequency": "frequency of terms (no protein read)",
    "mmseqs2": "mmseqs2 transfer",
    "diamond": "DIAMOND transfer (sensitive)",
    "3-mers": "neighbours by 3-mers",
}
_RANKS = {
    "text_to_protein": "text to protein, statements",
    "string_to_protein": "text to protein, one string",
    "protein_to_text": "protein to text",
    "mrr": "MRR",
    "recall_at_1": "recall at 1",
    "recall_at_10": "recall at 10",
    "median_rank": "median rank",
    "map": "mean average precision",
    "precision_at_1": "precision of the first hit",
    "term_retrieval": "name of a GO term to its proteins",
}
_LEGS = {
    "semantic": "meaning of the sequence",
    "biotext": "meaning of the annotation as a whole (not used)",
    "lexical": "words (BM25)",
    "terms": "GO terms that the question is read as",
    "hybrid": "all together, as the search page does",
    "test": "test questions",
    "blind": "questions written blind",
    "dev": "development questions (weights were chosen on them)",
}
_MUTATION = {
    "profile": "homologue profile",
    "conservation": "conservation",
    "text_match": "match to the function text",
    "combined": "combined, as the page scores",
    "blosum62": "BLOSUM62 (no protein read)",
    "head/ridge": "head on embeddings, ridge",
    "head/mlp": "head on embeddings, network",
    "one-hot/ridge": "ridge on residues alone",
    "pabp": "PABP",
    "dlg4": "DLG4",
    "gb1": "GB1",
    "beta-lactamase": "β-lactamase",
    "pabp/5-fold": "PABP, 5-fold",
    "dlg4/5-fold": "DLG4, 5-fold",
    "gb1/one_vs_rest": "GB1, from one mutation to more",
    "gb1/two_vs_rest": "GB1, from up to two to more",
    "gb1/three_vs_rest": "GB1, from up to three to more",
    "gb1/low_vs_high": "GB1, from low to high fitness",
    "gb1/sampled": "GB1, drawn at random",
    "beta-lactamase/peer": "β-lactamase, PEER's split",
}
_PAIRS = {
    "head": "head on embeddings",
    "gin": "graph network, test edges unseen",
    "gin_all_edges": "graph network that sees test edges",
    "degree": "number of partners alone",
    "majority": "always the same types",
    "nearest_sequences": "nearest sequences",
    "shipped_head": "shipped head, unchanged",
    "random": "random pairs",
    "bfs": "a neighbourhood (BFS)",
    "dfs": "a walk (DFS)",
    "original": "as published",
    "partition0": "published partition",
    "apart": "no protein shared",
}
_CONTROLS = {
    "right": "the right text",
    "shuffled": "its words shuffled",
    "other": "another protein's text",
    "random": "random residues",
    "right-shuffled": "right minus shuffled, of the same proteins",
    "right-other": "right minus another's, of the same proteins",
    "right-random": "right minus random, of the same proteins",
}

TABLES = (
    TableSpec(
        title="Function prediction",
        about="Test proteins, one of each cluster that neither the model nor the known proteins have.",
        file="function.csv",
        pattern=r"function-atlas/test/all\|(?P<row>[^/|]+)/(?P<column>(MF|BP|CC)/(fmax|aupr)|term_map)\|.*",
        labels=_METHODS | _ASPECTS,
    ),
    TableSpec(
        title="Function prediction by the nearest homologue",
        about="The same proteins by identity with the nearest known one: the further, the less is known.",
        file="function.csv",
        pattern=r"function-atlas/test/(?P<row>(?!all)[^|]+)\|fused/(?P<column>(MF|BP|CC)/fmax)\|.*",
        labels=_ASPECTS,
    ),
    TableSpec(
        title="Calibration of the probabilities",
        about="Over 15 bins. Most pairs of protein and term are improbable, which makes the error small.",
        file="function.csv",
        pattern=r"function-atlas/test/all\|(?P<row>fused)/(?P<column>(MF|BP|CC)/ece)\|.*",
        labels=_METHODS | _ASPECTS,
    ),
    TableSpec(
        title="Retrieval",
        about="Proteins of held-out clusters, one of each, all ranked against all; the towers alone.",
        file="retrieval.csv",
        pattern=r"swissprot-goa/test\|(?P<row>\w+_to_\w+)/(?P<column>\w+)\|.*",
        labels=_RANKS,
    ),
    TableSpec(
        title="Retrieval by the name of a GO term",
        about="How well the term's name finds the proteins that have it.",
        file="retrieval.csv",
        pattern=r"swissprot-goa/test\|(?P<row>term_retrieval)/(?P<column>\w+)\|.*",
        labels=_RANKS,
    ),
    TableSpec(
        title="Search with everyday questions",
        about="Precision at 10 on the shipped atlas; a hit is right if it has the question's GO term.",
        file="search.csv",
        pattern=r"everyday questions/(?P<column>\w+)\|precision_at_10/(?P<row>\w+)\|.*",
        labels=_LEGS,
    ),
    TableSpec(
        title="Mutation effects without training on them",
        about="Spearman between score and measurement; no measurement of the assay was used.",
        file="mutation.csv",
        pattern=r"(?P<row>[^|]+)\|(?P<column>profile|conservation|text_match|combined|blosum62)/spearman\|.*",
        labels=_MUTATION,
    ),
    TableSpec(
        title="Mutation effects with a fitted head",
        about="Spearman on held-out variants of the same assay.",
        file="mutation.csv",
        pattern=r"(?P<row>[^|]+)\|(?P<column>head/ridge|head/mlp|one-hot/ridge)/spearman\|.*",
        labels=_MUTATION,
    ),
    TableSpec(
        title="Types of interaction, SHS27k",
        about="Micro F1 at 0.5 by what GNN-PPI holds out; the graph that sees test edges is not a fair number.",
        file="interaction.csv",
        pattern=r"interaction/shs27k/(?P<column>\w+)\|micro_f1/(?P<row>\w+)\|.*",
        labels=_PAIRS,
    ),
    TableSpec(
        title="Whether proteins interact, yeast",
        about="Area under precision and recall; pairs without shared proteins are the honest test.",
        file="interaction.csv",
        pattern=r"interaction/yeast/(?P<column>\w+)\|aupr/(?P<row>\w+)\|.*",
        labels=_PAIRS,
    ),
    TableSpec(
        title="Explanations against controls",
        about="AUROC of functional residues. Where the interval of a difference has 0 in it, the right text is not "
        "shown to do better.",
        file="explanation.csv",
        pattern=r"functional residues/(?P<column>[^|]+)\|auroc/size/(?P<row>(right-)?[a-z]+)\|.*",
        labels=_CONTROLS,
    ),
    TableSpec(
        title="Ablations of the four losses",
        about="Very short runs of a small model: they show that each loss runs, hardly which is worth what; θ is 0.3 "
        "where it is not said.",
        file="ablations.csv",
        pattern=r"training\|(?P<column>(text_to_protein|protein_to_text)/mrr|term_retrieval/map)\|ablation-(?P<row>.+)",
        labels=ABLATIONS | METRICS,
        any_model=True,
    ),
    TableSpec(
        title="All four losses together",
        about="A short run of a small model: mean loss of its first and last log lines.",
        file="training.csv",
        pattern=r"training\|(?P<row>loss|gc|bsr|pda|mlm)/(?P<column>first|last)\|.*",
        labels={"loss": "sum", "gc": "global contrast (GC)", "bsr": "segment reconstruction (BSR)",
                "pda": "segment alignment (PDA)", "mlm": "masked residues (MLM)"},
        any_model=True,
    ),
    TableSpec(
        title="Location, two classes (DeepLoc)",
        about="A head on frozen embeddings of the first stage of the model.",
        file="downstream.csv",
        pattern=r"(?P<row>[^|]+)\|(?P<column>accuracy|mcc)\|.*",
        labels={"deeploc-binary/test": "membrane or soluble", "mcc": "Matthews correlation"},
        any_model=True,
    ),
)  # fmt: skip
