"""Short lists of GO terms for filters and charts, and which of them a protein has or implies."""

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


MF_SLIM: tuple[str, ...] = (
    "GO:0003677",  # DNA binding
    "GO:0003723",  # RNA binding
    "GO:0008289",  # lipid binding
    "GO:0008092",  # cytoskeletal protein binding
    "GO:0016491",  # oxidoreductase activity
    "GO:0016740",  # transferase activity
    "GO:0016787",  # hydrolase activity
    "GO:0016829",  # lyase activity
    "GO:0016853",  # isomerase activity
    "GO:0016874",  # ligase activity
    "GO:0140096",  # catalytic activity, acting on a protein
    "GO:0140097",  # catalytic activity, acting on DNA
    "GO:0140098",  # catalytic activity, acting on RNA
    "GO:0005215",  # transporter activity
    "GO:0003774",  # cytoskeletal motor activity
    "GO:0005198",  # structural molecule activity
    "GO:0060089",  # molecular transducer activity
    "GO:0048018",  # receptor ligand activity
    "GO:0098772",  # molecular function regulator activity
    "GO:0140110",  # transcription regulator activity
    "GO:0045182",  # translation regulator activity
    "GO:0044183",  # protein folding chaperone
    "GO:0060090",  # molecular adaptor activity
    "GO:0140104",  # molecular carrier activity
    "GO:0009055",  # electron transfer activity
    "GO:0016209",  # antioxidant activity
    "GO:0090729",  # toxin activity
)
"""Functions after the GO Consortium's generic slim; left out are binding and catalysis, which say little."""

BP_SLIM: tuple[str, ...] = (
    "GO:0006412",  # translation
    "GO:0042254",  # ribosome biogenesis
    "GO:0006399",  # tRNA metabolic process
    "GO:0016071",  # mRNA metabolic process
    "GO:0006355",  # regulation of DNA-templated transcription
    "GO:0006325",  # chromatin organization
    "GO:0006260",  # DNA replication
    "GO:0006281",  # DNA repair
    "GO:0006310",  # DNA recombination
    "GO:0051276",  # chromosome organization
    "GO:0000278",  # mitotic cell cycle
    "GO:0006457",  # protein folding
    "GO:0030163",  # protein catabolic process
    "GO:0006486",  # protein glycosylation
    "GO:0006091",  # generation of precursor metabolites and energy
    "GO:0005975",  # carbohydrate metabolic process
    "GO:0006520",  # cellular amino acid metabolic process
    "GO:0006629",  # lipid metabolic process
    "GO:0006766",  # vitamin metabolic process
    "GO:0006790",  # sulfur compound metabolic process
    "GO:0055086",  # nucleobase-containing small molecule metabolic process
    "GO:0055085",  # transmembrane transport
    "GO:0006886",  # intracellular protein transport
    "GO:0016192",  # vesicle-mediated transport
    "GO:0007010",  # cytoskeleton organization
    "GO:0007155",  # cell adhesion
    "GO:0071554",  # cell wall organization or biogenesis
    "GO:0023052",  # signaling
    "GO:0002376",  # immune system process
    "GO:0006952",  # defense response
    "GO:0012501",  # programmed cell death
    "GO:0030154",  # cell differentiation
    "GO:0048856",  # anatomical structure development
    "GO:0050877",  # nervous system process
    "GO:0048870",  # cell motility
    "GO:0022414",  # reproductive process
    "GO:0016032",  # viral process
)
"""Processes after the GO Consortium's generic slim, the narrow ones left out, translation and viruses added."""


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
