"""Importing does nothing: no output, no network, no process, no file written, no logging set up."""

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

PROBE = """
import importlib, json, logging, sys
names, ours, seen, importing = json.loads(sys.argv[1]), json.loads(sys.argv[2]), [], [""]
NETWORK = {"socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "urllib.Request"}
PROCESS = {"subprocess.Popen", "os.system", "os.exec", "os.posix_spawn"}

def from_ours():
    # A vendor may do as it likes when it is imported: only what a line of ours calls counts.
    frame = sys._getframe(2)
    while frame is not None:
        file = frame.f_code.co_filename
        if "importlib" in file:
            return False
        if any(file.startswith(folder) for folder in ours):
            return True
        frame = frame.f_back
    return False

def watch(event, args):
    if event in NETWORK or (event in PROCESS and from_ours()):
        seen.append([importing[0], event, repr(args[:2])])
    elif event == "open" and isinstance(args[1], str) and set(args[1]) & set("wax+") and from_ours():
        seen.append([importing[0], "open for writing", repr(args[0])])
    elif event in {"os.mkdir", "os.rename", "os.remove"} and from_ours():
        seen.append([importing[0], event, repr(args[0])])

sys.addaudithook(watch)
for name in names:
    importing[0] = name
    importlib.import_module(name)
    if logging.getLogger().handlers:
        seen.append([name, "logging", "the root logger has handlers"])
        logging.getLogger().handlers.clear()
with open("report.json", "w") as report:
    json.dump(seen, report)
"""

STREAMLIT_WITHOUT_SERVER = "No runtime found, using MemoryCacheStorageManager"
"""Streamlit says so itself wherever a cached function is declared outside of a running app."""


def run_probe(
    names: list[str], folders: list[str], home: Path, path: Path | None = None
) -> tuple[str, list[list[str]]]:
    """Import the modules in a new process: what it printed, and what it did beyond importing."""
    home.mkdir(exist_ok=True)
    keep = {key: os.environ[key] for key in ("PATH", "LD_LIBRARY_PATH", "SYSTEMROOT") if key in os.environ}
    quiet = {"HOME": str(home), "TMPDIR": str(home), "OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    extra = {"PYTHONPATH": str(path)} if path else {}
    command = [sys.executable, "-c", PROBE, json.dumps(names), json.dumps(folders)]
    done = subprocess.run(
        command, cwd=home, env=keep | quiet | extra, capture_output=True, text=True, timeout=240
    )
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr, json.loads((home / "report.json").read_text())


def test_importing_every_module_does_nothing(
    root: Path, modules: dict[str, ast.Module], tmp_path: Path
) -> None:
    names = [name.removesuffix(".py").removesuffix("/__init__").replace("/", ".") for name in modules]
    folders = sorted({f"{root / name.split('/')[0]}{os.sep}" for name in modules})
    printed, seen = run_probe(names, folders, tmp_path / "home")
    assert seen == []
    assert [line for line in printed.splitlines() if STREAMLIT_WITHOUT_SERVER not in line] == []
    # Files, not folders: torch makes an empty cache folder when transformers is imported.
    files = [path.name for path in (tmp_path / "home").rglob("*") if path.is_file()]
    assert files == ["report.json"], "importing left files behind"


def test_the_probe_sees_what_it_forbids(tmp_path: Path) -> None:
    package = tmp_path / "noisy"
    package.mkdir()
    (package / "__init__.py").write_text("print('hello')\nopen('trace.txt', 'w').close()\n")
    (package / "net.py").write_text(
        "import logging, socket, subprocess, sys\n"
        "logging.basicConfig()\nsubprocess.run([sys.executable, '-c', ''])\n"
        "try:\n    socket.create_connection(('127.0.0.1', 9), timeout=1)\nexcept OSError:\n    pass\n"
    )
    printed, seen = run_probe(
        ["noisy", "noisy.net"], [f"{package}{os.sep}"], tmp_path / "home", path=tmp_path
    )
    assert printed == "hello\n"
    assert {"open for writing", "logging", "subprocess.Popen", "socket.connect"} <= {
        what for _, what, _ in seen
    }
