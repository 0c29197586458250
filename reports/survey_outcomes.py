"""What the surveys say about the outcomes of a pilot that are asked and not measured."""

from collections.abc import Sequence
from datetime import date, datetime

import numpy as np

from branches.models import Office
from reports.plan_models import Measure
from reports.survival import Floats
from surveys.enums import Kind
from surveys.models import Wave
from surveys.stored_figures import figures_of
from surveys.tallies import WaveTallies

# "The person who answered knew my situation well enough to advise me."
_KNEW = "m6"


def monthly_shares(
    measure: Measure, *, offices: Sequence[Office], months: Sequence[date], cut_off: datetime
) -> Floats | None:
    """The share of answers by office and month, shape (offices, months), nan where there is none.

    Weighted good answers of the waves mixed by the cut-off; what is hidden on the pages of results
    is nan here too. None while no survey tells both what was before the pilot and what came after,
    and always for advisers, whose offices are never told apart: the pages then say that it is not
    available yet.
    """
    if measure != Measure.KNEW_MY_SITUATION:
        return None
    waves = Wave.objects.filter(kind=Kind.MEMBER, month__in=months, mixed_at__lte=cut_off)
    tallies = figures_of(
        waves.select_related("questionnaire", "pilot", "figures").order_by("month", "id")
    )
    since = {one.wave.month >= one.wave.pilot.starts_on.replace(day=1) for one in tallies}
    if since != {False, True}:
        return None
    shares = np.full((len(offices), len(months)), np.nan)
    for one in tallies:
        for place, office in enumerate(offices):
            shares[place, list(months).index(one.wave.month)] = _share(one, office)
    return shares


def _share(one: WaveTallies, office: Office) -> float:
    item = next((item for item in one.form.items if item.code == _KNEW), None)
    for group in (group for group in one.groups if group.place == office.name):
        tally = one.tally(_KNEW, group)
        share = tally.weighted(item.top_box) if tally and item else None
        if share:
            return share.value
    return float("nan")
