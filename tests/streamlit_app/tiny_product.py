"""A checkpoint, an atlas, an ontology and an interaction head of a dozen proteins, as files that everything reads."""

import runpy
from pathlib import Path

import numpy as np
import pytest
import torch

import protclip.encode
from protclip import starter
from protclip.data.atlas import Atlas, write_atlas
from protclip.predict.interaction import HeadOrigin, InteractionPredictor
from protclip.predict.interaction_file import write_predictor
from protclip.predict.known_proteins import KnownProteins
from protclip.predict.pair_head import HeadSettings, PairHead
from protclip.predict.platt import Platt
from protclip.predict.tasks import Tools
from streamlit_app import engine

PROTEINS = runpy.run_path(str(Path(__file__).with_name("conftest.py")))["PROTEINS"]
PREDICT = Path(__file__).parents[1] / "predict"
make_ontology = runpy.run_path(str(PREDICT / "tiny_family.py"))["make_ontology"]
tiny_encoder = runpy.run_path(str(PREDICT / "tiny_encoder.py"))["tiny_encoder"]


@pytest.fixture
def page(app, monkeypatch, tmp_path):
    """The app, whose predictors are those of the tiny product."""
    tools = Tools(install(monkeypatch, tmp_path, PROTEINS))
    monkeypatch.setattr(engine.Engine, "tools", tools)
    app.tools = tools

    def open_page(view, **params):
        app.run()
        app.switch_page(f"views/{view}.py")
        app.query_params.update(params)
        app.run()
        while any(button.label == "Cancel" for button in app.button):
            app.run()
        assert not app.exception
        return app

    return open_page


def install(monkeypatch, folder: Path, proteins):
    """Put the tiny product in the place of the shipped one; gives its encoder."""
    encoder = tiny_encoder(blocks=0)
    rows = encoder.proteins([p.sequence for p in proteins])
    atlas = Atlas(
        proteins=tuple(proteins), protein_vectors=rows, biotext_vectors=rows, fingerprint=encoder.fingerprint
    )
    write_atlas(atlas, folder / "atlas")
    make_ontology().write_parquet(folder / "ontology.parquet", definitions=False)
    write_predictor(predictor(rows, encoder.fingerprint), folder / "head.safetensors")
    monkeypatch.setattr(starter, "atlas_path", lambda: folder / "atlas")
    monkeypatch.setattr(starter, "ontology_path", lambda: folder / "ontology.parquet")
    monkeypatch.setattr(starter, "interaction_path", lambda: folder / "head.safetensors")
    monkeypatch.setattr(protclip.encode.Encoder, "from_pretrained", classmethod(lambda cls, *a: encoder))
    return encoder


def predictor(rows: np.ndarray, fingerprint: str) -> InteractionPredictor:
    torch.manual_seed(0)
    known = KnownProteins.of(["T1", "T2", "T3"], rows[:3], num_directions=3)
    return InteractionPredictor(
        head=PairHead(torch.from_numpy(rows.mean(0)), 7, HeadSettings(hidden=8)).eval(),
        calibration=(Platt(),) * 8,
        type_threshold=0.5,
        known=KnownProteins(
            accessions=known.accessions, directions=known.directions, rows=known.rows, usual_cosine=0.9
        ),
        origin=HeadOrigin(fingerprint=fingerprint, data="tiny", sha256="0", num_pairs=1, seed=1),
    )
