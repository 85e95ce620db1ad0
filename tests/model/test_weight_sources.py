"""Published names are found where other tools keep their downloads, or the user is told what to fetch."""

import pytest

from protclip.errors import AssetError, InputError
from protclip.model.weight_sources import CachePlaces, locate


@pytest.fixture
def places(tmp_path):
    return CachePlaces(torch_hub=tmp_path / "hub", hugging_face=tmp_path / "hf")


def downloaded(places, repository, revision="abc"):
    folder = places.hugging_face / f"models--{repository.replace('/', '--')}" / "snapshots" / revision
    folder.mkdir(parents=True)
    (folder / "config.json").write_text("{}")
    return folder


def test_a_path_is_taken_as_it_is_and_a_weight_file_stands_for_its_folder(tmp_path, places):
    (tmp_path / "model.safetensors").touch()
    (tmp_path / "x.pt").touch()
    assert locate(str(tmp_path), places) == tmp_path
    assert locate(str(tmp_path / "model.safetensors"), places) == tmp_path
    assert locate(str(tmp_path / "x.pt"), places) == tmp_path / "x.pt"


@pytest.mark.parametrize("name", ["esm2_t6_8M_UR50D", "facebook/esm2_t6_8M_UR50D", "esm2_t6_8M_UR50D.pt"])
def test_esm2_is_found_in_either_cache(places, name):
    folder = downloaded(places, "facebook/esm2_t6_8M_UR50D")
    assert locate(name, places) == folder
    places.torch_hub.mkdir()
    file = places.torch_hub / "esm2_t6_8M_UR50D.pt"
    file.touch()
    assert locate(name, places) == file


def test_pubmedbert_is_found_under_both_of_its_names(places):
    folder = downloaded(places, "microsoft/BiomedNLP-BiomedBERT-base-uncased-abstract")
    assert locate("pubmedbert", places) == folder
    assert locate("microsoft/BiomedNLP-PubMedBERT-base-uncased-abstract", places) == folder


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("esm2_t33_650M_UR50D", ["esm2_t33_650M_UR50D.pt", "2.6 GB", "dl.fbaipublicfiles.com", "hub"]),
        ("pubmedbert", ["PubMedBERT-base-uncased-abstract", "440 MB", "vocab.txt"]),
        ("protclip-release", ["15245588", "1.5 GB", "config.json"]),
    ],
)
def test_what_is_not_here_is_told_with_size_source_and_place(places, name, told):
    with pytest.raises(AssetError) as error:
        locate(name, places)
    assert [part for part in told if part not in str(error.value)] == []


def test_a_name_nobody_knows_is_told_with_those_that_are_known(places):
    with pytest.raises(InputError, match=r"no known name.*esm2_t33_650M_UR50D, .*pubmedbert"):
        locate("esm3", places)


def test_the_usual_places_follow_the_variables_of_their_owners(tmp_path, monkeypatch):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    assert CachePlaces.usual().torch_hub == tmp_path / "hub" / "checkpoints"
