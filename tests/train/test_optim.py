"""The optimizer's groups, the course of the rates, and what a resume keeps."""

import copy
from itertools import pairwise

import pytest
import torch

from train.objectives import TrainingModel
from train.optim import make_optimizer, rate_share, resume_optimizer, set_rates
from train.run_sections import ObjectivesSection, OptimizerSection

SECTION = OptimizerSection(lr=1e-3, table_lr=5e-2, weight_decay=0.1, betas=(0.8, 0.95), warmup_share=0.1)


@pytest.fixture
def model(tiny):
    weights = ObjectivesSection(gc=1.0, bsr=0.0, pda=0.0, mlm=0.0, term=0.3)
    return TrainingModel(tiny.make_model("kmers-under-esm"), weights)


def group_of(optimizer, parameter):
    (found,) = (g for g in optimizer.param_groups if any(parameter is p for p in g["params"]))
    return found


def test_every_trained_weight_is_in_one_group_with_its_rate_and_decay(model):
    optimizer = make_optimizer(model, SECTION)
    for name, parameter in model.named_parameters():
        if not parameter.requires_grad:
            assert not any(parameter is p for g in optimizer.param_groups for p in g["params"]), name
            continue
        group = group_of(optimizer, parameter)
        is_table = name.startswith("model.kmers.tables.")
        decays = parameter.ndim >= 2 and not is_table
        assert group["peak_lr"] == (5e-2 if is_table else 1e-3), name
        assert group["weight_decay"] == (0.1 if decays else 0.0), name
        assert group["betas"] == (0.8, 0.95)


def test_the_frozen_text_tower_is_not_trained_and_the_scales_are(model):
    optimizer = make_optimizer(model, SECTION)
    trained = {id(p) for g in optimizer.param_groups for p in g["params"]}
    assert not trained & {id(p) for p in model.model.text_model.parameters()}
    assert {id(model.term_log_scale), id(model.model.log_scale), id(model.model.block_gate)} <= trained


def test_a_model_without_tables_has_no_empty_group(tiny):
    model = TrainingModel(tiny.make_model("esm"), ObjectivesSection())
    assert all(group["params"] for group in make_optimizer(model, SECTION).param_groups)


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        ("linear", {0: 0, 0.05: 0.5, 0.1: 1, 0.55: 0.5, 0.91: 0.1, 1: 0}),
        ("cosine", {0: 0, 0.05: 0.5, 0.1: 1, 0.55: 0.5, 0.325: 0.853553, 1: 0}),
        ("constant", {0: 0, 0.05: 0.5, 0.1: 1, 0.55: 1, 1: 1}),
    ],
)
def test_the_rate_rises_and_falls_as_the_schedule_says(schedule, expected):
    section = OptimizerSection(warmup_share=0.1, schedule=schedule)
    for progress, share in expected.items():
        assert rate_share(progress, section) == pytest.approx(share, abs=1e-6), progress


@pytest.mark.parametrize("schedule", ["linear", "cosine", "constant"])
@pytest.mark.parametrize("warmup", [0.0, 0.02, 0.5])
def test_the_rate_is_a_share_without_jumps(schedule, warmup):
    section = OptimizerSection(warmup_share=warmup, schedule=schedule)
    shares = [rate_share(k / 1000, section) for k in range(1001)]
    assert all(0 <= share <= 1 for share in shares)
    assert max(abs(a - b) for a, b in pairwise(shares)) < 0.06
    peak = round(warmup * 1000)
    assert shares[peak] == pytest.approx(1)
    assert shares[peak:] == sorted(shares[peak:], reverse=True)
    assert (rate_share(-1, section), rate_share(2, section)) == (shares[0], shares[-1])


def test_every_group_follows_its_own_peak(model):
    optimizer = make_optimizer(model, SECTION)
    set_rates(optimizer, 0.25)
    assert group_of(optimizer, model.model.kmers.tables[0])["lr"] == pytest.approx(1.25e-2)
    assert group_of(optimizer, model.model.log_scale)["lr"] == pytest.approx(2.5e-4)


def one_step(model, optimizer):
    torch.manual_seed(0)
    for parameter in model.parameters():
        parameter.grad = torch.randn_like(parameter) if parameter.requires_grad else None
    optimizer.step()


def test_a_rate_changed_for_a_resume_has_effect_and_the_moments_stay(model):
    first = make_optimizer(model, SECTION)
    one_step(model, first)
    state = copy.deepcopy(first.state_dict())
    lower = OptimizerSection(lr=1e-5, table_lr=1e-4, weight_decay=0.0)
    resumed = make_optimizer(model, lower)
    resume_optimizer(resumed, state)
    assert {g["peak_lr"] for g in resumed.param_groups} == {1e-5, 1e-4}
    assert {g["weight_decay"] for g in resumed.param_groups} == {0.0}
    assert {g["betas"] for g in resumed.param_groups} == {(0.9, 0.999)}
    table = model.model.kmers.tables[0]
    assert torch.equal(resumed.state[table]["exp_avg"], first.state[table]["exp_avg"])


def test_a_resume_with_the_same_settings_goes_on_as_if_unbroken(model):
    other = copy.deepcopy(model)
    unbroken = make_optimizer(model, SECTION)
    broken = make_optimizer(other, SECTION)
    one_step(model, unbroken)
    one_step(other, broken)
    resumed = make_optimizer(other, SECTION)
    resume_optimizer(resumed, copy.deepcopy(broken.state_dict()))
    for optimizer, stepped in ((unbroken, model), (resumed, other)):
        set_rates(optimizer, 0.5)
        one_step(stepped, optimizer)
    for one, same in zip(model.parameters(), other.parameters(), strict=True):
        assert torch.equal(one, same)
