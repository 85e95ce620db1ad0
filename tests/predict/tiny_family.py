"""Two planted families, an ontology of ten terms and an encoder that tells the families apart."""

from collections.abc import Sequence

import numpy as np

from protclip.data.ontology import ASPECTS, Ontology
from protclip.data.ontology_io import Term, TermTable
from protclip.predict.calibration import FEATURES, Calibration
from protclip.predict.term_evidence import STRATA
from protclip.records import Annotation, Protein

HELICASE = "MKVLAAGITGHHKKLAWWRRDDEELLKKFFNNPPQQSSTTVVYYAACCDDEEFFGGHHIIKK"
KINASE = "GSTCYPQNDMWFILVAKRHEGSSTTCCYYPPQQNNDDMMWWFFIILLVVAAKKRRHHEEGG"
_TERMS = (
    ("GO:0003674", "molecular_function", "MF", ()),
    ("GO:0003824", "catalytic activity", "MF", ("GO:0003674",)),
    ("GO:0004386", "helicase activity", "MF", ("GO:0003824",)),
    ("GO:0004672", "protein kinase activity", "MF", ("GO:0003824",)),
    ("GO:0008150", "biological_process", "BP", ()),
    ("GO:0006281", "DNA repair", "BP", ("GO:0008150",)),
    ("GO:0005575", "cellular_component", "CC", ()),
    ("GO:0005634", "nucleus", "CC", ("GO:0005575",)),
    ("GO:0032991", "protein-containing complex", "CC", ("GO:0005575",)),
    ("GO:0031011", "Ino80 complex", "CC", ("GO:0032991", "GO:0005634")),
)


class CompositionEncoder:
    """A protein's row is its composition: enough for two families."""

    fingerprint = "tiny"

    def proteins(self, sequences: Sequence[str]) -> np.ndarray:
        rows = np.array([[s.count(c) for c in "ACDEFGHIKLMNPQRSTVWY"] for s in sequences], dtype=np.float32)
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)

    def num_windows(self, sequence: str) -> int:
        return 1 + len(sequence) // 500


def known(accession: str, sequence: str, *go_ids: str, ec: str = "", name: str = "") -> Protein:
    annotations = [Annotation(kind="go", id=go_id, evidence="IDA") for go_id in go_ids]
    annotations += [Annotation(kind="ec", id=ec)] if ec else []
    return Protein(accession=accession, sequence=sequence, name=name, annotations=tuple(annotations))


def helicases(*go_ids: str, name: str = "") -> list[Protein]:
    """Three of the family, each with one residue changed."""
    changed = (HELICASE[: 10 + n] + "A" + HELICASE[11 + n :] for n in range(3))
    return [known(f"H{n}", s, *go_ids, ec="3.6.4.12", name=name) for n, s in enumerate(changed)]


def make_ontology() -> Ontology:
    terms = sorted((Term(id=i, name=n, aspect=a, parents=p) for i, n, a, p in _TERMS), key=lambda t: t.id)
    return Ontology(TermTable(terms=tuple(terms), version="test"))


def make_calibration(fingerprint: str = "tiny") -> Calibration:
    """The sigmoid of homologues' log odds and half of the neighbours'."""
    weights = tuple((0.0, 1.0, 0.5, *[0.0] * (len(FEATURES) - 2)) for _ in STRATA)
    return Calibration(
        weights=dict.fromkeys(ASPECTS, weights),
        knots=dict.fromkeys(ASPECTS, ((0.0, 1.0), (0.0, 1.0))),
        fingerprint=fingerprint,
        source="tiny",
        fitted_on="nothing",
    )
