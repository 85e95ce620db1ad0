"""`protclip evaluate-search`: everyday questions and query latency on an index."""

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click
import numpy as np

from protclip.benchmarks.held_out import bootstrap
from protclip.benchmarks.results import Measurement
from vector_store.question_benchmark import (
    QuestionScore,
    QuestionSplit,
    ask_questions,
    closeness_of,
    everyday_questions,
    off_topic_sentences,
)
from vector_store.retriever import Retriever, SearchQuery
from vector_store.store import SearchFilter

if TYPE_CHECKING:
    from vector_store.searching import Opened

LEGS = ("semantic", "biotext", "lexical", "terms", "hybrid")
_ROUNDS = 5
_FILTER = SearchFilter(length_min=100, length_max=1000)


@click.command("evaluate-search")
@click.option("--index", "target", help="Folder or URL of the index [default: var/index, or QDRANT_URL].")
@click.option(
    "--model", type=click.Path(path_type=Path), help="Checkpoint folder [default: the shipped one]."
)
@click.option("--questions", type=click.Choice(["dev", "test", "blind"]), default="test", show_default=True)
@click.option("--seed", default=17, show_default=True, help="Draws the bootstrap.")
@click.option("--output", type=click.Path(path_type=Path), help="CSV file to append the rows to.")
@click.option(
    "--fit-cut-off",
    type=click.Path(path_type=Path),
    help='Do nothing but fit the cut-off of "no confident match" on these questions; write it here (JSON).',
)
def evaluate_search(
    target: str | None, model: Path | None, questions: QuestionSplit, seed: int, output: Path | None,
    fit_cut_off: Path | None,
) -> None:  # fmt: skip
    """Ask an index the everyday questions, and time it.

    Precision among the first ten hits of 40 sentences (89 of dev, 60 of blind), by each leg and fused; the shares of
    these, and of 60 sentences that no protein answers, that are told "no confident match"; then the latency from text
    to ten hits, hybrid with a length filter, texts not seen before.
    """
    from protclip.benchmarks.results import append_rows
    from vector_store.searching import open_search

    opened = open_search(target, model)
    if fit_cut_off is not None:
        _fit_cut_off(opened, questions, fit_cut_off)
        return
    scores = ask_questions(
        everyday_questions(questions), opened.store, opened.encoder, opened.ontology, opened.retriever
    )
    click.echo("\t".join(["question", "go", *LEGS]))
    for score in scores:
        cells = [f"{score.precision[leg]:.1f}" for leg in LEGS]
        click.echo("\t".join([score.question.text, score.question.go_id, *cells]))
    measured = [
        *precisions(scores, seed),
        *confidences(opened.retriever, [q.question.text for q in scores], seed),
        *latencies(opened.retriever, seed),
    ]
    for m in measured:
        click.echo(m.line())
    if output is not None:
        facts = {
            "benchmark": f"everyday questions/{questions}",
            "model": opened.encoder.name,
            "seed": str(seed),
        }
        facts |= {"fingerprint": opened.encoder.fingerprint}
        info = opened.store.info()
        facts |= {"data": f"{info.engine} index of {info.num_points} proteins"}
        append_rows(
            output,
            [facts | dict(m.row()) for m in measured],
            command=f"protclip evaluate-search --questions {questions} --seed {seed}",
        )
    opened.store.close()


def _fit_cut_off(opened: "Opened", split: QuestionSplit, path: Path) -> None:
    from protclip import starter
    from protclip.predict.query_cutoff import fit_cut_off, write_cut_off
    from vector_store.terms import term_vectors_of

    texts = [question.text for question in everyday_questions(split)]
    terms = term_vectors_of(opened.encoder, opened.store, opened.ontology)
    cosines = closeness_of(texts, opened.encoder, terms)
    told = f"{len(texts)} everyday questions ({split})"
    cut_off = fit_cut_off(cosines, fitted_on=told, fingerprint=opened.encoder.fingerprint)
    opened.store.close()
    write_cut_off(cut_off, path)
    if path.resolve() == (starter.folder() / starter.CUT_OFF).resolve():
        how = f"protclip evaluate-search --questions {split} --fit-cut-off"
        starter.list_file(
            starter.CUT_OFF,
            f"fitted by {how} with the checkpoint {cut_off.fingerprint} on the {split} split of "
            "everyday_questions.tsv",
        )
    click.echo(f"{path}: {cut_off.coverage:.0%} of {told} have a cosine of {cut_off.least_cosine} or more")


def precisions(scores: list[QuestionScore], seed: int) -> list[Measurement]:
    """Mean precision at 10 of each leg over the questions."""
    return [
        bootstrap(f"precision_at_10/{leg}", np.array([s.precision[leg] for s in scores]), seed)
        for leg in LEGS
    ]


def confidences(retriever: Retriever, questions: list[str], seed: int) -> list[Measurement]:
    """Shares that are answered with confidence: of questions (the coverage), and of sentences without an answer."""
    found = []
    for metric, texts in (("questions", questions), ("off_topic", off_topic_sentences())):
        told = [retriever.search(SearchQuery(text=text, top=1)).confident for text in texts]
        judged = np.array([confident for confident in told if confident is not None], dtype=np.float64)
        if len(judged):  # a query that names a protein is not judged
            found.append(bootstrap(f"confident/{metric}", judged, seed))
    return found


def latencies(retriever: Retriever, seed: int) -> list[Measurement]:
    """Median and 95th percentile in milliseconds, after one query of warm-up."""
    retriever.search(SearchQuery(text="warm up", filter=_FILTER))
    texts = [f"{q.text} {word}" for word in ("a", "b", "c", "d", "e")[:_ROUNDS] for q in everyday_questions()]
    times = []
    for text in texts:
        began = time.perf_counter()
        retriever.search(SearchQuery(text=text, filter=_FILTER))
        times.append((time.perf_counter() - began) * 1000)

    def p95(values: np.ndarray, axis: int | None = None) -> np.ndarray:
        return np.quantile(values, 0.95, axis=axis)

    milliseconds = np.array(times)
    return [
        bootstrap("latency_ms/median", milliseconds, seed, np.median),
        bootstrap("latency_ms/p95", milliseconds, seed, p95),
    ]
