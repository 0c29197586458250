"""Every published case, and which test shows that it holds."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from reports.comparison import randomisation
from reports.continuity import indices
from reports.control_charts import individuals
from reports.many_tests import benjamini_hochberg, bonferroni, holm
from reports.standardisation import standardised
from reports.survival import Z_95, kaplan_meier
from surveys.proportions import wilson, wilson_corrected

TESTS = Path(__file__).parents[1]
CASES = {
    case["name"]: case
    for case in json.loads(TESTS.joinpath("data/stat_cases.json").read_text("utf-8"))
}
# These are shown by the tests of the modules to which they belong.
ELSEWHERE = {
    "km_freireich_6mp_survival": "reports/test_survival.py",
    "km_freireich_6mp_greenwood_se": "reports/test_survival.py",
    "km_freireich_medians": "reports/test_survival.py",
    "km_freireich_median_ci_loglog": "reports/test_survival.py",
    "logrank_freireich": "reports/test_survival.py",
    "rmst_freireich_6mp_tau23": "reports/test_survival.py",
    "upc_4_of_6": "reports/test_continuity.py",
    "secon_12_visits": "reports/test_continuity.py",
    "continuity_undefined": "reports/test_continuity.py",
    "littles_law_wine": "reports/test_flow.py",
    "gini_small": "reports/test_flow.py",
    "sample_size_krejcie_morgan": "surveys/test_sampling.py",
    "stratified_mean_scheaffer": "surveys/test_estimation.py",
}
WILSON = [name for name in CASES if name.startswith("wilson")]
HERE = {
    *WILSON,
    "coc_3_2_1",
    "km_freireich_median_ci_log",
    "standardised_case_mix_kidney_stones",
    "xmr_nist",
    "multiple_testing_bh1995",
    "randomisation_inference_2_of_9",
}


def case(name: str) -> tuple[Any, Any, float]:
    found = CASES[name]
    return found["input"], found["expected"], found["tolerance"]


def test_every_case_is_shown_somewhere() -> None:
    assert set(CASES) == set(ELSEWHERE) | HERE
    for name, path in ELSEWHERE.items():
        assert name in TESTS.joinpath(path).read_text("utf-8")


@pytest.mark.parametrize("name", WILSON)
def test_a_share_has_the_published_interval(name: str) -> None:
    given, expected, tolerance = case(name)
    found = (wilson_corrected if "_cc_" in name else wilson)(given["x"], given["n"])
    assert (found.low, found.high) == pytest.approx(
        (expected["lower"], expected["upper"]), abs=tolerance
    )


def test_the_other_usual_limits_of_the_median_follow_from_our_variance() -> None:
    # R's default, `S exp(± z se / S)`; the pages use log(-log), which is the case before.
    given, expected, _ = case("km_freireich_median_ci_log")
    for group, limits in expected.items():
        curve = kaplan_meier(given[group]["durations"], given[group]["events"])
        reach = Z_95 * np.sqrt(curve.variance) / np.maximum(curve.survival, 1e-12)
        for sign, limit in zip((-1, 1), limits, strict=True):
            reached = curve.times[curve.survival * np.exp(sign * reach) <= 0.5]
            # Where everybody is answered the upper limit of R is not known.
            reached = reached[reached < curve.times[-1]] if sign == 1 else reached
            assert (reached[0] if reached.size else None) == limit


def test_visits_to_three_people_have_the_published_continuity() -> None:
    given, expected, tolerance = case("coc_3_2_1")
    people = np.repeat(np.arange(3), given["counts"])
    found = indices(np.ones_like(people), people, np.ones_like(people))
    for name, value in expected.items():
        assert float(getattr(found, name)[0]) == pytest.approx(value, abs=tolerance)


def test_kidney_stones_change_places_when_the_mix_is_the_same() -> None:
    given, expected, tolerance = case("standardised_case_mix_kidney_stones")
    sizes = ("small", "large")
    weights = [given["standard_weights"][size] for size in sizes]
    for treatment in ("A", "B"):
        counts = np.array([given[treatment][size] for size in sizes])
        crude = counts[:, 0].sum() / counts[:, 1].sum()
        found = standardised(counts[:, 0] / counts[:, 1], weights)
        assert crude == pytest.approx(expected[f"crude_{treatment}"], abs=tolerance)
        assert found == pytest.approx(expected[f"standardised_{treatment}"], abs=tolerance)


def test_the_limits_of_the_individuals_chart_are_those_of_the_handbook() -> None:
    given, expected, tolerance = case("xmr_nist")
    limits = individuals(given["x"])
    assert (limits.centre, limits.moving_range, limits.high, limits.low) == pytest.approx(
        (expected["mean"], expected["mr_bar"], expected["ucl"], expected["lcl"]), abs=tolerance
    )


def test_many_p_values_reject_as_often_as_published() -> None:
    given, expected, _ = case("multiple_testing_bh1995")
    for name, adjust in (("bonferroni", bonferroni), ("holm", holm), ("bh", benjamini_hochberg)):
        assert int((adjust(given["p"]) <= given["alpha"]).sum()) == expected[name]


def test_two_of_nine_offices_are_compared_with_every_other_pair() -> None:
    given, expected, tolerance = case("randomisation_inference_2_of_9")
    changed = given["change_after_minus_before_hours"]
    found = randomisation(
        np.array(list(changed.values())), np.array([name in given["treated"] for name in changed])
    )
    faster = int((found.differences <= found.difference + 1e-9).sum()) / found.groups
    assert found.difference == pytest.approx(expected["estimate"], abs=tolerance)
    assert found.groups == expected["n_assignments"]
    assert found.p == pytest.approx(expected["p_two_sided"], abs=tolerance)
    assert faster == pytest.approx(expected["p_one_sided_faster"], abs=tolerance)
