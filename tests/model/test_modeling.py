"""The two towers: saving and loading, what padding and freezing do, k-mers under blocks."""

import pytest
import torch
from safetensors.torch import load_file

from protclip.errors import AssetError
from protclip.model.checkpoint_files import fingerprint
from protclip.model.configuration import ProtCLIPConfig
from protclip.model.modeling import ProtCLIPModel
from protclip.model.processing import collate_residues, residue_tokens

SMALL = {
    "projection_dim": 8,
    "projection_hidden_dim": 12,
    "text_config": {
        "hidden_size": 16,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "intermediate_size": 32,
        "vocab_size": 64,
    },
}
SEQUENCES = ["MKTAYIAKQRQISFVKSH", "MKV", "ACDEFGHIKLMNPQRSTVWYACDEFGHIKLMNPQRSTVWY"]


def batch_of(sequences):
    return collate_residues([residue_tokens(s) for s in sequences])


def embed(model, sequences):
    batch = batch_of(sequences)
    with torch.inference_mode():
        return model.project_protein(model.protein_features(batch.input_ids, batch.attention_mask))


def test_saving_and_loading_gives_the_same_model(model, tmp_path):
    model.save_pretrained(tmp_path)
    again = ProtCLIPModel.from_pretrained(tmp_path)
    state = model.state_dict()
    assert again.state_dict().keys() == state.keys()
    for name, values in again.state_dict().items():
        torch.testing.assert_close(values, state[name], msg=name)
    torch.testing.assert_close(embed(again, SEQUENCES), embed(model, SEQUENCES))


def test_padding_does_not_matter(model):
    together = embed(model, SEQUENCES)
    for row, sequence in zip(together, SEQUENCES, strict=True):
        torch.testing.assert_close(embed(model, [sequence])[0], row, atol=2e-5, rtol=1e-4)


def test_forward_gives_unit_rows_and_a_clamped_scale(model):
    batch = batch_of(SEQUENCES)
    text = torch.randint(5, 60, (3, 7))
    model.log_scale.data.fill_(9.0)
    pair = model(batch.input_ids, batch.attention_mask, text, torch.ones_like(text))
    torch.testing.assert_close(pair.protein.norm(dim=1), torch.ones(3))
    torch.testing.assert_close(pair.text.norm(dim=1), torch.ones(3))
    assert pair.scale == 100.0


def test_a_frozen_text_tower_takes_no_gradient_and_has_no_dropout(model):
    model.train()
    assert not model.text_model.training
    text = torch.randint(5, 60, (3, 7))
    features = [model.text_features(text, torch.ones_like(text)) for _ in range(2)]
    torch.testing.assert_close(*features)
    assert not features[0].requires_grad


def test_blocks_put_on_a_trained_kmer_tower_forget_nothing():
    torch.manual_seed(0)
    text = {
        "hidden_size": 8,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "intermediate_size": 8,
        "vocab_size": 9,
    }
    shape = {"kmer_sizes": [3], "projection_dim": 8, "text_config": text}
    esm = {"hidden_size": 16, "num_attention_heads": 2, "intermediate_size": 32}
    tables = ProtCLIPModel(ProtCLIPConfig(protein_config=esm | {"num_hidden_layers": 0}, **shape)).eval()
    blocks = ProtCLIPModel(ProtCLIPConfig(protein_config=esm | {"num_hidden_layers": 2}, **shape)).eval()
    missing, unexpected = blocks.load_state_dict(tables.state_dict(), strict=False)
    assert not unexpected
    assert all(name.startswith("protein_model.") or name == "block_gate" for name in missing)
    torch.testing.assert_close(embed(blocks, SEQUENCES), embed(tables, SEQUENCES), atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize(("bits", "dtype", "width"), [(8, torch.int8, 32), (4, torch.uint8, 16)])
def test_tables_of_few_bits_keep_the_direction(tmp_path, bits, dtype, width):
    torch.manual_seed(0)
    esm = {"hidden_size": 32, "num_hidden_layers": 0, "num_attention_heads": 2}
    text = {
        "hidden_size": 8,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "intermediate_size": 8,
        "vocab_size": 9,
    }
    config = ProtCLIPConfig(
        protein_config=esm,
        text_config=text,
        kmer_sizes=[3],
        kmer_bits=bits,
        projection_norm=True,
        projection_dim=8,
    )
    model = ProtCLIPModel(config).eval()
    model.save_pretrained(tmp_path)
    stored = load_file(tmp_path / "model.safetensors")
    assert (stored["kmers.tables.0"].dtype, stored["kmers.tables.0"].shape[1]) == (dtype, width)
    again = ProtCLIPModel.from_pretrained(tmp_path)
    assert again.kmers.tables[0].dtype == torch.float32
    cosine = (embed(again, SEQUENCES) * embed(model, SEQUENCES)).sum(1)
    assert cosine.min() > (0.999 if bits == 8 else 0.98)


def test_the_fingerprint_follows_the_weights(model, tmp_path):
    model.save_pretrained(tmp_path / "a")
    model.save_pretrained(tmp_path / "b")
    assert fingerprint(tmp_path / "a") == fingerprint(tmp_path / "b")
    with torch.no_grad():
        model.log_scale.add_(0.5)
    model.save_pretrained(tmp_path / "b")
    assert fingerprint(tmp_path / "a") != fingerprint(tmp_path / "b")


def test_bits_that_cannot_be_packed_are_refused_and_the_old_key_is_read():
    with pytest.raises(ValueError, match="kmer_bits 5 is not supported; give 32, 8 or 4"):
        ProtCLIPConfig(kmer_bits=5)
    assert ProtCLIPConfig(kmer_int8=True).kmer_bits == 8


def test_a_damaged_int8_checkpoint_is_named(tmp_path):
    esm = {"hidden_size": 8, "num_hidden_layers": 0, "num_attention_heads": 2}
    text = {
        "hidden_size": 8,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "intermediate_size": 8,
        "vocab_size": 9,
    }
    config = ProtCLIPConfig(protein_config=esm, text_config=text, kmer_sizes=[2], kmer_bits=8)
    ProtCLIPModel(config).save_pretrained(tmp_path)
    weights = tmp_path / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:100])
    with pytest.raises(AssetError, match=r"model\.safetensors is damaged"):
        ProtCLIPModel.from_pretrained(tmp_path)


def test_weights_a_checkpoint_lacks_start_as_in_a_fresh_model(tmp_path):
    torch.manual_seed(0)
    text = {
        "hidden_size": 8,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "intermediate_size": 8,
        "vocab_size": 9,
    }
    esm = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    model = ProtCLIPModel(ProtCLIPConfig(protein_config=esm, text_config=text, kmer_sizes=[3]))
    own = ("log_scale", "block_gate", "kmers.tables.0")
    model.save_pretrained(tmp_path, state_dict={k: v for k, v in model.state_dict().items() if k not in own})
    again = ProtCLIPModel.from_pretrained(tmp_path)
    assert again.scale.item() == pytest.approx(1 / 0.07)
    assert again.block_gate.item() == 0
    assert 0.019 < again.kmers.tables[0].std().item() < 0.021


def test_a_tower_of_nothing_is_refused():
    with pytest.raises(ValueError, match="needs kmer_sizes"):
        ProtCLIPConfig(protein_config={"num_hidden_layers": 0, "hidden_size": 8, "num_attention_heads": 1})


RESIDUE_PARTS = ("mlm_head.", "bsr_head.", "fusion.", "prototypes.", "local_log_scale")


def is_residue_part(name):
    return name.startswith(RESIDUE_PARTS)


def test_residue_parts_are_there_on_request_and_saved_with_the_model(shape, tmp_path):
    plain = ProtCLIPModel(ProtCLIPConfig(**shape, **SMALL))
    assert not [name for name in plain.state_dict() if is_residue_part(name)]
    model = ProtCLIPModel(ProtCLIPConfig(**shape, **SMALL, residue_objectives=True, num_prototypes=5))
    assert model.prototypes.weight.shape == (5, 8)
    model.save_pretrained(tmp_path)
    again = ProtCLIPModel.from_pretrained(tmp_path)
    for name, values in model.state_dict().items():
        assert torch.equal(values, again.state_dict()[name]), name


def test_residue_parts_a_checkpoint_lacks_start_as_in_a_fresh_model(shape, tmp_path):
    """A checkpoint of the towers alone, loaded with them asked for; and given them afterwards."""
    ProtCLIPModel(ProtCLIPConfig(**shape, **SMALL)).save_pretrained(tmp_path)
    asked = ProtCLIPModel.from_pretrained(
        tmp_path, config=ProtCLIPConfig(**shape, **SMALL, residue_objectives=True)
    )
    given = ProtCLIPModel.from_pretrained(tmp_path)
    given.add_residue_parts()
    fresh = ProtCLIPModel(ProtCLIPConfig(**shape, **SMALL, residue_objectives=True))
    assert asked.state_dict().keys() == given.state_dict().keys() == fresh.state_dict().keys()
    for model in (asked, given, fresh):
        assert model.config.residue_objectives
        assert model.local_scale.item() == pytest.approx(10.0)
        assert 0.9 < model.prototypes.weight.std().item() < 1.1
        assert 0.015 < model.mlm_head[0].weight.std().item() < 0.025
        assert model.fusion.norm.weight.eq(1).all()
        assert model.fusion.key.bias.eq(0).all()


def test_adding_parts_twice_leaves_the_first(shape):
    model = ProtCLIPModel(ProtCLIPConfig(**shape, **SMALL, residue_objectives=True))
    before = model.bsr_head
    model.add_residue_parts()
    assert model.bsr_head is before


def test_pooling_over_padding_is_the_plain_mean_of_the_release(shape):
    torch.manual_seed(3)
    model = ProtCLIPModel(ProtCLIPConfig(**shape, **SMALL, pool_padding=True)).eval()
    tokens = batch_of(SEQUENCES)
    with torch.inference_mode():
        features = model.residue_features(tokens.input_ids, tokens.attention_mask)
        pooled = model.protein_features(tokens.input_ids, tokens.attention_mask)
        torch.testing.assert_close(pooled, features.mean(1), atol=1e-6, rtol=1e-4)
        text, mask = torch.randint(5, 60, (2, 7)), torch.ones(2, 7, dtype=torch.long)
        mask[1, 3:] = 0
        states = model.text_states(text, mask)
        torch.testing.assert_close(model.text_features(text, mask), states.mean(1))


def test_scales_without_a_limit_and_dropout_in_a_frozen_text_tower(shape):
    settings = {"scale_max": 0.0, "text_dropout": True, "residue_objectives": True}
    model = ProtCLIPModel(ProtCLIPConfig(**shape, **SMALL, **settings))
    model.log_scale.data.fill_(7.0)
    model.local_log_scale.data.fill_(7.0)
    assert model.scale.item() == model.local_scale.item() == pytest.approx(1096.63, rel=1e-4)
    text = torch.randint(5, 60, (3, 7))
    noisy = [model.train().text_features(text, torch.ones_like(text)) for _ in range(2)]
    assert not torch.allclose(*noisy)
    still = [model.eval().text_features(text, torch.ones_like(text)) for _ in range(2)]
    assert torch.equal(*still)


def test_a_threshold_that_is_no_share_is_refused():
    with pytest.raises(ValueError, match=r"pda_threshold 1\.5"):
        ProtCLIPConfig(pda_threshold=1.5)
