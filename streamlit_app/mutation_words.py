"""What the mutations page calls its scores, and what it says of them in place (pure)."""

from collections.abc import Container, Mapping

SCORE_NAMES: Mapping[str, str] = {
    "combined": "combined",
    "profile": "homologue profile",
    "conservation": "conservation",
    "text_match": "text match",
    "masked": "masked marginals",
    "wild_type": "wild-type marginals",
    "predicted": "fitted head",
}
UNITS: Mapping[str, str] = dict.fromkeys(SCORE_NAMES, "nats") | {
    "text_match": "change of cosine",
    "predicted": "measured unit",
}
RANKING: Mapping[str, tuple[str, float]] = {
    "TEM-1": ("beta-lactamase", 0.5329),
    "PABP": ("pabp", 0.419),
    "DLG4": ("dlg4", 0.3772),
    "GB1": ("gb1", 0.1536),
}
"""Spearman's correlation of the combined score by assay, with its name in results/mutation.csv; a test compares."""

LEGEND = (
    "The wild type scores 0 in every score but that of a fitted head, and **lower is worse**.\n\n"
    "- **Homologue profile** (nats): log-odds of the new residue in the homologues less that of the old one. Without "
    "a homologue it is what BLOSUM62 expects.\n"
    "- **Conservation** (nats): what any change at the position costs: minus its relative entropy to the "
    "background.\n- **Text match** (cosine): how the match to the protein's text changes. It has no weight in the "
    "combined score, because it ranked measured variants no better than chance.\n"
    "- **Masked and wild-type marginals** (nats): of a checkpoint's language-model head, where it has one.\n"
    "- **Combined** (nats): profile + 2 × conservation + masked marginals where they are there.\n"
    "- **Fitted head**: predicted measurements, in your unit, where you gave measured variants.\n\n"
    "**Label.** Deleterious where the combined score is −4 or less; else beneficial where the profile is above 0; "
    "else neutral. It is a rule, chosen on two assays, and no probability. It is made for single substitutions: "
    "sums over many are low whatever they are, so compare variants with equally many.\n\n"
    "**How well it ranks.** Spearman's correlation of the combined score with measurements: "
    + ", ".join(f"{value:.2f} on {name}" for name, (_, value) in RANKING.items())
    + ". PABP and DLG4 are the assays that rules were chosen on; GB1 has no homologue in the atlas. Scores "
    "of different proteins are not on one scale."
)


def absent_scores(present: Container[str]) -> str:
    """The scores that a scan does not have, in words; "" where it has all."""
    names = [SCORE_NAMES[name] for name in ("masked", "wild_type", "text_match") if name not in present]
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1]))) if names else ""
