"""A short list of cellular compartments for filters and charts, and which of them a protein is in."""

from collections.abc import Iterable

from protclip.data.ontology import Ontology

CC_SLIM: tuple[str, ...] = (
    "GO:0005576",  # extracellular region
    "GO:0005615",  # extracellular space
    "GO:0031012",  # extracellular matrix
    "GO:0030312",  # external encapsulating structure
    "GO:0005618",  # cell wall
    "GO:0019867",  # outer membrane
    "GO:0042597",  # periplasmic space
    "GO:0016020",  # membrane
    "GO:0005886",  # plasma membrane
    "GO:0030054",  # cell junction
    "GO:0045202",  # synapse
    "GO:0042995",  # cell projection
    "GO:0005929",  # cilium
    "GO:0005737",  # cytoplasm
    "GO:0005829",  # cytosol
    "GO:0005840",  # ribosome
    "GO:0005856",  # cytoskeleton
    "GO:0005815",  # microtubule organizing center
    "GO:0005634",  # nucleus
    "GO:0005635",  # nuclear envelope
    "GO:0005654",  # nucleoplasm
    "GO:0005730",  # nucleolus
    "GO:0005694",  # chromosome
    "GO:0000228",  # nuclear chromosome
    "GO:0005739",  # mitochondrion
    "GO:0005783",  # endoplasmic reticulum
    "GO:0005794",  # Golgi apparatus
    "GO:0005768",  # endosome
    "GO:0005773",  # vacuole
    "GO:0005764",  # lysosome
    "GO:0031410",  # cytoplasmic vesicle
    "GO:0005777",  # peroxisome
    "GO:0005811",  # lipid droplet
    "GO:0009536",  # plastid
    "GO:0009507",  # chloroplast
    "GO:0009579",  # thylakoid
    "GO:0044423",  # virion component
    "GO:0043657",  # host cell
)
"""Compartments after the GO Consortium's generic slim, from the outside in.

Added to it are the everyday ones that its users of bacteria, plants and viruses would miss
(periplasm, outer membrane, chloroplast, virion, host cell) and the wide ones people filter by
(membrane, cytoplasm); left out is "organelle", which says nothing.
"""


def slim_of(go_ids: Iterable[str], ontology: Ontology, slim: Iterable[str]) -> tuple[str, ...]:
    """The slim's terms that the ids are, or imply by is_a and part_of, in the slim's order.

    A protein of the inner mitochondrial membrane is thus in membrane, cytoplasm and mitochondrion:
    what a filter wants. ``ontology.leaves`` of the answer gives the most specific alone.

    Raises
    ------
    InputError
        If one of the ids is unknown to the ontology.
    """
    implied = ontology.closure(go_ids)
    return tuple(term for term in slim if (ontology.resolve(term) or term) in implied)
