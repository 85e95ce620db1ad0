"""What the interactions page says of its numbers in place (pure)."""

from protclip.sequence import UNIPROT_ACCESSION
from streamlit_app.charts import percent

APART: dict[str, float] = {"shipped": 0.5021, "share": 0.4413}
"""Average precision of the shipped head on yeast pairs whose proteins no training list has, and the share of these
that interact (interaction/yeast/apart in results/interaction.csv; a test compares)."""
PREVALENCES = (0.1, 0.01)

HONEST = (
    "**Take this as a hint where to look, not as an answer.** Of two proteins that are new to the head it knows "
    f"little: on yeast pairs with no protein in training its average precision was {APART['shipped']:.2f} where "
    f"{APART['share']:.2f} of the pairs interact, **not far from chance**."
)
LEGEND = (
    "- **Probability**: that the two interact at all, *among pairs half of which do*. Of two proteins met by chance "
    "far fewer do. It ranks pairs; it does not count partners.\n"
    "- **Types** (reaction, binding, ptmod, activation, inhibition, catalysis, expression): probability of each, "
    "*given that the two interact*; several may hold. Likely are those above the head's threshold. ptmod is a "
    "modification after translation.\n"
    "- **Cosine to training**: of the protein's embedding to that of the nearest protein the head was fitted on. 95 "
    "of 100 new proteins that the calibration was measured on lie nearer than the usual value; of one farther out "
    "the probability is a guess. Near is no proof of the contrary: a made-up sequence may lie near too.\n"
    "- **Shared location and process**: the most specific GO terms that both proteins have or imply, by their "
    "annotations. The head does not read them: they are evidence beside it. A term that many proteins have says "
    "little.\n- **Known partners of homologues**: looked up in a file of known interactions that you give; none are "
    "shipped. STRING and IntAct have them. The joint identity is the geometric mean of both identities.\n\n"
    "The head was fitted on SHS27k: 7,624 pairs of 1,690 human proteins with STRING's types, and as many pairs "
    "drawn at random that stand for those that do not interact. A protein is one vector to it: no structure, no "
    "tissue, no affinity. Both proteins being known to it, it draws probabilities too far to the middle."
)


def at_prevalence(probability: float, prevalence: float) -> float:
    """The probability (0 to 1) where a share ``prevalence`` (0 to 1) of the pairs interact, not half of them."""
    if probability in (0.0, 1.0):
        return probability
    odds = probability / (1 - probability) * prevalence / (1 - prevalence)
    return odds / (1 + odds)


def prevalence_sentence(probability: float) -> str:
    """What a probability comes to where fewer pairs interact."""
    told = " and ".join(
        f"{percent(100 * at_prevalence(probability, share))} where {share * 100:g} in 100 do"
        for share in PREVALENCES
    )
    return f"Where half of the pairs interact {percent(100 * probability)}; {told}."


def distance_sentence(name: str, accession: str, cosine: float, usual: float) -> str:
    """How far a protein lies from those the head was fitted on."""
    where = "farther out than 95 of 100" if cosine < usual else "within the usual distance of"
    return (
        f"{name} lies {where} new proteins that the head was tested on: nearest in training {accession}, cosine "
        f"{cosine:.2f}, usual from {usual:.2f}."
    )


def string_link(accession: str) -> str:
    """The address of a UniProt protein's known interactions in STRING; "" for any other name. Only a link."""
    if not UNIPROT_ACCESSION.fullmatch(accession):
        return ""
    return f"https://string-db.org/cgi/network?identifiers={accession}"
