"""Run by test_objectives: the gradients of the real training model, alone or as one of two processes."""

import sys
from dataclasses import fields
from pathlib import Path

import numpy as np
import torch

from protclip.model.processing import TokenBatch
from protclip.model.release_compat import ReleaseCompat
from protclip.model.residue_parts import TextStates
from train import objectives
from train.corpus import build_corpus
from train.distributed import start, unwrap
from train.loader import PairBatch, PairLoader, Position
from train.objectives import Objectives, TrainingModel
from train.residue_inputs import ResidueDraw, ResidueInputs
from train.run_sections import ObjectivesSection

RELEASE = tuple(name for name in ReleaseCompat.names() if name != "no_epsilon")
OFF = {"bsr": 0.0, "pda": 0.0, "mlm": 0.0}
CASES = {
    "kmers, contrast alone": ("kmers", {"gc": 1.0}),
    "kmers, every loss": ("kmers", {"gc": 1.0, "term": 0.3, "paraphrase": 0.2}),
    "kmers, terms alone": ("kmers", {"gc": 0.0, "term": 1.0}),
    "kmers, paraphrases alone": ("kmers", {"gc": 0.0, "paraphrase": 1.0}),
    "esm, contrast alone": ("esm", {"gc": 1.0}),
    "kmers under esm, contrast alone": ("kmers-under-esm", {"gc": 1.0}),
    "esm, four losses": ("esm", {"gc": 1.0, "bsr": 0.7, "mlm": 0.3, "pda": 1.0}),
    "kmers under esm, four losses": ("kmers-under-esm", {"gc": 1.0, "bsr": 0.7, "mlm": 0.3, "pda": 1.0}),
    "kmers, four losses": ("kmers", {"gc": 1.0, "bsr": 0.7, "mlm": 0.3, "pda": 1.0}),
    "esm, mlm alone": ("esm", {"gc": 0.0, "mlm": 1.0}),
    "esm, pda alone": ("esm", {"gc": 0.0, "pda": 1.0}),
    "esm, the release": (
        "esm",
        {"gc": 1.0, "bsr": 0.7, "mlm": 0.3, "pda": 1.0, "release_compat": RELEASE},
    ),
    "esm, the release's bsr alone": ("esm", {"gc": 0.0, "bsr": 1.0, "release_compat": RELEASE}),
}
BATCH = 8


def share_of(batch, world):
    mine = slice(world.rank * BATCH // world.size, (world.rank + 1) * BATCH // world.size)
    tokens = TokenBatch(
        input_ids=batch.tokens.input_ids[mine], attention_mask=batch.tokens.attention_mask[mine]
    )
    return PairBatch(
        tokens=tokens,
        text_features=batch.text_features[mine],
        index=batch.index[mine],
        text_key=batch.text_key[mine],
        is_term=batch.is_term[mine],
        residues=None if batch.residues is None else residues_of(batch.residues, mine),
    )


def residues_of(inputs, mine):
    cut = {f.name: getattr(inputs, f.name) for f in fields(inputs)}
    text = cut.pop("text")
    text = text and TextStates(states=text.states[mine], mask=text.mask[mine])
    return ResidueInputs(text=text, **{k: v if v is None else v[mine] for k, v in cut.items()})


def batch_of(tiny, section, step):
    corpus = build_corpus(tiny.make_proteins(), tiny.make_ontology())
    features = tiny.random_features(corpus)
    draw = ResidueDraw(corpus, features, tiny.random_states(corpus), section, 12)
    residues = draw if section.over_residues else None
    loader = PairLoader(
        corpus, np.arange(40), features, batch_size=BATCH, max_residues=40, seed=1, residues=residues
    )
    batch = loader.batch(Position(batch=step))
    if section.pda:
        # The two halves must not have equally many proteins with a loss.
        batch.residues.property_present[:2] = False
    return batch


def gradients(case, world, tiny):
    """Gradients of the second of two steps: DDP complains then of weights that got none in the first."""
    shape, weights = CASES[case]
    section = ObjectivesSection(**(OFF | weights))
    corpus = build_corpus(tiny.make_proteins(), tiny.make_ontology())
    train_index, features = np.arange(40), tiny.random_features(corpus)
    losses_of = Objectives(section, corpus, train_index, features)
    model = tiny.make_model(shape, num_prototypes=5)
    if section.over_residues:
        torch.manual_seed(6)
        model.add_residue_parts()
        # What fresh weights of 0.02 let through is too little to compare.
        for part in (model.mlm_head, model.bsr_head, model.fusion):
            part.apply(lambda m: isinstance(m, torch.nn.Linear) and torch.nn.init.normal_(m.weight, std=0.3))
    if hasattr(model, "block_gate"):
        torch.nn.init.constant_(model.block_gate, 0.5)
    model.text_model = None
    wrapped = world.wrap_ddp(TrainingModel(model, section).train())
    if section.pda:
        model.prototypes.eval()  # its Gumbel noise is each process's own
    for step in range(2):
        wrapped.zero_grad()
        batch = share_of(batch_of(tiny, section, step), world)
        rng = np.random.default_rng(step)
        targets, pairs = losses_of.draw_terms(rng, 4), losses_of.draw_paraphrases(rng, 3)
        texts = batch.text_features, targets.features, pairs.name_features, pairs.other_features
        residues = batch.residues and batch.residues.to(world.device)
        embedded = wrapped(batch.tokens, *texts, residues)
        losses_of.total(losses_of.losses(batch, embedded, targets, world)).backward()
    return {name: p.grad for name, p in unwrap(wrapped).named_parameters() if p.requires_grad}


def all_gradients(world, tiny):
    """With ``objectives.KMER_KEEP_SHARE`` at 1: its noise is each process's own."""
    return {case: gradients(case, world, tiny) for case in CASES}


def main(folder: Path) -> None:
    import tiny_data  # beside this script

    objectives.KMER_KEEP_SHARE = 1.0
    with start("cpu", timeout_s=60) as world:
        torch.save(all_gradients(world, tiny_data), folder / f"rank{world.rank}.pt")
        world.barrier()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
