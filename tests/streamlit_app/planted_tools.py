"""What `protclip.predict.tasks.Tools` offers, without models: for tests of the HTTP API."""

from types import SimpleNamespace

import numpy as np

from protclip.data.ppi_pairs import TYPES
from protclip.predict.explain import Explanation
from protclip.predict.function import FunctionPrediction
from protclip.predict.interaction import HeadOrigin, Interaction
from protclip.predict.known_proteins import NearestTraining
from protclip.predict.map_measures import MapMeasures
from protclip.predict.mutation import MutationScan, MutationScanner
from protclip.predict.profile import profile_of
from protclip.predict.protein_map import MapSettings, ProteinMap
from protclip.predict.targets import known_protein
from protclip.predict.translate import Translation
from protclip.records import Protein
from streamlit_app import api_schema
from streamlit_app.api_query import PREDICT

SEQUENCE = api_schema.EXAMPLES[PREDICT][0]["protein_sequence"]
KNOWN = {a: Protein(accession=a, sequence=SEQUENCE) for a in ("P38398", "P62987")}


class Scanner(MutationScanner):
    """No homologues and no model: a profile that BLOSUM62 expects."""

    def __init__(self):
        super().__init__(SimpleNamespace(name="fake-mini", fingerprint="f00dcafe"), None)

    def scan(self, sequence, *, text="", protein=None, only=None, progress=None):
        profile = profile_of(sequence, ())
        grid = profile.log_odds - profile.log_odds.max(axis=1, keepdims=True)
        scores = {"profile": grid, "conservation": np.zeros_like(grid)}
        return MutationScan(
            sequence=sequence, scores=scores, combined=grid, profile=profile, text=text, text_row=None,
            homologues=(), effective_number=1.0, warnings=(), model="fake-mini", fingerprint="f00dcafe",
        )  # fmt: skip


class Predicts:
    """Functions and interactions of any sequence."""

    origin = HeadOrigin(fingerprint="f00dcafe", data="planted", sha256="0", num_pairs=1, seed=1)

    def predict(self, first, names, _=None):
        if isinstance(first[0], tuple):
            return [self._interaction(*pair) for pair in first]
        return [self._function(sequence, name) for sequence, name in zip(first, names, strict=True)]

    def _interaction(self, first, second):
        near = NearestTraining(accession="P00001", cosine=0.5)
        types = tuple((name, 0.5) for name in TYPES)
        return Interaction(
            first=first, second=second, probability=0.75, types=types, likely=(), first_nearest=near,
            second_nearest=near,
        )  # fmt: skip

    def _function(self, sequence, name):
        return FunctionPrediction(
            label=name, length=len(sequence), terms=(), ec=(), locations=(), homologues=(), stratum="none",
            known=None, fingerprint="f00dcafe", source="planted",
        )  # fmt: skip

    def check(self, fingerprint):
        assert fingerprint == "f00dcafe"

    def one_against_many(self, row, vectors):
        return vectors[:, :1] * np.ones((1, 8))


class Tools:
    """What `protclip.predict.tasks.Tools` offers, without models."""

    encoder = SimpleNamespace(
        name="fake-mini",
        fingerprint="f00dcafe",
        proteins=lambda sequences: np.eye(len(sequences), 8, dtype="f4"),
    )
    ontology = SimpleNamespace(closure=frozenset, leaves=frozenset, roots=())
    function = interactions = Predicts
    scanner = Scanner

    def translator(self):
        return SimpleNamespace(translate=lambda proteins: [self._translation(p) for p in proteins])

    def _translation(self, protein):
        return Translation(
            accession=protein.accession, predicted_text="", confidence_score=0.0, descriptions=(), neighbours=(),
            source="planted", model="fake-mini", fingerprint="f00dcafe",
        )  # fmt: skip

    def atlas(self):
        return SimpleNamespace(
            fingerprint="f00dcafe", proteins=tuple(KNOWN.values()), protein_vectors=np.eye(2, 8, dtype="f4")
        )

    def protein_map(self):
        measures = dict.fromkeys(("trustworthiness", "overlap", "usual_spread", "placing_error"), 0.5)
        return ProteinMap(
            accessions=tuple(KNOWN), coordinates=np.array([[0, 0], [1, 2]], dtype="f4"), fingerprint="f00dcafe",
            settings=MapSettings(),
            measures=MapMeasures(num_sampled=2, num_neighbours=1, usual_distance=0.5, **measures),
        )  # fmt: skip

    def known_protein(self, accession):
        return known_protein(accession, KNOWN)


def explained(encoder, protein, text, *, biotext):
    return Explanation(
        protein=protein, sentence=text, cosine=0.25, tracks=(), controls=(), warnings=("a warning",),
        model=encoder.name, fingerprint=encoder.fingerprint, seed=17,
    )  # fmt: skip
