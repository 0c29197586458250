"""Sentences and ranges of the manager's pages say what is so."""

import pytest
from django.utils import translation

from reports import comparison_words
from reports.dashboard.tables import Terms, _waiting
from reports.handoffs import Waiting
from reports.plan_models import Measure
from reports.templatetags.figures import listed

HOUR = 3600


@pytest.mark.parametrize(
    ("low", "high", "told"),
    [
        (6 * HOUR, 12 * HOUR, "6 to 12 h"),
        (6 * HOUR, None, "from 6 h"),
        (0, 12 * HOUR, "0 min to 12 h"),
        (None, None, ""),
    ],
)
def test_a_range_with_one_end_is_told(low: float | None, high: float | None, told: str) -> None:
    """Of 24 documents the upper end of the range was not reached: it is not left out."""
    terms = Terms(working_day_hours=8, branches={}, topics={})
    with translation.override("en"):
        for clock in (terms, None):
            assert _waiting(Waiting(24, 8 * HOUR, low, high), clock, "")[1].range == told


def test_where_answers_are_missing_no_requests_are_blamed() -> None:
    with translation.override("en"):
        asked = comparison_words.missing("no_comparison", Measure.KNEW_MY_SITUATION)
        counted = comparison_words.missing("no_comparison", Measure.WITHIN_PROMISE)
    assert "answers" in asked
    assert "requests" not in asked
    assert "requests" in counted


def test_offices_in_a_sentence() -> None:
    with translation.override("fr"):
        assert listed(["Charleroi", "Liège"]) == "Charleroi et Liège"
