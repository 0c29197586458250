"""A sealed month computed anew: a version beside the sealed one, with what has changed since."""

from dataclasses import asdict
from datetime import date, datetime
from time import perf_counter
from typing import Any

import structlog
from django.db import transaction
from django.utils.translation import gettext as _

from branches.models import Office
from branches.working_time import epoch_seconds
from people.models import User
from reports import breakdowns, sealing
from reports.archives import Archive, packed
from reports.changes import Cause, Change, Known, appeared_and_gone, changes
from reports.models import MonthlyReport, Recomputation, ReportRows
from reports.monthly import figures_as_columns, one_at_a_time
from reports.response_times import cohort, response_times
from reports.wishes import period_of
from requests_app.enums import Action
from requests_app.models import MemberRequest, RequestEvent

log = structlog.get_logger()


class NotSealed(Exception):
    """The month is not sealed, so there is nothing to compute beside it."""


@transaction.atomic
def recompute(
    *, office: Office, month: date, at: datetime, by: User | None = None
) -> Recomputation | None:
    """Compute a sealed month as it is at `at`, as its next version, beside the sealed one.

    None when nothing has changed since its last version. Of ten at once one stores a version.
    Raises NotSealed and NoOpeningHours.
    """
    one_at_a_time(period_of(office, month))
    report = _sealed(office, month)
    began = perf_counter()
    requests = cohort([office], month=month, cut_off=at)
    kept = sealing.archive_of(report, requests, cut_off=at)
    latest = report.recomputations.order_by("-version").first()
    last = latest or report
    if not since(last, kept):
        return None
    figures = response_times(requests, promise_seconds=report.promise_seconds)
    found = Recomputation.objects.create(
        report=report,
        version=latest.version + 1 if latest else 2,
        month=month,
        is_provisional=False,
        inputs_digest=kept.digest,
        advisers=requests.advisers,
        changes=[_as_json(change) for change in since(report, kept)],
        asked_by=by,
        **figures_as_columns(figures, cut_off=at, began=began),
    )
    ReportRows.objects.create(recomputation=found, requests=requests.key.size, content=packed(kept))
    cells = breakdowns.of_office(requests, promise_seconds=report.promise_seconds)
    breakdowns.store(cells, recomputation=found)
    log.info("report_recomputed", period=period_of(office, month), version=found.version)
    return found


def since(figures: MonthlyReport | Recomputation, now: Archive) -> list[Change]:
    """What has changed since these figures were computed.

    Of a report of before rows were kept it can only be said that nobody can tell.
    """
    before = sealing.rows_of(figures)
    if before is None:
        return [Change(Cause.UNKNOWN, now.cohort.key.size)]
    appeared, gone = appeared_and_gone(before.cohort, now.cohort)
    return changes(
        before, now, cut_off=epoch_seconds(figures.cut_off), known=_known(appeared, gone)
    )


def _sealed(office: Office, month: date) -> MonthlyReport:
    report = (
        MonthlyReport.objects.select_related("office")
        .filter(office=office, month=month, sealed_at__isnull=False)
        .first()
    )
    if report is None:
        raise NotSealed(_("This month is not sealed yet."))
    return report


def _known(appeared: list[int], gone: list[int]) -> Known:
    entered = RequestEvent.objects.filter(member_request__in=appeared, action=Action.SUBMIT)
    existing = MemberRequest.objects.filter(pk__in=gone).values_list("pk", flat=True)
    return Known(
        recorded=dict(entered.values_list("member_request_id", "recorded_at")),
        existing=frozenset(existing),
    )


def _as_json(change: Change) -> dict[str, Any]:
    found = asdict(change)
    for name in ("first", "last"):
        found[name] = found[name] and found[name].isoformat()
    return found | {"days": [day.isoformat() for day in change.days]}
