"""What the words and numbers of the pages mean, said once: pages show the entries that they need (pure)."""

GLOSSARY = {
    "cosine": "How near two things (a query and a protein, two proteins) lie in the space the model "
    "learned, from −1 to 1. Compare it within one query only: a short word and a long sentence "
    "have different scales.",
    "percentile": "The share of the proteins of the index whose cosine for this query is lower. It says how far "
    "a protein stands out, not how likely the match is right.",
    "score": "What a list is ordered by. In a search: the cosine (Meaning), BM25, which counts rare shared "
    "words (Words), or the sum of 1/(1 + rank/weight) over the searches that found a protein (Both). "
    "Where your words are the gene or the name of a protein, 2 is added for it, and 1 for proteins whose "
    "names have all of your words.",
    "found by": "The searches that found a hit, with its rank in each: sequence (the model read it), known GO "
    "terms (it has the terms that the words were read as), words (the words are there).",
    "probability": "How likely a prediction is right, 0 to 1. It is shown only where a calibration was fitted on "
    "held-out proteins: of ten predictions with 0.7, about seven should hold. It is that of "
    "proteins like those; of a family nobody studied it is a guess.",
    "calibration": "The curve that turns evidence (homologues, neighbours, the term's name) into a probability, "
    "fitted on proteins that neither the model nor the known proteins contain, and stored with "
    "the checkpoint.",
    "calibration error": "By how much probabilities miss on average: the gap between what was promised and what came "
    "true, over bins of equal width, weighted by how many predictions fall into each. 0 is "
    "perfect.",
    "curated": "Known of a protein with this very sequence, as its source states it. Curated comes before "
    "predicted, and predicted is always marked.",
    "agreement": "Homology speaks for a term if homologues with a quarter or more of the bits have it. The "
    "model speaks for it if neighbours in the shared space with a quarter or more of the weight "
    "have it, or the term's name lies 2 or more standard deviations above other names. The two "
    "are not independent.",
    "homologues": "Known proteins that align with the query better than chance allows; as a number, the share "
    "of their alignment bits that has the term.",
    "neighbours": "The known proteins nearest in the shared space; as a number, the share of their weight that "
    "has the term.",
    "text": "By how many standard deviations the cosine with a term's name exceeds that with other terms' "
    "names.",
    "identity": "The share of aligned positions with the same residue. Function is often shared above 40 to "
    "50%, seldom certain below 30%.",
    "coverage": "The share of a sequence that an alignment covers. A low one means that a domain is alike, "
    "not the whole.",
    "stratum": "How near the nearest known protein is, by identity: no hit, under 30%, 30 to 50%, 50 to 90%, "
    "over 90%. The further, the less a prediction is worth; results are given stratum by stratum.",
    "GO": "The Gene Ontology: terms for molecular functions (MF), biological processes (BP) and "
    "cellular components (CC). A term implies the broader ones above it.",
    "most specific": "A term that no other term told of the protein implies. Only these are shown at first.",
    "EC": "Enzyme class: four numbers for the reaction. EC numbers come from homologues alone and have "
    "a share of their bits; a probability only where the checkpoint's calibration has one for them.",
    "IEA": "The evidence code for annotation without a curator. All that is predicted here is IEA.",
    "Fmax": "The best balance of precision and recall that one threshold reaches over all proteins and "
    "terms, 0 to 1.",
    "AUPR": "The area under the curve of precision against recall, 0 to 1: how well right terms stand "
    "before wrong ones.",
    "MRR": "Mean reciprocal rank: 1 if the right answer always comes first, 0.5 if always second.",
    "recall at 10": "The share of queries whose right answer is among the first ten.",
    "precision at 10": "The share of the first ten hits that are right.",
    "AUROC": "The chance that a right one is ranked above a wrong one: 0.5 is guessing.",
    "Spearman": "How well two orders agree: 1 the same, 0 unrelated, −1 reversed.",
    "interval": "A 95% bootstrap interval: where the value would mostly fall for other proteins of the same "
    "kind.",
    "fingerprint": "A hash of the model's weights and configuration. Numbers of different fingerprints do not "
    "compare.",
}


def meanings(*names: str) -> str:
    """Entries as a Markdown list, in the order given; all of them, by the alphabet, where none is named.

    A name that the glossary lacks is a KeyError: the pages name what is there.
    """
    chosen = names or sorted(GLOSSARY, key=str.lower)
    return "\n".join(f"- **{name[0].upper()}{name[1:]}**: {GLOSSARY[name]}" for name in chosen)
