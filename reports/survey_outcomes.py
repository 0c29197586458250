"""What the surveys say about the outcomes of a pilot that are asked and not measured."""

from collections.abc import Sequence
from datetime import date, datetime

from branches.models import Office
from reports.plan_models import Measure
from reports.survival import Floats

# These are answers of people, not times of requests.
ASKED = (Measure.KNEW_MY_SITUATION, Measure.ADVISER_STRAIN)


def monthly_shares(
    measure: Measure, *, offices: Sequence[Office], months: Sequence[date], cut_off: datetime
) -> Floats | None:
    """The share of answers by office and month, shape (offices, months), nan where there is none.

    None while no survey asks this: the pages then say that it is not available yet.
    """
    del measure, offices, months, cut_off
    return None
