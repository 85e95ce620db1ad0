"""No trace of the machine something was built on, and no package registry, in the project's text files."""

import re
from pathlib import Path

# Spelled so that this file does not find itself.
MACHINE = [
    r"(?<![\w.$}~])/(?:wor[k]|far[m])/",
    r"/op[t]/(?:pypi|wheels)",
    r"(?<![\w.])/roo[t]/",
    r"(?<![\w.])/hom[e]/[a-z][\w-]*/",
    r"/tm[p]/(?:bash_jobs|pip-)",
    r"(?<![\w.])[A-Z]:\\User[s]\\",
]
REGISTRY = [
    r"(?:files\.)?pythonhoste[d]\.org",
    r"pypi\.or[g]/simple",
    r"(?:artifactor[y]|nexu[s]|devp[i])[\w.-]*\.[a-z]{2,}",
    r"https?://(?:10|192\.168|172\.(?:1[6-9]|2\d|3[01]))\.[\d.]+",
    r"https?://[\w.-]+\.(?:interna[l]|loca[l]|cor[p]|la[n])\b",
    r"file://\S*simpl[e]",
    r"find-link[s]\s*=",
]
FORBIDDEN = re.compile("|".join(MACHINE + REGISTRY))
BINARY = {".parquet", ".safetensors", ".png", ".webp", ".gz", ".npz", ".npy", ".sqlite", ".woff2", ".ico"}


def traces(text: str) -> list[str]:
    return [match.group(0) for match in FORBIDDEN.finditer(text)]


def test_no_file_names_the_machine_or_a_registry(root: Path, project_files: list[Path]) -> None:
    found = {}
    for path in project_files:
        data = path.read_bytes() if path.suffix not in BINARY else b""
        hits = traces(data.decode("utf-8", errors="ignore"))
        if hits:
            found[path.relative_to(root).as_posix()] = sorted(set(hits))[:5]
    assert found == {}


def test_the_patterns_find_what_they_should() -> None:
    bad = [
        "see /wor" + "k/main/x",
        "'/far" + "m/a'",
        "--find-link" + "s = x",
        "/roo" + "t/.cache",
        "/hom" + "e/ann/data",
    ]
    bad += [
        "https://files.pythonhoste" + "d.org/x",
        "http://10" + ".0.0.7/x",
        "https://mirror.interna" + "l/x",
    ]
    assert [text for text in bad if not traces(text)] == []
    good = [
        "net/work/x",
        "var/work/x",
        "$HOME/work/",
        "https://www.uniprot.org/uniprotkb/P38398",
        "http://localhost:8501",
    ]
    good += [
        "https://download.pytorch.org/whl/cpu",
        "pull/push at a framework/library",
        "http://127.0.0.1:6333",
    ]
    assert [text for text in good if traces(text)] == []
