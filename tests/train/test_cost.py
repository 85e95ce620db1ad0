"""Counted operations and bytes against measured ones, on shapes small enough to run here."""

from pathlib import Path

import pytest
import torch
from click.testing import CliRunner
from torch.profiler import ProfilerActivity, profile
from torch.utils.flop_counter import FlopCounterMode
from transformers import EsmModel

from protclip.model.configuration import ProtCLIPConfig
from protclip.model.fused_gelu import fuse_gelu
from train.activation_checkpointing import recompute_activations
from train.config import load_config
from train.cost import (
    Batch,
    Plan,
    activation_bytes,
    count_weights,
    head_flops,
    num_passes,
    step_flops,
    step_memory,
    tower_flops,
)
from train.cost_report import Cluster, esm2_config, estimate, report
from train.estimate import main
from train.loader import PairLoader, Position
from train.run_sections import ObjectivesSection
from train.throughput import Throughput, matmul_peak

RUNS = Path(__file__).parents[2] / "train" / "runs"
GC = ObjectivesSection(bsr=0.0, pda=0.0, mlm=0.0)
FOUR = ObjectivesSection()


def shape(width, inner, heads, layers):
    values = {"hidden_size": width, "intermediate_size": inner, "num_attention_heads": heads}
    return ProtCLIPConfig(protein_config=values | {"num_hidden_layers": layers}).protein_config


@pytest.mark.parametrize("sizes", [(32, 128, 4, 2), (64, 96, 2, 3)])
def test_the_towers_operations_are_those_that_are_counted_at_run_time(sizes):
    esm = shape(*sizes)
    esm._attn_implementation = "eager"  # of the fused attention the counter knows nothing on a CPU
    model, ids = EsmModel(esm, add_pooling_layer=False), torch.randint(4, 24, (3, 50))
    with FlopCounterMode(display=False) as counter:
        model(input_ids=ids, attention_mask=torch.ones_like(ids)).last_hidden_state.sum().backward()
    assert counter.get_total_flops() == pytest.approx(3 * tower_flops(esm, [50] * 3), rel=1e-3)


def peak_bytes(esm, batch, length, dtype, checkpointing):
    """The most memory that a forward and backward pass of the tower holds beside weights and gradients."""
    model = fuse_gelu(EsmModel(esm, add_pooling_layer=False)).train()
    if checkpointing:

        class Holder:
            protein_model = model

        recompute_activations(Holder)
    for parameter in model.parameters():
        parameter.grad = torch.zeros_like(parameter)
    ids = torch.randint(4, 24, (batch, length))
    mask = torch.ones_like(ids)
    mask[0, -length // 4 :] = 0
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as profiler:
        with torch.autocast("cpu", dtype, enabled=dtype != torch.float32):
            out = model(input_ids=ids, attention_mask=mask).last_hidden_state.mean()
        out.backward()
    events = [e for e in profiler.profiler.kineto_results.events() if e.name() == "[memory]"]
    live = peak = 0
    for event in sorted(events, key=lambda e: e.start_ns()):
        live += event.nbytes()
        peak = max(peak, live)
    layers = sum(p.numel() for p in model.encoder.parameters())
    return peak, layers


@pytest.mark.parametrize("checkpointing", [False, True])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize(("sizes", "batch", "length"), [((64, 256, 4, 4), 4, 128), ((96, 384, 4, 6), 3, 100)])
def test_the_activations_of_a_step_are_close_to_the_measured_peak(sizes, batch, length, dtype, checkpointing):
    esm = shape(*sizes)
    half = dtype != torch.float32
    measured, layer_weights = peak_bytes(esm, batch, length, dtype, checkpointing)
    plan = Plan(pairs=batch, length=length, half=half, checkpointing=checkpointing)
    copies = 2 * layer_weights // (esm.num_hidden_layers if checkpointing else 1) if half else 0
    # In half precision with checkpointing a small shape's copies of weights matter beside its activations.
    tolerance = 0.1 if half and checkpointing else 0.05
    assert activation_bytes(esm, plan) + copies == pytest.approx(measured, rel=tolerance)


def test_checkpointing_saves_and_costs_what_it_should():
    kept = Plan(pairs=8, length=100, passes=3)
    saved = Plan(pairs=8, length=100, passes=3, checkpointing=True)
    model = esm2_config("8M")
    assert activation_bytes(model.protein_config, saved) < activation_bytes(model.protein_config, kept) / 5
    batch = Batch(lengths=[100] * 8)
    more = step_flops(model, FOUR, batch, recompute=True) / step_flops(model, FOUR, batch)
    assert 1.25 < more <= 4 / 3


def test_a_dealt_out_optimizer_takes_a_share_of_its_memory():
    model = esm2_config("8M")
    alone = step_memory(model, Plan(pairs=2, length=10, processes=64))
    dealt = step_memory(model, Plan(pairs=2, length=10, processes=64, zero1=True))
    assert dealt.optimizer == alone.optimizer // 64
    assert (dealt.weights, dealt.gradients) == (alone.weights, alone.gradients)
    assert alone.optimizer == 2 * alone.weights == 8 * count_weights(model)[0]
    assert dealt.total == sum((dealt.weights, dealt.gradients, dealt.optimizer, dealt.activations))


def test_the_weights_are_counted_without_making_them(tiny):
    model = tiny.make_model("kmers-under-esm")
    text = sum(p.numel() for p in model.text_model.parameters())
    every = sum(p.numel() for p in model.parameters())
    assert count_weights(model.config) == (every - text, text)
    trained, frozen = count_weights(esm2_config("650M"))
    assert 650e6 < trained < 660e6
    assert 108e6 < frozen < 110e6


@pytest.mark.parametrize(
    ("objectives", "passes"),
    [(GC, 1), (FOUR, 3), (ObjectivesSection(bsr=0.0), 2), (ObjectivesSection(mlm=0.0, bsr=0.0), 1)],
)
def test_the_tower_runs_once_for_each_masking(objectives, passes):
    assert num_passes(objectives) == passes


def test_every_objective_adds_operations():
    model, batch = esm2_config("8M"), Batch(lengths=[100] * 4)
    costs = [head_flops(model, o, batch) for o in (GC, ObjectivesSection(bsr=0, pda=0), FOUR)]
    assert costs == sorted(set(costs))


def test_the_papers_run_fits_a_v100_and_not_without_checkpointing():
    config = load_config(RUNS / "d-650m-v100.toml")
    cluster = Cluster(gpus=64, memory=32, rate=30, shape="650M")
    cost = estimate(config, cluster)
    assert (cost.pairs, cost.steps) == (2048, 35 * (2_273_000 // 2048))
    assert cost.memory.total < 31 * 2**30
    text = report(config, cluster)
    assert "fits (32 GiB)" in text
    assert f"{cost.hours:,.0f} to {cost.padded_hours:,.0f}" in text
    keep = load_config(RUNS / "d-650m-v100.toml", ["model.activation_checkpointing=false"])
    assert "does NOT fit" in report(keep, cluster)


def test_the_script_answers_or_says_what_is_wrong():
    run = str(RUNS / "d-650m-v100.toml")
    good = CliRunner().invoke(main, [run, "--gpus", "64", "--shape", "650M", "--rate", "30"])
    assert (good.exit_code, "GPU-hours" in good.output) == (0, True)
    for arguments, words in (
        (["--gpus", "7", "--shape", "650M"], "cannot be dealt out to 7 processes"),
        (["--shape", "650"], "give one of 8M"),
        (["--gpus", "0", "--shape", "8M"], "--gpus 0 cannot be used"),
        (["--gpus", "64"], "is no checkpoint folder"),
        (["--shape", "8M", "--set", "run.epochs=0", "--set", "run.minutes=5"], "ends after minutes"),
    ):
        bad = CliRunner().invoke(main, [run, *arguments])
        assert bad.exit_code in (1, 2)
        assert words in bad.stderr


def test_a_matrix_product_has_a_peak():
    peak = matmul_peak(torch.device("cpu"), torch.float32, seconds=0.02)
    assert 1e8 < peak < 1e14


def test_rates_are_of_the_time_since_the_last_report(tiny, corpus, features):
    batch = PairLoader(
        corpus, torch.arange(40).numpy(), features, batch_size=8, max_residues=40, seed=1
    ).batch(Position())
    model = tiny.make_model("esm").config
    speed = Throughput(config=model, objectives=GC, peak=1e9, processes=2)
    speed.start(10.0)
    speed.add(batch)
    speed.add(batch)
    found = speed.report(12.0)
    tokens = int(batch.tokens.attention_mask.sum())
    lengths = batch.tokens.attention_mask.sum(1).tolist()
    assert found["tokens_per_s"] == pytest.approx(tokens * 2 * 2 / 2.0)
    assert found["share_of_peak"] == pytest.approx(step_flops(model, GC, Batch(lengths=lengths)) / 1e9)
    assert speed.report(12.0) == {}
    assert speed.report(13.0)["tokens_per_s"] == 0
