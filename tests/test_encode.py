"""Encoder: the invariances of the house over every kind of tower, windows, errors, progress."""

import copy
import json
import runpy
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import BertTokenizer

from protclip import encode
from protclip.batching import token_batches
from protclip.data.biotext import clauses
from protclip.encode import Encoder
from protclip.errors import AssetError, InputError
from protclip.model.configuration import ProtCLIPConfig
from protclip.model.modeling import ProtCLIPModel
from protclip.model.processing import ProtCLIPProcessor
from protclip.records import Biotext

TINY = runpy.run_path(str(Path(__file__).parent / "model" / "conftest.py"))
WORDS = ["atp", "binding", "kinase", "protein", "nucleus", "membrane", "proteolysis", "in", "a", "the", "of"]
VOCABULARY = {token: i for i, token in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS])}
SEQUENCES = [
    "MKTAYIAKQRQISFVKSHFSRQLEERLGLIEVQAPILSRVGDGTQDNLSGAEK",
    "MKV",
    "ACDEFGHIKLMNPQRSTVWYACDEFGHIKLMNPQRSTVWYX",
    "MSDNEKRSTVVLLGKGSFGKVYAAREKQTGEIVAIKKL",
    "GGGGGGGG",
]
TEXTS = ["ATP binding", "kinase", "protein kinase of the nucleus", "proteolysis in a membrane", "the"]
MAX_RESIDUES, TEXT_MAX_TOKENS = 64, 12


def make_encoder(shape, seed=3, **options):
    torch.manual_seed(seed)
    sizes = {"projection_dim": 8, "projection_hidden_dim": 12, "max_residues": MAX_RESIDUES}
    config = ProtCLIPConfig(text_config=TINY["TEXT"], text_max_tokens=TEXT_MAX_TOKENS, **sizes, **shape)
    processor = ProtCLIPProcessor(BertTokenizer(vocab=VOCABULARY), TEXT_MAX_TOKENS)
    model = ProtCLIPModel(config)
    if hasattr(model, "block_gate"):
        torch.nn.init.ones_(model.block_gate)  # at its first value of 0 the blocks would not be tested
    return Encoder(model, processor, name="tiny", fingerprint="0", **options)


@pytest.fixture(params=TINY["SHAPES"])
def shape(request):
    return TINY["SHAPES"][request.param]


@pytest.fixture
def encoder(shape, monkeypatch):
    monkeypatch.setattr(encode, "fast_dtype", lambda device: torch.float32)
    return make_encoder(shape)


@pytest.fixture
def tables():
    """The cheapest tower, where what is tested does not depend on the tower."""
    return make_encoder(TINY["SHAPES"]["kmers"])


@pytest.mark.parametrize(("kind", "records"), [("proteins", SEQUENCES), ("texts", TEXTS)])
def test_padding_does_not_matter(encoder, kind, records):
    together = getattr(encoder, kind)(records)
    for row, record in zip(together, records, strict=True):
        np.testing.assert_allclose(getattr(encoder, kind)([record])[0], row, atol=1e-5)


@pytest.mark.parametrize("shape", TINY["SHAPES"].values(), ids=TINY["SHAPES"])
def test_padding_matters_little_in_half_precision(shape, monkeypatch):
    monkeypatch.setattr(encode, "fast_dtype", lambda device: torch.bfloat16)
    half = make_encoder(shape)
    monkeypatch.setattr(encode, "fast_dtype", lambda device: torch.float32)
    exact = make_encoder(shape).proteins(SEQUENCES)
    together = half.proteins(SEQUENCES)
    alone = np.concatenate([half.proteins([s]) for s in SEQUENCES])
    assert (together * alone).sum(1).min() > 0.999
    assert (together * exact).sum(1).min() > 0.999


@pytest.mark.parametrize(("kind", "records"), [("proteins", SEQUENCES), ("texts", TEXTS)])
def test_encoding_twice_gives_the_same_rows(encoder, kind, records):
    encoder.model.train()  # what a training loop left behind
    again = Encoder(encoder.model, encoder.processor, name="tiny", fingerprint="0")
    np.testing.assert_array_equal(getattr(again, kind)(records), getattr(again, kind)(records))
    np.testing.assert_array_equal(getattr(again, kind)(records), getattr(encoder, kind)(records))


@pytest.mark.parametrize(("kind", "records"), [("proteins", SEQUENCES), ("texts", TEXTS)])
@pytest.mark.parametrize("max_tokens", [1, 60, 32_768])
def test_rows_come_back_in_input_order(encoder, kind, records, max_tokens):
    encoder.max_tokens = max_tokens
    rows = getattr(encoder, kind)(records)
    order = [3, 0, 4, 2, 1]
    np.testing.assert_allclose(getattr(encoder, kind)([records[i] for i in order]), rows[order], atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    assert rows.dtype == np.float32
    closest = (rows @ rows.T).argmax(1)
    np.testing.assert_array_equal(closest, range(len(records)))  # rows differ, so order is really seen


def test_arguments_are_never_written_to(encoder):
    biotexts = [Biotext(properties=(("FUNCTION", "ATP binding; kinase."),)), Biotext(properties=())]
    given = list(SEQUENCES), list(TEXTS), list(biotexts)
    before = copy.deepcopy(given)
    weights = {name: value.clone() for name, value in encoder.model.state_dict().items()}
    encoder.proteins(given[0])
    encoder.texts(given[1])
    encoder.biotexts(given[2])
    assert given == before
    for name, value in encoder.model.state_dict().items():
        assert torch.equal(value, weights[name]), name


def test_rows_can_be_written_to_and_need_no_gradient(tables):
    rows = tables.proteins(SEQUENCES)
    rows[0] = 0
    np.testing.assert_array_equal(tables.proteins(SEQUENCES)[1:], rows[1:])


def test_nothing_in_nothing_out(encoder):
    for rows in (encoder.proteins([]), encoder.texts([]), encoder.biotexts([])):
        assert rows.shape == (0, encoder.dimension)


def test_a_long_protein_is_the_mean_over_its_windows(encoder, monkeypatch):
    long = "MKTAYIAKQRQISFVKSHFSRQLEERLGLIEVQAPILSRVGDGTQDNLSGAEKW" * 3  # 162 residues
    assert encoder.num_windows(long) == 3
    assert encoder.num_windows(long[:MAX_RESIDUES]) == 1
    pieces = [long[:64], long[64:128], long[98:]]
    features = []

    def keep(rows):
        features.append(rows)
        return ProtCLIPModel.project_protein(encoder.model, rows)

    monkeypatch.setattr(encoder.model, "project_protein", keep)
    row = encoder.proteins([long, "MKV"])[0]
    encoder.proteins(pieces)
    torch.testing.assert_close(features[0][0], features[1].mean(0), atol=1e-5, rtol=1e-4)
    assert np.abs(row - encoder.proteins([long[:64]])[0]).max() > 1e-3


def test_num_windows_counts_the_cleaned_sequence(tables):
    exact = "M" * MAX_RESIDUES
    assert tables.num_windows(" ".join(exact) + "*\n") == 1
    assert tables.num_windows(exact + "M") == 2
    with pytest.raises(InputError):
        tables.num_windows("M-M")


def test_a_sequence_is_cleaned_first(tables):
    rows = tables.proteins(["mkta yiak\nqr*", "MKTAYIAKQR", "MKTAYIAKJR", "MKTAYIAKXR"])
    np.testing.assert_array_equal(rows[0], rows[1])
    np.testing.assert_array_equal(rows[2], rows[3])


@pytest.mark.parametrize("bad", ["MK1V", "", "  ", "MK-V", "MKÄV"])
def test_a_bad_sequence_is_named_by_its_number(tables, bad):
    with pytest.raises(InputError, match="sequence 2: "):
        tables.proteins(["MKV", bad, "MKV"])


def test_the_place_of_a_bad_character_is_told(tables):
    with pytest.raises(InputError, match=r"sequence 1: .*'1'.*3"):
        tables.proteins(["MK1V"])


def test_an_empty_text_is_named_by_its_number(tables):
    with pytest.raises(InputError, match="text 2 of 2 is empty"):
        tables.texts(["kinase", " \n"])


def test_a_long_text_is_cut_where_the_tower_ends(tables):
    room = TEXT_MAX_TOKENS - 2  # [CLS] and [SEP]
    fits, cut = " ".join(["kinase"] * room), " ".join(["kinase"] * room + ["nucleus"] * 50)
    one, other = tables.texts([fits, cut])
    np.testing.assert_allclose(one, other, atol=1e-6)
    shorter = tables.texts([" ".join(["kinase"] * (room - 1) + ["nucleus"])])[0]
    assert np.abs(one - shorter).max() > 1e-4


def test_progress_runs_to_the_end_and_an_exception_cancels(tables):
    tables.max_tokens = 60
    seen = []
    tables.proteins(SEQUENCES, progress=lambda *told: seen.append(told))
    assert len(seen) > 1
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert seen[-1] == (len(SEQUENCES), len(SEQUENCES))

    class CancelledError(Exception):
        pass

    calls = []

    def cancel(done, total):
        calls.append(done)
        raise CancelledError

    for run, records in ((tables.proteins, SEQUENCES), (tables.texts, TEXTS * 20)):
        calls.clear()
        with pytest.raises(CancelledError):
            run(records, progress=cancel)
        assert len(calls) == 1
    np.testing.assert_array_equal(tables.proteins(SEQUENCES), tables.proteins(SEQUENCES))


def test_a_biotext_is_the_mean_over_its_clauses(tables):
    biotexts = [
        Biotext(
            properties=(("FUNCTION", "ATP binding; protein kinase."), ("SUBCELLULAR LOCATION", "nucleus."))
        ),
        Biotext(properties=()),
        Biotext(properties=(("FUNCTION", "proteolysis. Involved in proteolysis."),)),
    ]
    rows = tables.biotexts(biotexts)
    assert not rows[1].any()
    for number in (0, 2):
        features = torch.from_numpy(tables.text_features(list(clauses(biotexts[number]))))
        with torch.inference_mode():
            expected = tables.model.project_text(features.mean(0, keepdim=True))[0]
        np.testing.assert_allclose(rows[number], expected.numpy(), atol=1e-6)
    assert list(clauses(biotexts[0])) == ["ATP binding", "protein kinase", "nucleus"]
    np.testing.assert_allclose(rows[2], tables.texts(["proteolysis"])[0], atol=1e-3)


def test_a_clause_that_is_known_is_not_read_again(tables, monkeypatch):
    first = Biotext(properties=(("FUNCTION", "ATP binding; kinase."),))
    second = Biotext(properties=(("FUNCTION", "ATP binding; nucleus."),))
    expected = tables.biotexts([first, second])
    known, read = {}, []
    features = tables._text_features
    monkeypatch.setattr(
        tables, "_text_features", lambda texts, *rest: read.extend(texts) or features(texts, *rest)
    )
    rows = [tables.biotexts([biotext], known=known)[0] for biotext in (first, second, first)]
    np.testing.assert_allclose(rows, expected[[0, 1, 0]], atol=1e-5)
    assert sorted(read) == sorted(known) == sorted({*clauses(first), *clauses(second)})


def test_text_features_are_unit_rows_before_projection(tables):
    features = tables.text_features(TEXTS)
    assert features.shape == (len(TEXTS), TINY["TEXT"]["hidden_size"])
    np.testing.assert_allclose(np.linalg.norm(features, axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("budget", [1, 40, 200])
def test_batches_hold_everything_once_within_the_budget(budget):
    lengths = np.random.default_rng(0).integers(1, 60, 50).tolist()
    batches = token_batches(lengths, budget)
    assert sorted(i for batch in batches for i in batch) == list(range(50))
    longest = [max(lengths[i] for i in batch) for batch in batches]
    assert longest == sorted(longest, reverse=True)
    for batch, length in zip(batches, longest, strict=True):
        assert len(batch) == 1 or len(batch) * (length + 2) <= budget


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    folder = tmp_path_factory.mktemp("checkpoints") / "tiny"
    encoder = make_encoder(TINY["SHAPES"]["kmers"])
    encoder.model.save_pretrained(folder)
    encoder.processor.save_pretrained(folder)
    return folder


def test_a_checkpoint_encodes_as_the_model_it_was_saved_from(checkpoint, tables):
    loaded = Encoder.from_pretrained(checkpoint)
    np.testing.assert_allclose(loaded.proteins(SEQUENCES), tables.proteins(SEQUENCES), atol=1e-6)
    np.testing.assert_allclose(loaded.texts(TEXTS), tables.texts(TEXTS), atol=1e-6)
    assert (loaded.name, loaded.dimension, len(loaded.fingerprint)) == ("tiny", 8, 16)


def cut_weights(folder):
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:200])


def other_sizes(folder):
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"projection_dim": 9}))


DAMAGE = {
    "no weights": lambda folder: (folder / "model.safetensors").unlink(),
    "cut weights": cut_weights,
    "no tokenizer": lambda folder: [path.unlink() for path in folder.glob("tokenizer*")],
    "cut configuration": lambda folder: (folder / "config.json").write_text("{"),
    "another shape": other_sizes,
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_checkpoint_is_an_asset_error(checkpoint, tmp_path, damage):
    folder = tmp_path / "copy"
    shutil.copytree(checkpoint, folder)
    damage(folder)
    with pytest.raises(AssetError, match=str(folder)):
        Encoder.from_pretrained(folder)


def test_a_folder_that_is_no_checkpoint_is_named(tmp_path):
    with pytest.raises(AssetError, match=r"is no checkpoint folder \(no config\.json\)"):
        Encoder.from_pretrained(tmp_path / "nowhere")
