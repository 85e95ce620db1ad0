"""Files that cannot be used end in a sentence, leave nothing behind, and never run."""

import argparse
import json
import pickle
import zipfile

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import BertModel, EsmModel

from protclip.errors import AssetError, InputError
from protclip.model.text_tower import load_bert
from protclip.model.weight_export import export_hf_esm
from protclip.model.weight_files import read_folder, read_pickle
from protclip.model.weights import ImportJob, import_weights


class Payload:
    """Runs as soon as an ordinary unpickler reads it."""

    def __init__(self, trace):
        self.trace = trace

    def __reduce__(self):
        return open, (str(self.trace), "w")


@pytest.fixture
def esm_file(foreign, tmp_path):
    return foreign.write_fair_esm(foreign.fair_esm(2, 16, 2), tmp_path / "esm2_x.pt")


@pytest.fixture
def esm_folder(foreign, tmp_path):
    folder = tmp_path / "hf"
    model = EsmModel(foreign.esm_config(2, 16, 2), add_pooling_layer=False)
    model.save_pretrained(folder, save_original_format=False)
    return folder


def rewritten(folder, change):
    state = load_file(folder / "model.safetensors")
    change(state)
    save_file(state, folder / "model.safetensors")


def reconfigured(folder, **fields):
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | fields))


def refused(source, tmp_path, error, match, **options):
    with pytest.raises(error, match=match):
        import_weights(ImportJob(source=source, folder=tmp_path / "ours", **options))
    assert list(tmp_path.glob("ours*")) == [], "something was left behind"


@pytest.mark.parametrize("zipped", [True, False])
def test_a_payload_is_refused_and_does_not_run(tmp_path, zipped):
    source, trace = tmp_path / "esm2_x.pt", tmp_path / "trace"
    torch.save({"cfg": {"model": Payload(trace)}, "model": {}}, source, _use_new_zipfile_serialization=zipped)
    refused(source, tmp_path, AssetError, r"is refused: it asks for \w*\.?open.*nothing of the file was run")
    assert not trace.exists()
    torch.load(source, weights_only=False)
    assert trace.exists(), "the payload is harmless, the test shows nothing"


def test_a_bare_pickle_with_a_payload_does_not_run_either(foreign, tmp_path):
    foreign.write_bert(tmp_path / "bert", form="bin")
    trace = tmp_path / "trace"
    (tmp_path / "bert" / "pytorch_model.bin").write_bytes(pickle.dumps(Payload(trace)))
    with pytest.raises(AssetError, match="is refused"):
        load_bert(tmp_path / "bert")
    assert not trace.exists()


def test_reading_leaves_the_list_of_allowed_classes_as_it_was(esm_file):
    before = set(torch.serialization.get_safe_globals())
    read_pickle(esm_file)
    assert set(torch.serialization.get_safe_globals()) == before


@pytest.mark.parametrize("share", [0.0, 0.3, 0.99])
def test_a_file_cut_short_is_told(esm_file, tmp_path, share):
    content = esm_file.read_bytes()
    esm_file.write_bytes(content[: int(len(content) * share)])
    refused(esm_file, tmp_path, AssetError, "cut short|damaged")


def test_a_file_damaged_inside_is_told(esm_file, tmp_path):
    with zipfile.ZipFile(esm_file) as archive:
        entry = next(i for i in archive.infolist() if i.filename.endswith("data.pkl"))
    content = bytearray(esm_file.read_bytes())
    start = entry.header_offset + 120
    content[start : start + 60] = b"\xff" * 60
    esm_file.write_bytes(content)
    refused(esm_file, tmp_path, AssetError, "damaged|refused")


@pytest.mark.parametrize("share", [0.0, 0.5, 0.999])
def test_damaged_safetensors_are_told(esm_folder, tmp_path, share):
    path = esm_folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    refused(esm_folder, tmp_path, AssetError, r"model\.safetensors is damaged")


def test_values_that_are_not_finite_are_told(esm_folder, tmp_path):
    name = "encoder.layer.1.output.dense.bias"
    rewritten(esm_folder, lambda state: state[name].fill_(float("nan")))
    refused(esm_folder, tmp_path, AssetError, rf"{name} has values that are not finite")


def test_values_too_large_for_half_precision_are_told(esm_folder, tmp_path):
    rewritten(esm_folder, lambda state: state["encoder.layer.1.output.dense.bias"].fill_(1e6))
    refused(esm_folder, tmp_path, InputError, "too large for fp16", dtype="fp16")


def test_missing_tensors_are_named(esm_folder, tmp_path):
    rewritten(esm_folder, lambda state: state.pop("encoder.layer.1.output.dense.bias"))
    refused(esm_folder, tmp_path, AssetError, r"lacks 1 tensors .*encoder\.layer\.\*\.output\.dense")


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"hidden_size": 32}, r"word_embeddings\.weight \(33, 16\) instead of \(33, 32\)"),
        ({"num_hidden_layers": 1}, "more layers than are stated"),
        ({"num_attention_heads": 4}, r"contact_head\.regression\.weight \(1, 4\) instead of \(1, 8\)"),
        ({"num_attention_heads": 3}, "3 heads for a width of 16"),
        ({"hidden_size": None}, "hidden_size None, no whole number"),
        ({"intermediate_size": "64"}, "intermediate_size '64', no whole number"),
    ],
)
def test_a_configuration_of_another_model_is_told(esm_folder, tmp_path, fields, told):
    reconfigured(esm_folder, **fields)
    refused(esm_folder, tmp_path, AssetError, told)


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"position_embedding_type": "absolute"}, "is not ESM-2.*'absolute'.*Accepted is .*'rotary'"),
        ({"is_folding_model": True}, "is not ESM-2"),
        ({"emb_layer_norm_before": True}, "is not ESM-2"),
        ({"vocab_size": 30}, "is not ESM-2.*vocab_size 30"),
        ({"model_type": "t5"}, "model of type 't5'.*Accepted are"),
        ({"model_type": "bert"}, "give it with --text"),
        ({"model_type": "protclip"}, "is a checkpoint of this project already"),
    ],
)
def test_another_kind_of_folder_is_told(esm_folder, tmp_path, fields, told):
    reconfigured(esm_folder, **fields)
    refused(esm_folder, tmp_path, InputError, told)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ({"args": argparse.Namespace(arch="roberta_large"), "model": {}}, "roberta_large .*ESM-1b.*esm2_"),
        ({"args": argparse.Namespace(arch="msa_transformer"), "model": {}}, "msa_transformer"),
        ({"model": {"contact_head.regression.bias": torch.ones(1)}}, "no whole model.*esm2_"),
        ({"cfg": {"model": argparse.Namespace(encoder_layers=3)}, "model": {}}, "does not state"),
        ({"weight": torch.ones(1)}, "no fair-esm model"),
    ],
)
def test_another_kind_of_file_is_told(tmp_path, content, told):
    torch.save(content, tmp_path / "x.pt")
    refused(tmp_path / "x.pt", tmp_path, InputError, told)


def test_a_file_whose_heads_do_not_fit_its_width_is_told(foreign, tmp_path):
    theirs = foreign.fair_esm(1, 16, 2)
    theirs.attention_heads = 3
    source = foreign.write_fair_esm(theirs, tmp_path / "esm2_x.pt")
    refused(source, tmp_path, AssetError, "3 heads for a width of 16")


def test_a_part_of_a_folder_is_told(esm_folder, tmp_path):
    part = esm_folder / "model.safetensors"
    refused(part, tmp_path, InputError, "Give the folder")


def test_a_kind_that_is_not_there_is_told(esm_folder, tmp_path):
    refused(esm_folder, tmp_path, InputError, "of kind hf-esm, not fair-esm", kind="fair-esm")
    refused(tmp_path / "absent", tmp_path, AssetError, "does not exist")


def test_a_folder_without_configuration_or_weights_is_told(esm_folder, tmp_path):
    (esm_folder / "model.safetensors").unlink()
    refused(esm_folder, tmp_path, AssetError, "has no weights")
    (esm_folder / "config.json").write_text("{")
    refused(esm_folder, tmp_path, AssetError, "config.json is damaged")
    (esm_folder / "config.json").unlink()
    refused(esm_folder, tmp_path, AssetError, "has no config.json")


def test_a_missing_part_is_told_and_an_index_does_not_lead_out_of_its_folder(esm_folder, tmp_path):
    outside = tmp_path / "secret.safetensors"
    (esm_folder / "model.safetensors").rename(outside)
    index = {"weight_map": {"a": "../secret.safetensors"}}
    (esm_folder / "model.safetensors.index.json").write_text(json.dumps(index))
    with pytest.raises(AssetError, match=r"lacks secret\.safetensors"):
        read_folder(esm_folder)


def test_a_text_tower_without_tokenizer_or_with_anothers_is_told(foreign, esm_file, tmp_path):
    bert = tmp_path / "bert"
    foreign.write_bert(bert)
    with (bert / "vocab.txt").open("a") as file:
        file.write("one\ntoo\nmany\n")
    refused(esm_file, tmp_path, AssetError, "13 tokens and the text tower 10", text=bert)
    (bert / "vocab.txt").unlink()
    refused(esm_file, tmp_path, AssetError, r"has no tokenizer\.json", text=bert)


def test_a_text_tower_that_is_no_bert_is_told(foreign, esm_file, esm_folder, tmp_path):
    refused(esm_file, tmp_path, InputError, "has to be a BERT", text=esm_folder)
    bert = tmp_path / "bert"
    BertModel(foreign.bert_config()).save_pretrained(bert)
    reconfigured(bert, position_embedding_type="relative_key")
    with pytest.raises(InputError, match="relative positions"):
        load_bert(bert)


def test_what_is_there_is_not_written_over(esm_file, tmp_path):
    (tmp_path / "ours").mkdir()
    import_weights(ImportJob(source=esm_file, folder=tmp_path / "ours"))
    with pytest.raises(InputError, match="not empty"):
        import_weights(ImportJob(source=esm_file, folder=tmp_path / "ours"))
    with pytest.raises(InputError, match="not empty"):
        export_hf_esm(tmp_path / "ours", tmp_path / "ours")


def test_a_tower_of_kmers_is_no_esm_to_export(model, tmp_path):
    model.save_pretrained(tmp_path / "checkpoint")
    if model.config.kmer_sizes:
        with pytest.raises(InputError, match="begins with k-mers"):
            export_hf_esm(tmp_path / "checkpoint", tmp_path / "out")
    else:
        assert export_hf_esm(tmp_path / "checkpoint", tmp_path / "out").num_tensors > 0


def test_only_our_checkpoints_are_exported(esm_folder, tmp_path):
    with pytest.raises(InputError, match="no checkpoint of this project"):
        export_hf_esm(esm_folder, tmp_path / "out")
