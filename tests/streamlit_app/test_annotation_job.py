"""Annotation jobs: their files are those of the command line, cancelled work keeps its parts, and goes on."""

import json
import shutil
from types import SimpleNamespace

import numpy as np
import pytest
from click.testing import CliRunner

from protclip.errors import AssetError
from protclip.predict.annotation_rows import document
from protclip.predict.function import ECPrediction, FunctionPrediction, TermPrediction
from protclip.predict.statements import Wanted
from protclip.records import Annotation, Protein
from streamlit_app.annotation_job import annotation_work
from streamlit_app.annotation_overview import (
    COLUMNS,
    numbers_of,
    overview_line,
    overview_table,
    statement_lines,
)
from streamlit_app.annotation_recipe import annotation_recipe, http_body
from streamlit_app.annotation_request import BATCH, AnnotationRequest
from streamlit_app.downloads import Origin, to_parquet
from streamlit_app.jobs import Cancelled
from vector_store import annotate_verbs, predicting

TERMS = {"GO:0004386": ("helicase activity", "MF"), "GO:0003824": ("catalytic activity", "MF"),
         "GO:0006281": ("DNA repair", "BP")}  # fmt: skip
IMPLIED = {"GO:0004386": {"GO:0004386", "GO:0003824"}}


class Ontology:
    roots = ("GO:0003674",)

    def __contains__(self, go_id):
        return go_id in TERMS

    def resolve(self, go_id):
        return go_id if go_id in TERMS else None

    def term(self, go_id):
        return SimpleNamespace(id=go_id, name=TERMS[go_id][0], aspect=TERMS[go_id][1])

    def ancestors(self, go_id):
        return frozenset(IMPLIED.get(go_id, {go_id}))

    def closure(self, ids):
        return frozenset().union(*(self.ancestors(i) for i in ids))

    def leaves(self, ids):
        ids = set(ids)
        return tuple(sorted(i for i in ids if not any(i in self.ancestors(o) for o in ids - {i})))


class Predictor:
    """The longer, the surer; what ends in W is known."""

    def __init__(self):
        self.asked = []

    def predict(self, sequences, names, exclude=()):
        self.asked += names
        return [self._one(s, n) for s, n in zip(sequences, names, strict=True)]

    def _one(self, sequence, name):
        known = Protein(accession="P00001", sequence=sequence, annotations=(
            Annotation(kind="go", id="GO:0006281", text="DNA repair", evidence="IDA"),))  # fmt: skip
        terms = tuple(
            TermPrediction(go_id=g, name=TERMS[g][0], aspect=TERMS[g][1],
                           probability=min(len(sequence) / 40, 1) - less,
                           homologues=0.5, neighbours=0.1, text=0.0, supporters=("P00002",))
            for g, less in (("GO:0003824", 0.0), ("GO:0004386", 0.1))
        )  # fmt: skip
        return FunctionPrediction(
            label=name, length=len(sequence), terms=terms, ec=(), locations=(), homologues=(), stratum="no hit",
            known=known if sequence.endswith("W") else None, fingerprint="f00dcafe", source="starter atlas",
        )  # fmt: skip


class Tools:
    encoder = SimpleNamespace(name="fake-mini", fingerprint="f00dcafe", proteins=lambda s: np.eye(len(s)))
    ontology = Ontology()

    def __init__(self):
        self.predictor = Predictor()

    def function(self):
        return self.predictor

    def atlas(self):
        return SimpleNamespace(proteins=())


FASTA = (
    "".join(f">p{n}\n{'MKV' * (n % 14 + 3)}{'W' if n % 5 == 0 else ''}\n" for n in range(40)) + ">bad\nMK1\n"
)


def request(**changes):
    told = {"name": "mine.fasta", "num_usable": 40, "longest": 49, "fingerprint": "f00dcafe"}
    return AnnotationRequest(**told | changes)


def folder_of(tmp_path):
    folder = tmp_path / "job"
    folder.mkdir()
    (folder / "input.fasta").write_text(FASTA)
    (folder / "request.json").write_text("{}")
    return folder


@pytest.fixture
def command(monkeypatch, tmp_path):
    """Run `protclip annotate` with the planted predictor on the same proteins, as the recipe of a request says."""
    monkeypatch.setattr(predicting, "open_predictor", lambda *a: predicting.opened_of(Tools()))
    (tmp_path / "proteins.fasta").write_text(FASTA)
    monkeypatch.chdir(tmp_path)

    def run(asked, form):
        line = annotation_recipe(asked, FASTA, "http://x").shell.split()
        assert line[:2] == ["protclip", "annotate"]
        words = [f"out.{form}" if word.startswith("annotations.") else word for word in line[2:]]
        result = CliRunner().invoke(annotate_verbs.annotate, words)
        assert result.exit_code == 3, result.output
        return (tmp_path / f"out.{form}").read_bytes()

    return run


@pytest.mark.parametrize("form", ["gaf", "csv", "tsv", "jsonl", "parquet"])
def test_the_files_are_those_of_the_command_line(tmp_path, command, form) -> None:
    asked = request(min_probability=0.3, top=2, taxon=9606)
    done = annotation_work(folder_of(tmp_path), asked, Tools())(lambda *_: None)
    assert done.file(form) == command(asked, form)
    assert "bad\t82\tbad has '1'" in done.skipped.read_text()


def test_the_overview_has_a_line_for_each_protein_with_the_best_of_each_kind(tmp_path) -> None:
    done = annotation_work(folder_of(tmp_path), request(), Tools())(lambda *_: None)
    assert [line["accession"] for line in done.lines] == [f"p{n}" for n in range(40)]
    surest, known, unsure = done.lines[13], done.lines[0], done.lines[1]
    assert tuple(surest) == COLUMNS
    assert surest["MF"] == "helicase activity (GO:0004386)"
    assert surest["MF_probability"] == pytest.approx(0.9)
    assert surest["MF_evidence"] == "the model alone speaks for it; near in the shared space: P00002"
    assert known["BP"] == "DNA repair (GO:0006281)"
    assert (known["BP_probability"], known["BP_evidence"]) == (None, "curated of P00001, IDA")
    assert unsure["MF"] is None
    assert surest["EC_probability"] is None, "there is no EC number"
    short = sum(n % 5 != 0 and n % 14 + 3 < 7 for n in range(40))
    assert numbers_of(done.lines) == {"curated": 8, "predicted": 32 - short, "nothing": short}
    for number in (0, 17, 39):
        assert done.document(number)["accession"] == f"p{number}"
    broad = statement_lines(done.document(13), "MF", all_of_them=True)
    assert len(broad) == 2
    assert len(statement_lines(done.document(13), "MF")) == 1
    origin = Origin(model="m", fingerprint="f", index="i", date="2026-01-01", query="q")
    assert to_parquet(overview_table(done.lines), origin)[:4] == b"PAR1"


@pytest.mark.parametrize("probability", [None, 0.7])
def test_an_enzyme_class_has_its_probability_where_the_calibration_gives_one(probability) -> None:
    told = document(ec_predicted(probability), Ontology(), Wanted())
    line = overview_line(told)
    assert tuple(line) == COLUMNS
    assert (line["EC"], line["EC_probability"], line["EC_share"]) == ("3.6.4.12", probability, 0.8)


def ec_predicted(probability):
    found = ECPrediction(ec="3.6.4.12", share=0.8, supporters=("P00003",), probability=probability)
    return FunctionPrediction(
        label="p", length=50, terms=(), ec=(found,), locations=(), homologues=(), stratum="none", known=None,
        fingerprint="f", source="planted",
    )  # fmt: skip


def test_a_cancelled_job_keeps_its_parts_and_goes_on_in_another_process(tmp_path) -> None:
    folder, first, told = folder_of(tmp_path), Tools(), []

    def cancel_after_two_batches(done, total):
        told.append((done, total))
        if done == 2 * BATCH:
            raise Cancelled

    with pytest.raises(Cancelled):
        annotation_work(folder, request(), first)(cancel_after_two_batches)
    assert sorted(set(told)) == [(0, 0), (0, 40), (BATCH, 40), (2 * BATCH, 40)]
    second, resumed = Tools(), []
    done = annotation_work(folder, request(), second)(lambda *progress: resumed.append(progress))
    assert second.predictor.asked == [f"p{n}" for n in range(BATCH, 40)]
    assert resumed[1] == (BATCH, 40)
    assert resumed[-1] == (40, 40)
    (tmp_path / "other").mkdir()
    whole = annotation_work(folder_of(tmp_path / "other"), request(), Tools())(lambda *_: None)
    assert done.file("jsonl") == whole.file("jsonl")
    third = Tools()
    third.function = None  # of a job that is done nothing is opened
    assert annotation_work(folder, request(), third)(lambda *_: None).lines == done.lines
    assert third.predictor.asked == []


def test_of_a_job_that_is_deleted_while_it_runs_nothing_is_left(tmp_path) -> None:
    folder = folder_of(tmp_path)

    def delete_and_cancel(done, total):
        if done == BATCH:
            shutil.rmtree(folder)
            folder.mkdir()  # as the next part would
            raise Cancelled

    with pytest.raises(Cancelled):
        annotation_work(folder, request(), Tools())(delete_and_cancel)
    assert not folder.exists()


def test_a_damaged_part_is_told_and_made_anew(tmp_path) -> None:
    folder = folder_of(tmp_path)
    with pytest.raises(Cancelled):
        annotation_work(folder, request(), Tools())(lambda done, total: _cancel(done == 2 * BATCH))
    next(folder.rglob("part-*")).write_bytes(b"not gzip")
    with pytest.raises(AssetError, match="damaged; it begins anew"):
        annotation_work(folder, request(), Tools())(lambda *_: None)
    assert len(annotation_work(folder, request(), Tools())(lambda *_: None).lines) == 40


def _cancel(now):
    if now:
        raise Cancelled


def test_results_of_another_version_are_made_anew(tmp_path) -> None:
    folder = folder_of(tmp_path)
    annotation_work(folder, request(), Tools())(lambda *_: None)
    record = folder / "annotations.jsonl.run.json"
    record.write_text(json.dumps(json.loads(record.read_text()) | {"version": "0.0.0"}))
    again = Tools()
    annotation_work(folder, request(), again)(lambda *_: None)
    assert len(again.predictor.asked) == 40


def test_other_sequences_or_options_are_another_job() -> None:
    keys = {request().key(FASTA, "v"), request().key(FASTA + ">x\nMK\n", "v"), request(top=3).key(FASTA, "v"),
            request(fingerprint="beef").key(FASTA, "v"), request().key(FASTA, "w")}  # fmt: skip
    assert len(keys) == 5
    assert request().key(FASTA, "v") in keys
    assert AnnotationRequest.of(json.loads(json.dumps(request(cleaned=(("a", "b"),)).as_dict()))) == request(
        cleaned=(("a", "b"),)
    )


def test_http_is_offered_where_it_takes_the_job() -> None:
    small = ">a\nMKV\n"
    assert json.loads(http_body(request(num_usable=1, top=3), small)) == {
        "fasta": small,
        "min_probability": 0.5,
        "top": 3,
    }
    assert http_body(request(), FASTA) == ""
    assert http_body(request(num_usable=1, longest=10_001), small) == ""
    assert annotation_recipe(request(), FASTA, "http://x").curl.startswith("# HTTP takes at most 20")
    assert (
        "-d @request.json" in annotation_recipe(request(num_usable=1), ">a\n" + "M" * 2_000, "http://x").curl
    )
