"""What is answered without training: test sets of GO terms and enzyme classes, and ProtST's texts of classes."""

from pathlib import Path

from protclip.benchmarks.formats.deepfri import GO_KEYS
from protclip.benchmarks.formats.deepfri_task import FASTA_PATTERNS
from protclip.benchmarks.formats.layouts import Part, located
from protclip.benchmarks.formats.protst_prompts import ClassPrompt, read_prompts
from protclip.benchmarks.formats.zero_shot import (
    LabelledTest,
    ZeroShotTerms,
    read_deepfri_test,
    read_zero_shot_terms,
)
from protclip.benchmarks.registry import benchmark_of
from protclip.errors import InputError

PROMPTS = (
    "subloc_name", "subloc_template", "subloc_language",
    "reaction_name", "reaction_template", "reaction_language", "reaction_description",
)  # fmt: skip
"""ProtST's files of class texts, without their ending."""

_STEMS = {"ec": "nrPDB-EC_2020.04", **dict.fromkeys(GO_KEYS, "nrPDB-GO_2019.06.18")}


def load_zero_shot_terms(key: str, folder: Path) -> ZeroShotTerms:
    """DeepFRI's GO test chains with the terms that each has, and as many drawn ones that it is not known to have.

    Raises
    ------
    InputError
        If the key is not one of GO's.
    AssetError
        If InstructProtein's file is not in the folder, or damaged.
    """
    if key not in GO_KEYS:
        raise InputError(f"{key} has no terms to answer without training. Choose one of {', '.join(GO_KEYS)}")
    name = f"go_test_{key.removeprefix('go-')}.lm.json"
    part = Part(name=name, patterns=(name, name.removeprefix("go_")))
    source = "dump/downstream/gene_ontology/test_*.lm.json of github.com/HICAI-ZJU/InstructProtein"
    return read_zero_shot_terms(located({"terms": part}, folder, source)["terms"][0], key)


def load_labelled_test(key: str, folder: Path) -> LabelledTest:
    """DeepFRI's test chains of "ec" or a GO benchmark with all their labels; the other splits need not be there.

    Raises
    ------
    InputError
        If the key is another.
    AssetError
        If a file is not in the folder, or damaged.
    """
    if key not in _STEMS:
        raise InputError(f"{key} has no test set of DeepFRI. Choose one of {', '.join(_STEMS)}")
    stem = _STEMS[key]
    parts = {
        "annotations": Part(name=f"{stem}_annot.tsv"),
        "cutoffs": Part(name=f"{stem}_test.csv"),
        "fastas": Part(
            name=f"{stem}_test_sequences.fasta",
            patterns=(f"{stem}_test*.fasta*", *FASTA_PATTERNS),
            is_many=True,
        ),
    }
    found = located(parts, folder, benchmark_of(key).source)
    return read_deepfri_test(found["annotations"][0], found["cutoffs"][0], found["fastas"], key)


def load_prompts(name: str, folder: Path) -> tuple[ClassPrompt, ...]:
    """ProtST's texts of the ten locations or the 384 reactions, by the name of the file without its ending.

    Raises
    ------
    InputError
        If there is no such file in ProtST.
    AssetError
        If it is not in the folder, or damaged.
    """
    if name not in PROMPTS:
        raise InputError(f"ProtST has no class texts {name!r}. Choose one of {', '.join(PROMPTS)}")
    source = "data/zero_shot_classification of github.com/DeepGraphLearning/ProtST"
    return read_prompts(located({"prompts": Part(name=f"{name}.tsv")}, folder, source)["prompts"][0])
