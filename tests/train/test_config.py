import ast
import dataclasses
import inspect
import itertools
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import train.config
import train.run_sections
from protclip.errors import InputError
from protclip.model.release_compat import ReleaseCompat
from train.config import RunConfig, load_config, parse_config
from train.toml_dataclass import spec_of

SMALL = """
[run]
name = "small"
max_steps = 10
[data]
shards = "var/data/swissprot"
[model.shape]
hidden_size = 64
"""

FULL = """
precision = "bf16"
sinks = []
[run]
name = "full"
seed = 3
output = "elsewhere/full"
minutes = 90
device = "cuda:1"
[data]
shards = "s"
splits = "splits.parquet"
batch_size = 64
accumulation = 4
[model]
text_model = "models/bert"
[model.shape]
tower = "kmer"
kmer_sizes = [3, 4]
dropout = 0.1
tied = false
"an odd key" = "quo\\"te\\\\ and é\\u007f\\n"
esm_config = {hidden_size = 32, layers = {a = [1, 2], "b c" = "d"}}
[objectives]
bsr = 0
term = 1.5
[optimizer]
lr = 1
betas = [0.9, 0.98]
schedule = "cosine"
"""


def refusal(text, *overrides):
    with pytest.raises(InputError) as caught:
        parse_config(text, overrides)
    return str(caught.value)


def test_a_small_file_gets_the_papers_weights_and_the_default_folder():
    config = parse_config(SMALL)
    weights = config.objectives
    assert (weights.gc, weights.bsr, weights.pda, weights.mlm) == (1.0, 0.7, 1.0, 0.3)
    assert (config.optimizer.lr, config.optimizer.warmup_share, config.optimizer.schedule) == (
        1e-5,
        0.03,
        "linear",
    )
    assert config.folder.as_posix() == "var/runs/small"
    assert parse_config(FULL).folder.as_posix() == "elsewhere/full"


@pytest.mark.parametrize("text", [SMALL, FULL])
def test_written_and_read_again_is_the_same_run(text, tmp_path):
    config = parse_config(text)
    config.save(tmp_path / "deep" / "run.toml")
    again = load_config(tmp_path / "deep" / "run.toml")
    assert again == config
    assert again.to_toml() == config.to_toml()
    assert RunConfig.from_dict(config.to_dict()) == config
    assert config.changed_keys(again) == ()


def test_every_key_is_written():
    written = parse_config(FULL).to_dict()
    for key in spec_of(RunConfig):
        here: object = written
        for name in key.split("."):
            assert isinstance(here, dict)
            assert name in here, key
            here = here[name]


plain = st.recursive(
    st.booleans()
    | st.integers(-(2**62), 2**62)
    | st.floats(allow_nan=False)
    | st.text(st.characters(codec="utf-8")),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(st.characters(codec="utf-8")), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.text(st.characters(codec="utf-8")), plain, min_size=1, max_size=4))
def test_any_shape_survives_the_round_trip(shape):
    config = dataclasses.replace(parse_config(SMALL), model=train.run_sections.ModelSection(shape=shape))
    assert parse_config(config.to_toml()) == config


def test_overrides_are_toml_values_or_bare_strings_and_the_last_wins():
    config = parse_config(
        FULL,
        [
            "run.name=other-name",
            "run.seed = 5",
            "run.seed=6",
            "precision=fp16",
            'sinks=["progress"]',
            "optimizer.betas=[0.5, 0.6]",
            "run.minutes=1.5",
            "model.shape.esm_config.hidden_size=48",
            "model.shape.new.deep=[1]",
            'data.splits=""',
        ],
    )
    assert (config.run.name, config.run.seed, config.run.minutes) == ("other-name", 6, 1.5)
    assert (config.precision, config.sinks, config.optimizer.betas) == ("fp16", ("progress",), (0.5, 0.6))
    assert config.model.shape["esm_config"] == {"hidden_size": 48, "layers": {"a": [1, 2], "b c": "d"}}
    assert config.model.shape["new"] == {"deep": [1]}
    assert config.data.splits == ""
    changed = parse_config(FULL).changed_keys(config)
    assert {"run.name", "precision", "model.shape"} <= set(changed)
    assert "data.shards" not in changed


def test_a_string_key_takes_what_looks_like_a_number():
    config = parse_config(SMALL, ["run.name=2026", "data.shards=1.5", "model.text_model=true"])
    assert (config.run.name, config.data.shards, config.model.text_model) == ("2026", "1.5", "true")


def test_an_override_cannot_smuggle_in_a_second_key():
    assert parse_config(SMALL, ["data.shards=1\nother = 2"]).data.shards == "1\nother = 2"


@pytest.mark.parametrize(
    ("text", "overrides", "words"),
    [
        (SMALL.replace("max_steps", "max_step"), [], ['"max_step"', "[run]", "run.max_steps"]),
        (SMALL + "[optimizer]\nlearning_rate = 1", [], ['"learning_rate"', "[optimizer]", "lr"]),
        (SMALL + "[optimiser]\nlr = 1", [], ['"optimiser"', "[optimizer]"]),
        (SMALL.replace("[data]", "[data]\nlr = 0.1"), [], ['"lr"', "[data]", "optimizer.lr"]),
        ("epochs = 3" + SMALL, [], ['"epochs"', "run.epochs"]),
        (SMALL, ["optimizer.warmup=0.1"], ['"warmup"', "optimizer.warmup_share"]),
        (SMALL, ["optimiser.lr=0.1"], ['"lr"', "optimizer.lr"]),
        (SMALL, ["run=3"], ["run is a section"]),
        ("run = 3", [], ["[run] is a section", "3 (a whole number)"]),
        (SMALL, ["run.seed"], ["run.seed", "section.key=value"]),
        (SMALL, ["model.shape.hidden_size.deeper=1"], ["no table"]),
    ],
)
def test_an_unknown_key_is_answered_with_the_nearest_valid_one(text, overrides, words):
    message = refusal(text, *overrides)
    assert all(word in message for word in words), message


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("run.seed=1.5", ["run.seed", "1.5 (a number)", "a whole number"]),
        ("run.seed=true", ["True (true or false)", "a whole number"]),
        ("optimizer.lr=fast", ["'fast' (a string)", "a number"]),
        ("optimizer.betas=[0.9]", ["[0.9]", "2 items"]),
        ("optimizer.betas=0.9", ["0.9 (a number)", "array of 2"]),
        ("optimizer.schedule=linaer", ["'linaer'", '"linear"', '"cosine"']),
        ("precision=fp8", ['"fp32", "fp16", "bf16"']),
        ("precision=16", ["16 (a whole number)"]),
        ("sinks=progress", ["array of any number"]),
        ("model.shape=3", ["3 (a whole number)", "a table"]),
        ("model.shape.when=2026-01-01", ["model.shape.when", "date"]),
    ],
)
def test_a_wrong_type_says_what_was_given_and_what_is_accepted(override, words):
    message = refusal(SMALL, override)
    assert all(word in message for word in words), message


@pytest.mark.parametrize(
    "override",
    [
        "data.batch_size=1",
        "data.accumulation=0",
        'data.shards=""',
        "objectives.bsr=-0.1",
        "objectives.term=nan",
        "objectives.gc=inf",
        "optimizer.lr=0",
        "optimizer.betas=[0.9, 1.0]",
        "optimizer.warmup_share=1",
        "optimizer.grad_clip=-1",
        "run.max_steps=0",
        "run.minutes=-3",
        "run.name=../escape",
        'run.name=""',
        "run.device=tpu",
        "run.seed=-1",
        "run.peer_timeout_s=0",
        "snapshot.minutes=0",
        "snapshot.keep=0",
        "evaluation.num_proteins=1",
        "evaluation.every_minutes=0",
        "model.checkpoint=some/folder",
        'model.text_model=""',
        'sinks=["telegraph"]',
    ],
)
def test_values_that_cannot_be_are_refused_with_their_key(override):
    message = refusal(SMALL, override)
    assert override.partition("=")[0] in message
    assert message.endswith(".")


def test_all_weights_zero_and_no_model_are_refused():
    zeros = [f"objectives.{key}=0" for key in ("gc", "bsr", "pda", "mlm")]
    assert "all objective weights are 0" in refusal(SMALL, *zeros)
    assert parse_config(SMALL, [*zeros, "objectives.term=1"]).objectives.term == 1
    assert "there is no model" in refusal(SMALL.partition("[model")[0])
    assert "data.shards is missing" in refusal(SMALL.replace("shards", "splits"))


def test_a_file_that_is_missing_or_no_toml_gets_a_sentence(tmp_path):
    with pytest.raises(InputError, match=r"none\.toml cannot be read"):
        load_config(tmp_path / "none.toml")
    (tmp_path / "bad.toml").write_text("[run]\nname = unquoted\n")
    with pytest.raises(InputError, match=r"bad\.toml is not TOML: .*line 2"):
        load_config(tmp_path / "bad.toml")
    (tmp_path / "typo.toml").write_text(SMALL.replace("name", "nmae"))
    with pytest.raises(InputError, match=r'typo\.toml: unknown key "nmae".*run\.name'):
        load_config(tmp_path / "typo.toml")


def test_every_field_has_its_sentence_and_every_section_is_frozen():
    modules = (train.run_sections, train.config)
    nodes = [node for module in modules for node in ast.parse(inspect.getsource(module)).body]
    fields = {}
    for section in (node for node in nodes if isinstance(node, ast.ClassDef)):
        for node, after in itertools.pairwise([*section.body, None]):
            if isinstance(node, ast.AnnAssign) and "Section" not in ast.unparse(node.annotation):
                sentence = after.value.value if isinstance(after, ast.Expr) else ""
                fields[section.name, ast.unparse(node.target)] = sentence
    assert len(fields) == len(spec_of(RunConfig))
    assert [name for name, sentence in fields.items() if not re.fullmatch(r"[A-Z].*[.]", sentence)] == []
    config = parse_config(SMALL)
    with pytest.raises(dataclasses.FrozenInstanceError):
        config.run.seed = 4


def test_switches_to_the_release_are_named_and_checked():
    assert parse_config(SMALL).objectives.compat == ReleaseCompat()
    some = parse_config(SMALL, ['objectives.release_compat=["no_epsilon", "pool_padding"]'])
    assert some.objectives.compat == ReleaseCompat(no_epsilon=True, pool_padding=True)
    assert parse_config(SMALL, ['objectives.release_compat=["all"]']).objectives.compat == ReleaseCompat.all()
    assert 'the nearest is "no_epsilon"' in refusal(SMALL, 'objectives.release_compat=["no_epsilons"]')


@pytest.mark.parametrize(("name", "expected"), [("gc", False), ("bsr", True), ("pda", True), ("mlm", True)])
def test_objectives_over_residues_are_told_apart(name, expected):
    weights = {"gc": 0.0, "bsr": 0.0, "pda": 0.0, "mlm": 0.0} | {name: 1.0}
    assert train.config.ObjectivesSection(**weights).over_residues == expected
