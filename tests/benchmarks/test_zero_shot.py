"""Texts answer for classes, examples help, and each class has its own text."""

from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
import pytest

from protclip.benchmarks import task_intervals
from protclip.benchmarks.class_texts import class_texts
from protclip.benchmarks.labelled_run import run_labelled
from protclip.benchmarks.tasks import Examples, LabelledTask
from protclip.benchmarks.zero_shot import PromptModel, draw_examples
from protclip.errors import InputError

WORDS = ("kinase", "channel", "helicase")


@pytest.fixture(autouse=True)
def few_draws(monkeypatch):
    """Intervals of a hundred draws, which are a tenth of the work."""
    monkeypatch.setattr(task_intervals, "_RESAMPLES", 100)


@dataclass
class Letters:
    """Stands for Encoder: a protein lies where its residues are, a text where its word is, but blurred."""

    name: str = "letters"
    fingerprint: str = "f"
    blur: float = 0.0

    def proteins(self, sequences):
        rows = np.array([[s.count("K"), s.count("C"), s.count("H"), 0.5] for s in sequences], np.float32)
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)

    def texts(self, texts):
        assert all(texts), "the real one refuses empty texts"
        sharp = np.array([[word in text for word in WORDS] + [True] for text in texts], np.float32)
        rows = (1 - self.blur) * sharp + self.blur * np.roll(sharp, 1, axis=1)
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def sets(kind="single-label", num=60):
    rng = np.random.default_rng(1)

    def split(start):
        labels = np.arange(start, start + num) % 3
        counts = rng.integers(0, 5, (num, 3)) + 4 * np.eye(3, dtype=int)[labels]
        return Examples(
            sequences=tuple("K" * k + "C" * c + "H" * h for k, c, h in counts),
            targets=np.eye(3, dtype=np.float32)[labels],
        )

    parts = {name: split(i) for i, name in enumerate(("train", "valid", "test"))}
    return LabelledTask(name="toy", kind=kind, classes=WORDS, splits=parts)


def headline(model, task, seed=1):
    return run_labelled(model, task, seed=seed).measured[0]


@pytest.mark.parametrize("kind", ["single-label", "multi-label"])
def test_right_texts_beat_those_of_other_classes(kind) -> None:
    task = sets(kind)
    right = headline(PromptModel(encoder=Letters(), texts=WORDS), task)
    wrong = headline(PromptModel(encoder=Letters(), texts=WORDS[::-1]), task)
    assert right.low > wrong.high


def test_examples_help_where_texts_say_little_and_do_no_harm_where_they_say_all() -> None:
    task, blurred = sets(), Letters(blur=0.7)
    without = headline(PromptModel(encoder=blurred, texts=WORDS), task)
    few = headline(PromptModel(encoder=blurred, texts=WORDS, shots=5), task)
    assert few.value > without.value
    sharp = [headline(PromptModel(encoder=Letters(), texts=WORDS, shots=k), task).value for k in (0, 1)]
    assert sharp[1] >= sharp[0] - 0.05


def test_a_run_says_how_it_was_answered() -> None:
    assert PromptModel(encoder=Letters(), texts=WORDS).name == "letters zero-shot"
    run = run_labelled(PromptModel(encoder=Letters(), texts=WORDS, shots=5, prompts="words"), sets(), seed=3)
    assert (run.model, run.fingerprint, run.seed) == ("letters 5-shot (words)", "f", 3)


def test_scores_of_sets_are_such_as_thresholds_take() -> None:
    scores = PromptModel(encoder=Letters(), texts=WORDS).predict(sets("multi-label"), seed=1)
    assert scores.shape == (60, 3)
    assert scores.min() >= 0
    assert scores.max() <= 1


def test_a_class_without_a_text_is_never_the_answer() -> None:
    scores = PromptModel(encoder=Letters(), texts=("kinase", "", "helicase")).predict(sets(), seed=1)
    assert (scores[:, 1] == 0).all()


def test_examples_are_of_their_class_as_many_as_asked_and_drawn_by_the_seed() -> None:
    train = sets().splits["train"]
    drawn = draw_examples(train, 4, seed=1)
    assert [len(places) for places in drawn] == [4, 4, 4]
    assert all((train.targets[places, c] == 1).all() for c, places in enumerate(drawn))
    assert [list(p) for p in draw_examples(train, 4, seed=1)] == [list(p) for p in drawn]
    assert [list(p) for p in draw_examples(train, 4, seed=2)] != [list(p) for p in drawn]
    assert [len(places) for places in draw_examples(train, 99, seed=1)] == [20, 20, 20]


def test_what_texts_cannot_answer_is_refused() -> None:
    with pytest.raises(InputError, match="2 texts for the 3 classes of toy"):
        PromptModel(encoder=Letters(), texts=WORDS[:2]).predict(sets(), seed=1)
    numbers = Examples(sequences=("MKV",), targets=np.ones((1, 1), np.float32))
    parts = dict.fromkeys(("train", "valid", "test"), numbers)
    task = LabelledTask(name="flu", kind="regression", classes=("value",), splits=parts)
    with pytest.raises(InputError, match="flu asks for a number"):
        PromptModel(encoder=Letters(), texts=WORDS[:1]).predict(task, seed=1)


def prompt(name, ec_number="", description=""):
    return SimpleNamespace(name=name, ec_number=ec_number, description=description)


def test_a_class_is_called_by_its_name_its_term_or_its_row() -> None:
    assert class_texts(["Cell.membrane", "Lysosome/Vacuole"]) == ("Cell membrane", "Lysosome/Vacuole")
    assert class_texts(["GO:0004386", "GO:9999999"]) == ("helicase activity", "")
    assert class_texts(["a", "b"], [prompt("first"), prompt("second")]) == ("first", "second")
    with pytest.raises(InputError, match="1 rows for 2 classes"):
        class_texts(["a", "b"], [prompt("first")])


def test_descriptions_are_taken_where_they_are_asked_for() -> None:
    prompts = [prompt("Vesicle", description="Small bodies in a membrane."), prompt("Nucleus")]
    assert class_texts(["a", "b"], prompts, "description") == ("Small bodies in a membrane.", "Nucleus")
    with pytest.raises(InputError, match="has no descriptions"):
        class_texts(["b"], prompts[1:], "description")
    enzyme = [prompt("DNA ligase (ATP).", "6.5.1.1", "Seals nicks.")]
    assert class_texts(["6.5.1.1", "6.5.1.2"], enzyme, "description") == ("Seals nicks", "")


def test_enzymes_are_found_by_number_and_their_classes_by_their_members() -> None:
    prompts = [
        prompt("DNA ligase (ATP).", "6.5.1.1"),
        prompt("DNA ligase (NAD+).", "6.5.1.2"),
        prompt("Dehydroquinase.", "4.2.1.10"),
    ]
    asked = ["6.5.1.2", "6.5.1.-", "6.5.-.-", "4.2.1.1", "4.2.1.-"]
    both = "DNA ligase (ATP); DNA ligase (NAD+)"
    assert class_texts(asked, prompts) == ("DNA ligase (NAD+)", both, both, "", "Dehydroquinase")
    with pytest.raises(InputError, match=r"speak of EC numbers such as 6\.5\.1\.1"):
        class_texts(["Nucleus"], prompts)
