"""The authors' checkpoint: every tensor to its place, what is theirs alone named, what is missing told."""

import pytest
import torch

from protclip.errors import AssetError, InputError
from protclip.model.modeling import ProtCLIPModel
from protclip.model.weight_layouts import read_release
from protclip.model.weights import ImportJob, import_weights

PLACES = {
    "logit_scale": "log_scale",
    "mlm_head.0.weight": "mlm_head.0.weight",
    "mlm_head.2.bias": "mlm_head.2.bias",
    "mlm_head.3.bias": "mlm_head.3.bias",
    "t2p_mlm_head.0.weight": "bsr_head.0.weight",
    "t2p_mlm_head.2.weight": "bsr_head.2.weight",
    "t2p_mlm_head.3.weight": "bsr_head.3.weight",
    "decoder.query.weight": "fusion.query.weight",
    "decoder.key.bias": "fusion.key.bias",
    "decoder.value.weight": "fusion.value.weight",
    "proto_bank.prototype.weight": "prototypes.weight",
    "protein_projection.0.weight": "protein_projection.0.weight",
    "text_projection.2.bias": "text_projection.2.bias",
}


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "release"


def test_every_tensor_of_the_release_has_its_place(foreign, folder):
    theirs = foreign.write_release(folder)
    read = read_release(folder)
    for name, ours in PLACES.items():
        assert torch.equal(read.state[ours], theirs[name]), name
    assert read.state["local_log_scale"].shape == ()
    assert read.state["local_log_scale"] == theirs["local_logit_scale"][0] != theirs["local_logit_scale"][1]
    assert read.unknown == ()
    beside = {name.split(".")[0] for name in read.unused if "inv_freq" not in name and ".pooler." not in name}
    assert beside == {"local_cross_attention", "predictor"}
    assert len(read.state) + len(read.unused) == len(theirs)
    assert read.settings["residue_objectives"] is True
    assert (read.settings["num_prototypes"], read.settings["projection_hidden_dim"]) == (6, 8)


def test_the_bank_as_a_bare_parameter_is_the_same_bank(foreign, folder):
    def bare(state):
        state["proto_bank.prototype"] = state.pop("proto_bank.prototype.weight")

    theirs = foreign.write_release(folder, change=bare)
    assert torch.equal(read_release(folder).state["prototypes.weight"], theirs["proto_bank.prototype"])


def test_the_model_holds_what_the_release_held(foreign, folder, tmp_path):
    theirs = foreign.write_release(folder)
    report = import_weights(ImportJob(source=folder, folder=tmp_path / "ours"))
    state = ProtCLIPModel.from_pretrained(tmp_path / "ours").state_dict()
    towers = {
        name: name for name in theirs if name.startswith(("protein_model.", "text_model.")) and name in state
    }
    assert len(towers) > 60
    for name, ours in (towers | PLACES).items():
        assert torch.equal(state[ours], theirs[name].float()), name
    assert report.unknown == ()


def test_unknown_tensors_are_listed(foreign, folder, tmp_path):
    foreign.write_release(
        folder, change=lambda state: state.update(gate=torch.ones(2), mlm_head_2=torch.ones(1))
    )
    report = import_weights(ImportJob(source=folder, folder=tmp_path / "ours"))
    assert {"gate", "mlm_head_2"} <= set(report.unknown)


def test_the_projections_have_to_be_there(foreign, folder, tmp_path):
    foreign.write_release(folder, change=lambda state: state.pop("text_projection.2.weight"))
    with pytest.raises(AssetError, match=r"lacks 1 tensors .* text_projection\.\*"):
        import_weights(ImportJob(source=folder, folder=tmp_path / "ours"))


def test_a_tower_with_a_hole_is_refused(foreign, folder, tmp_path):
    name = "text_model.encoder.layer.1.output.dense.weight"
    foreign.write_release(folder, change=lambda state: state.pop(name))
    with pytest.raises(AssetError, match=r"text_model\.encoder\.layer\.\*\.output\.dense"):
        import_weights(ImportJob(source=folder, folder=tmp_path / "ours"))


def test_missing_heads_are_filled_in_and_named(foreign, folder, tmp_path):
    foreign.write_release(folder, change=lambda state: state.pop("mlm_head.3.weight"))
    report = import_weights(ImportJob(source=folder, folder=tmp_path / "ours"))
    assert "mlm_head" in report.untrained


def test_the_tokenizer_comes_from_elsewhere_where_the_release_has_none(foreign, folder, tmp_path):
    foreign.write_release(folder, tokenizer=False)
    with pytest.raises(AssetError, match=r"vocab\.txt of microsoft/BiomedNLP-PubMedBERT"):
        import_weights(ImportJob(source=folder, folder=tmp_path / "ours"))
    foreign.write_bert(tmp_path / "bert")
    import_weights(ImportJob(source=folder, folder=tmp_path / "ours", text=tmp_path / "bert"))
    assert (tmp_path / "ours" / "tokenizer.json").is_file()


def test_another_width_of_the_shared_space_is_refused(foreign, folder, tmp_path):
    foreign.write_release(folder)
    with pytest.raises(InputError, match="shared space has 8"):
        import_weights(ImportJob(source=folder, folder=tmp_path / "ours", projection_dim=512))
