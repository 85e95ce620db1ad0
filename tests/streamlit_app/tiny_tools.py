"""Tools over a tiny model, for tests of the pages that explain and predict."""

import runpy
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from protclip.predict.alignment import Alignment
from protclip.predict.function import ECPrediction, FunctionPrediction, TermPrediction
from protclip.predict.neighbours import Neighbour
from protclip.predict.targets import known_protein
from protclip.predict.translate import Description, Translation

TINY = runpy.run_path(str(Path(__file__).parents[1] / "predict" / "tiny_explainer.py"))


class Tools:
    """A tiny model, with or without the parts for PDA and BSR; planted functions and descriptions."""

    def __init__(self, proteins, ontology, *, parts):
        self.encoder = TINY["made"]("kmers", parts=parts)
        self.ontology = ontology
        self.by_accession = {protein.accession: protein for protein in proteins}
        self.asked = []

    def known_protein(self, accession):
        return known_protein(accession, self.by_accession)

    def function(self):
        return SimpleNamespace(predict=self._predict)

    def translator(self):
        return SimpleNamespace(translate=self._translate)

    def _predict(self, sequences, labels, exclude=()):
        self.asked.append(("function", tuple(map(frozenset, exclude))))
        return [self._prediction(s, label) for s, label in zip(sequences, labels, strict=True)]

    def _prediction(self, sequence, label):
        near = self.by_accession["P00003"]
        length = len(sequence)
        aligned = Alignment(
            score=100,
            identity=0.75,
            query_length=length,
            target_length=length,
            query_places=np.arange(length),
            target_places=np.arange(length),
        )
        return FunctionPrediction(
            label=label, length=length, terms=(term("GO:0004386", 0.9), term("GO:0006281", 0.7, "BP")),
            ec=(ECPrediction(ec="3.6.4.12", share=0.8, supporters=("P00003",)),),
            locations=(), homologues=(Neighbour(protein=near, cosine=0.5, alignment=aligned),),
            stratum="50 to 90%", known=None, fingerprint="f00dcafe", source="planted",
            warnings=("read in 2 windows",),
        )  # fmt: skip

    def _translate(self, proteins, *, exclude=()):
        self.asked.append(("describe", tuple(map(tuple, exclude))))
        told = Description(
            rank=1, property="FUNCTION", text="Unwinds <b>DNA</b>.", cosine=0.3, support=0.6, score=1.5,
            sources=("P00003",),
        )  # fmt: skip
        return [
            Translation(
                accession=protein.accession,
                predicted_text="FUNCTION: Unwinds DNA.",
                confidence_score=0.6,
                descriptions=(told,),
                neighbours=(),
                source="planted",
                model="tiny",
                fingerprint="f00dcafe",
            )
            for protein in proteins
        ]


def term(go_id, probability, aspect="MF"):
    return TermPrediction(
        go_id=go_id, name={"GO:0004386": "helicase activity", "GO:0006281": "DNA repair"}[go_id], aspect=aspect,
        probability=probability, homologues=0.5, neighbours=0.1, text=0.0, supporters=("P00003",),
    )  # fmt: skip
