"""Towers of tiny random checkpoints in the true layouts give what their own libraries give, whatever the batch."""

import json

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from transformers import BertForMaskedLM, BertTokenizer, EsmConfig, EsmForMaskedLM, EsmTokenizer

from protclip.benchmarks.models.features import SharedSpace, TowerFeatures
from protclip.benchmarks.models.towers import fingerprint_of, open_tower
from protclip.encode import Encoder
from protclip.errors import AssetError, InputError
from protclip.model.configuration import ESM_TOKENS

SEQUENCES = ("MKTAYIAKQR", "GGS", "ACDEFGHIKLMNPQRSTVWYXUZOB")
PROTBERT_WORDS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *"LAGVESIKRDTPNQFYMHCWXUBZO")
CPU = torch.device("cpu")


def opened(path):
    tower = open_tower(path, CPU)
    tower.dtype = torch.float32  # as exact as what it is compared with
    return tower


def write_esm(folder, foreign, position="rotary", form="safetensors"):
    """Hugging Face's folder of an EsmForMaskedLM: ESM-2 has rotary positions, ESM-1b a table and one norm more."""
    settings = foreign.esm_config(2, 16, 2).to_dict() | {"position_embedding_type": position}
    settings |= {"emb_layer_norm_before": position == "absolute", "max_position_embeddings": 60}
    torch.manual_seed(3)
    model = foreign.louder(EsmForMaskedLM(EsmConfig.from_dict(settings)), 3)
    folder.mkdir()
    model.config.save_pretrained(folder)
    state = {name: values.contiguous().clone() for name, values in model.state_dict().items()}
    if form == "safetensors":
        save_file(state, folder / "model.safetensors")
    else:
        torch.save(state, folder / "pytorch_model.bin")
    return model.esm


def write_protbert(folder, foreign):
    """ProtBERT's and OntoProtein's folder: a BertForMaskedLM, and the vocabulary that both have."""
    torch.manual_seed(4)
    config = foreign.bert_config()
    config.vocab_size = len(PROTBERT_WORDS)
    model = foreign.louder(BertForMaskedLM(config), 4)
    folder.mkdir()
    model.config.save_pretrained(folder)
    torch.save(model.state_dict(), folder / "pytorch_model.bin")
    (folder / "vocab.txt").write_text("\n".join(PROTBERT_WORDS) + "\n")
    (folder / "tokenizer_config.json").write_text(json.dumps({"do_lower_case": False}))
    return model.bert


def write_protst(path, foreign):
    """What ProtST saves: the state of its task, the protein tower as fair-esm names it, and that of the optimizer."""
    model = foreign.fair_esm(2, 16, 2)
    state = {f"protein_model.model.{name}": values for name, values in model.state_dict().items()}
    state |= {
        "protein_model.mapping": torch.arange(20),
        "protein_model.graph_mlp.layers.0.weight": torch.randn(16, 16),
        "text_model.model.bert.embeddings.word_embeddings.weight": torch.randn(5, 8),
        "logit_scale": torch.tensor(2.6),
    }
    torch.save({"model": state, "optimizer": {"state": {}, "param_groups": [{"lr": 1e-5}]}}, path)
    return model


def of_transformers(model, ids_of):
    """Mean of the last states without specials, a sequence at a time."""
    rows = []
    for sequence in SEQUENCES:
        with torch.no_grad():
            states = model(input_ids=torch.tensor([ids_of(sequence)])).last_hidden_state[0]
        rows.append(states[1:-1].mean(0))
    return torch.stack(rows).numpy()


@pytest.mark.parametrize("position", ["rotary", "absolute"])
@pytest.mark.parametrize("form", ["safetensors", "bin"])
def test_esm_folders_give_what_transformers_gives(tmp_path, foreign, position, form):
    model = write_esm(tmp_path / "esm", foreign, position, form)
    (tmp_path / "vocab.txt").write_text("\n".join(ESM_TOKENS))
    tokenizer = EsmTokenizer(str(tmp_path / "vocab.txt"))
    tower = opened(tmp_path / "esm")
    rows = TowerFeatures(tower).features(SEQUENCES)
    np.testing.assert_allclose(rows, of_transformers(model, lambda s: tokenizer(s)["input_ids"]), atol=1e-5)
    assert (tower.name, tower.max_residues) == ("esm", 56)
    assert tower.fingerprint == fingerprint_of(tmp_path / "esm") != ""


def test_protbert_reads_spaced_residues_and_takes_rare_letters_for_unknown_ones(tmp_path, foreign):
    model = write_protbert(tmp_path / "protbert", foreign)
    tokenizer = BertTokenizer(str(tmp_path / "protbert" / "vocab.txt"), do_lower_case=False)

    def ids_of(sequence):
        return tokenizer(" ".join("X" if letter in "UZOB" else letter for letter in sequence))["input_ids"]

    assert len(ids_of(SEQUENCES[0])) == len(SEQUENCES[0]) + 2
    rows = TowerFeatures(opened(tmp_path / "protbert")).features(SEQUENCES)
    np.testing.assert_allclose(rows, of_transformers(model, ids_of), atol=1e-5)


def test_protst_gives_what_fair_esm_gives_with_its_weights(tmp_path, foreign):
    model = write_protst(tmp_path / "protst_esm2.pth", foreign)
    rows = TowerFeatures(opened(tmp_path / "protst_esm2.pth")).features(SEQUENCES)
    for row, sequence in zip(rows, SEQUENCES, strict=True):
        ids = [ESM_TOKENS.index(token) for token in ("<cls>", *sequence, "<eos>")]
        with torch.no_grad():
            states = model(torch.tensor([ids]), repr_layers=[2])["representations"][2][0]
        np.testing.assert_allclose(row, states[1:-1].mean(0).numpy(), atol=1e-4)


@pytest.mark.parametrize("shape", ["kmers", "esm", "kmers-under-esm"])
def test_protclip_features_are_what_its_projection_takes(checkpoints, shape):
    encoder = Encoder.from_pretrained(checkpoints[shape], device=CPU)
    features = torch.from_numpy(TowerFeatures(opened(checkpoints[shape])).features(SEQUENCES))
    with torch.no_grad():
        projected = encoder.model.project_protein(features).numpy()
    shared = SharedSpace(encoder)
    np.testing.assert_allclose(
        projected, shared.features(SEQUENCES), atol=0.02
    )  # the encoder may run in bf16
    assert (shared.name, shared.fingerprint) == (f"{shape} shared", encoder.fingerprint)


@pytest.mark.parametrize("kind", ["esm-2", "esm-1b", "protbert", "protst", "protclip"])
def test_neither_batch_nor_order_nor_windows_change_a_row(tmp_path, foreign, checkpoints, kind):
    path = tmp_path / "checkpoint"
    if kind.startswith("esm"):
        write_esm(path, foreign, "rotary" if kind == "esm-2" else "absolute")
    elif kind == "protclip":
        path = checkpoints["kmers-under-esm"]
    else:
        {"protbert": write_protbert, "protst": write_protst}[kind](path, foreign)
    tower = opened(path)
    tower.max_residues = 12  # the last protein is read in three windows
    source = TowerFeatures(tower)
    rows = source.features(SEQUENCES)
    for number, sequence in enumerate(SEQUENCES):
        np.testing.assert_allclose(source.features([sequence])[0], rows[number], atol=1e-5)
    np.testing.assert_allclose(source.features(SEQUENCES[::-1]), rows[::-1], atol=1e-5)
    pieces = [SEQUENCES[2][start:end] for start, end in ((0, 12), (12, 24), (13, 25))]
    mean = source.features(pieces).mean(0)
    np.testing.assert_allclose(rows[2], mean, atol=1e-5)


def test_what_is_no_tower_is_told(tmp_path, foreign):
    with pytest.raises(AssetError, match="nothing is fetched"):
        open_tower(tmp_path / "nowhere")
    other = tmp_path / "other"
    other.mkdir()
    (other / "config.json").write_text(json.dumps({"model_type": "t5"}))
    with pytest.raises(InputError, match=r"type 't5'\. Accepted are protclip, esm, bert"):
        open_tower(other)
    write_esm(tmp_path / "esm", foreign)
    (tmp_path / "esm" / "model.safetensors").unlink()
    with pytest.raises(AssetError, match="has no weights"):
        open_tower(tmp_path / "esm")
    foreign.write_bert(tmp_path / "words")
    with pytest.raises(InputError, match="no BERT of proteins"):
        open_tower(tmp_path / "words")


def test_weights_that_lack_a_layer_or_are_another_model_are_refused(tmp_path, foreign):
    write_protst(tmp_path / "whole.pth", foreign)
    content = torch.load(tmp_path / "whole.pth", weights_only=True)
    del content["model"]["protein_model.model.layers.1.fc1.weight"]
    torch.save(content, tmp_path / "part.pth")
    with pytest.raises(AssetError, match="lacks 1 tensors"):
        open_tower(tmp_path / "part.pth")
    torch.save({"model": {"text_model.weight": torch.zeros(2)}}, tmp_path / "text.pth")
    with pytest.raises(InputError, match=r"no ProtST with ESM-2.*protst_esm2\.pth"):
        open_tower(tmp_path / "text.pth")
    torch.save([1, 2], tmp_path / "list.pth")
    with pytest.raises(AssetError, match="no state dict"):
        open_tower(tmp_path / "list.pth")
