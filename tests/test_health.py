from importlib.metadata import EntryPoint

import pytest

from protclip import doctor, health
from protclip.errors import AssetError
from protclip.health import Check, guarded, plugged_checks


def test_a_check_that_finds_fault_must_say_what_to_do():
    with pytest.raises(ValueError, match="says not what to do"):
        Check(name="atlas", status="missing")
    with pytest.raises(ValueError, match="not one of ok, missing, broken"):
        Check(name="atlas", status="fine")


def test_only_required_checks_fail():
    assert Check(name="a", status="broken", remedy="r").fails
    assert not Check(name="a", status="missing", remedy="r", required=False).fails
    assert not Check(name="a", status="ok").fails


def test_a_look_that_dies_is_a_finding():
    def our_error():
        raise AssetError("the atlas is damaged. Restore it")

    def any_error():
        raise RuntimeError("odd")

    assert guarded("atlas", our_error) == [
        Check(name="atlas", status="broken", remedy="the atlas is damaged. Restore it")
    ]
    (check,) = guarded("torch", any_error)
    assert check.detail == "RuntimeError: odd"
    assert check.fails


def test_checks_of_other_packages_are_run_and_one_that_cannot_be_imported_is_a_line(monkeypatch):
    index = Check(name="index", status="ok", detail="2 points")

    def load(self):
        if self.name == "index":
            return lambda: [index]
        raise ModuleNotFoundError("No module named 'qdrant_edge'")

    entries = [EntryPoint(name, f"m:{name}", health.CHECKS_GROUP) for name in ("server", "index")]
    monkeypatch.setattr(EntryPoint, "load", load)
    monkeypatch.setattr(health, "entry_points", lambda group: entries if group == health.CHECKS_GROUP else [])
    first, second = plugged_checks()
    assert first == index
    assert (second.name, second.status) == ("server", "broken")
    assert "qdrant_edge" in second.detail


def test_each_extra_is_one_line_with_the_command_that_brings_it(monkeypatch):
    requirements = [
        "click>=8.1",
        'fair-esm==2.0.0; extra == "esm"',
        "streamlit>=1.61; extra == 'app'",
        'protclip[store,text]; extra == "app"',
        'pytest>=8; extra == "test"',
    ]
    versions = {"click": "8.5.1"}
    monkeypatch.setattr(doctor, "requires", lambda name: requirements)
    monkeypatch.setattr(doctor, "_version", versions.get)
    core, esm, app = doctor._packages()
    assert (core.name, core.status, core.detail) == ("packages", "ok", "click 8.5.1")
    assert (esm.name, esm.required, esm.remedy) == ("packages [esm]", False, "pip install 'protclip[esm]'")
    assert (app.name, app.fails, app.detail) == ("packages [app]", True, "streamlit not installed")


def test_the_installed_packages_are_read_from_the_metadata():
    checks = doctor._packages()
    assert checks[0].status == "ok"
    assert "torch 2" in checks[0].detail
    assert {"packages [app]", "packages [store]", "packages [text]"} <= {check.name for check in checks}
    assert not any("test" in check.name or "dev" in check.name for check in checks)


def test_nothing_that_the_app_runs_without_has_to_be_put_right(monkeypatch):
    monkeypatch.setattr(doctor, "_version", lambda package: None)
    wanted = {check.name for check in doctor._packages() if check.fails}
    assert wanted == {"packages", *(f"packages [{extra}]" for extra in ("app", "predict", "store", "text"))}


def test_helpers_are_optional_and_named_with_their_remedy(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    mmseqs, chromium = doctor._helpers()
    assert mmseqs.status == chromium.status == "missing"
    assert not mmseqs.fails
    assert "apt-get install mmseqs2" in mmseqs.remedy


def test_the_address_of_a_server_is_never_shown(monkeypatch):
    monkeypatch.setenv("QDRANT_URL", "https://user:secret@example.org")
    monkeypatch.setenv("QDRANT_API_KEY", "secret")
    (check,) = doctor._qdrant()
    assert check.detail == "set, with QDRANT_API_KEY"
    monkeypatch.delenv("QDRANT_URL")
    assert "not set" in doctor._qdrant()[0].detail


def test_an_old_python_is_told(monkeypatch):
    monkeypatch.setattr(doctor.sys, "version_info", (3, 9, 1, "final", 0))
    (check,) = doctor._python()
    assert check.fails
    assert check.detail == "3.9.1"
