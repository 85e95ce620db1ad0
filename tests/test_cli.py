import os
import signal
import subprocess
import sys
import textwrap
import time
import warnings
from importlib.metadata import EntryPoint, entry_points

import click
import pytest

from protclip import cli
from protclip.errors import AssetError, InputError, RecordError


def run(*arguments):
    with pytest.raises(SystemExit) as exit_:
        cli.main(arguments)
    return exit_.value.code


@pytest.fixture
def verb(monkeypatch):
    """Put one verb in the place of the installed ones; it does what the test says."""

    def install(work):
        command = click.Command("work", callback=work)
        entry = EntryPoint("work", "nowhere:work", cli.VERBS_GROUP)
        monkeypatch.setattr(cli, "_entries", lambda: {"work": entry})
        monkeypatch.setattr(EntryPoint, "load", lambda self: command)

    return install


def raising(error):
    def work():
        raise error

    return work


def fresh_python(code):
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=False, timeout=60
    )


def test_help_lists_every_verb_and_imports_nothing_heavy():
    done = fresh_python(
        """
        import sys
        from protclip.cli import main
        try:
            main(["--help"])
        except SystemExit as exit_:
            assert exit_.code == 0, exit_.code
        heavy = {"torch", "transformers", "numpy", "pyarrow", "streamlit", "qdrant_client", "qdrant_edge"}
        print("heavy:", sorted(heavy & set(sys.modules)))
        """
    )
    assert "heavy: []" in done.stdout, done.stderr
    for name in entry_points(group=cli.VERBS_GROUP).names:
        assert f"\n  {name} " in done.stdout
    assert "3 done, but records were" in done.stdout


def test_help_of_light_verbs_does_not_import_torch():
    done = fresh_python(
        """
        import sys
        from protclip.cli import main
        for arguments in (["data", "build", "--help"], ["encode", "--help"], ["doctor", "--help"]):
            try:
                main(arguments)
            except SystemExit as exit_:
                assert exit_.code == 0, exit_.code
        print("torch" in sys.modules, "pyarrow" in sys.modules)
        """
    )
    assert done.stdout.endswith("False False\n"), done.stderr


def test_the_table_of_short_helps_names_every_verb():
    assert set(cli.SHORT_HELP) == entry_points(group=cli.VERBS_GROUP).names


@pytest.mark.parametrize("name", list(cli.SHORT_HELP))
def test_the_table_of_short_helps_says_what_the_verb_says(name):
    (entry,) = entry_points(group=cli.VERBS_GROUP, name=name)
    assert " ".join(entry.load().help.split()).startswith(cli.SHORT_HELP[name])


def test_an_unknown_verb_names_the_nearest(capsys):
    assert run("docter") == 2
    assert "Did you mean 'doctor'?" in capsys.readouterr().err


def test_version(capsys):
    assert run("--version") == 0
    assert capsys.readouterr().out.startswith("protclip ")


@pytest.mark.parametrize(
    ("error", "code", "sentence"),
    [
        (InputError("length 0; give 1 or more"), 2, "protclip: length 0; give 1 or more\n"),
        (RecordError("a.fa", 3, "no name", "Add one."), 2, "protclip: a.fa, line 3: no name. Add one.\n"),
        (AssetError("no checkpoint; restore it"), 1, "protclip: no checkpoint; restore it\n"),
        (click.UsageError("no such option"), 2, "Error: no such option\n"),
        (ModuleNotFoundError("no", name="qdrant_edge.x"), 1, "Run: pip install 'protclip[store]'\n"),
        (KeyboardInterrupt(), 130, "protclip: interrupted\n"),
        (KeyError("odd"), 1, "unexpected error, KeyError: 'odd'."),
    ],
)
def test_errors_are_a_sentence_and_an_exit_code(verb, capsys, error, code, sentence):
    verb(raising(error))
    assert run("work") == code
    told = capsys.readouterr()
    assert sentence in told.err
    assert "Traceback" not in told.err
    assert told.out == ""


@pytest.mark.parametrize(("error", "code"), [(InputError("bad"), 2), (KeyError("odd"), 1)])
def test_debug_shows_the_traceback(verb, capsys, error, code):
    verb(raising(error))
    assert run("--debug", "work") == code
    assert "Traceback" in capsys.readouterr().err


def test_a_verb_whose_package_lacks_its_extra_says_what_to_install(monkeypatch, capsys):
    entry = EntryPoint("search", "vector_store.verbs:search", cli.VERBS_GROUP)
    monkeypatch.setattr(cli, "_entries", lambda: {"search": entry})

    def load(self):
        raise ModuleNotFoundError("No module named 'qdrant_client'", name="qdrant_client")

    monkeypatch.setattr(EntryPoint, "load", load)
    assert run("search") == 1
    assert "this needs qdrant_client, which is not installed. Run: pip install 'protclip[store]'" in (
        capsys.readouterr().err
    )


def test_the_extras_named_in_messages_exist():
    from importlib.metadata import metadata

    known = set(metadata("protclip").get_all("Provides-Extra"))
    assert set(cli._EXTRA_OF.values()) <= known


def test_the_exit_code_of_a_verb_is_kept_and_a_returned_text_is_not_one(verb):
    verb(lambda: click.get_current_context().exit(3))
    assert run("work") == 3
    verb(lambda: "done")
    assert run("work") == 0


def test_warnings_are_sentences_and_the_old_way_comes_back(verb, capsys):
    before = warnings.showwarning

    def work():
        warnings.simplefilter("always")
        warnings.warn("the option has no effect", stacklevel=1)

    verb(work)
    assert run("work") == 0
    assert capsys.readouterr().err == "protclip: warning: the option has no effect\n"
    assert warnings.showwarning is before


def test_a_reader_that_goes_away_ends_us_quietly():
    code = "from protclip.cli import main; main(['--help'])"
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-c", code], stdout=write, stderr=subprocess.PIPE, text=True, check=False, timeout=60
    )
    os.close(write)
    assert done.returncode != 0
    assert done.stderr == ""


def test_control_c_exits_130_with_a_word(tmp_path):
    # A shell lets what it starts in the background ignore the interrupt, and children inherit that.
    code = f"""
        import signal
        import time
        from importlib.metadata import EntryPoint
        import click
        from protclip import cli
        signal.signal(signal.SIGINT, signal.default_int_handler)
        def work():
            open({str(tmp_path / "started")!r}, "w").close()
            time.sleep(30)
        EntryPoint.load = lambda self: click.Command("work", callback=work)
        cli._entries = lambda: {{"work": EntryPoint("work", "x:y", "z")}}
        cli.main(["work"])
        """
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code)], stderr=subprocess.PIPE, text=True
    )
    while not (tmp_path / "started").exists():
        assert process.poll() is None
    # Until it sleeps for sure: an interrupt that falls into a finalizer is lost, as Python documents.
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=20)
    assert process.returncode == 130
    assert told.strip() == "protclip: interrupted"
