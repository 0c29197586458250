"""A sealed month stays as it is, whoever tries; what changed later stands beside it by its name."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

import numpy as np
import pytest
from django.db import DatabaseError, IntegrityError, connections, transaction

from branches.models import Closure, ClosureKind, Office, OpeningHours
from branches.working_time import BRUSSELS
from people.models import User
from reports import monthly, sealing
from reports.archives import COLUMNS, archive, packed, unpacked
from reports.cohorts import calendars_of_month, cohort
from reports.models import Breakdown, MonthlyReport, Publication, Recomputation, ReportRows
from reports.publishing import publish
from reports.recomputing import recompute
from reports.response_times import response_times
from requests_app.enums import Action
from requests_app.models import MemberRequest
from tests.factories import OfficeFactory, branch
from tests.reports.conftest import Arrive, brussels
from tests.reports.test_cohorts import NAMES, live, random_life

JULY = date(2023, 7, 1)
IN_AUGUST = brussels("2023-08-02T06:00")
SEALED = brussels("2023-08-16T06:00")
LATER = brussels("2023-09-20T06:00")
Rows = list[MemberRequest]


def seal(office: Office, at: datetime = SEALED) -> MonthlyReport:
    return monthly.compute_report(office=office, month=JULY, at=at)


def again(office: Office, at: datetime = LATER) -> Recomputation | None:
    return recompute(office=office, month=JULY, at=at)


@pytest.fixture
def answered(arrive: Arrive) -> Rows:
    return [arrive("2023-07-03T09:00", "2023-07-03T12:00") for _ in range(12)]


# The seal.


def test_a_month_is_sealed_once_its_horizon_has_passed(office: Office, answered: Rows) -> None:
    assert seal(office, IN_AUGUST).sealed_at is None
    report = seal(office)
    assert (report.sealed_at, report.is_provisional) == (SEALED, False)
    assert len(report.inputs_digest) == 64
    assert report.code_version


def test_the_seal_names_the_version_of_the_code(
    office: Office, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.DOP_VERSION = "v1.4-3-gabc1234"
    sealing.code_version.cache_clear()
    monkeypatch.setattr(sealing, "code_version", sealing.code_version.__wrapped__)
    assert seal(office).code_version == "v1.4-3-gabc1234"


@pytest.mark.parametrize(
    "change",
    [
        lambda report: MonthlyReport.objects.filter(pk=report.pk).update(received=1),
        lambda report: report.delete(),
        lambda report: report.save(),
        lambda report: ReportRows.objects.filter(report=report).update(requests=1),
        lambda report: ReportRows.objects.filter(report=report).delete(),
        lambda report: Breakdown.objects.filter(report=report).update(cells=[]),
        lambda report: Breakdown.objects.filter(report=report).delete(),
        lambda report: Breakdown.objects.filter(report=report).update(report=None),
        lambda report: MonthlyReport.objects.filter(pk=report.pk).update(sealed_at=None),
    ],
)
def test_the_database_refuses_every_change_of_what_is_sealed(
    office: Office, answered: Rows, change: Any
) -> None:
    report = seal(office)
    with pytest.raises(DatabaseError, match="does not change"), transaction.atomic():
        change(report)
    assert MonthlyReport.objects.get() == report
    assert ReportRows.objects.get().requests == 12


def test_nobody_slips_a_part_into_a_sealed_report(office: Office) -> None:
    report = seal(office)
    with pytest.raises(DatabaseError, match="does not change"), transaction.atomic():
        ReportRows.objects.create(report=report, requests=0, content=b"")


def test_recomputations_and_publications_do_not_change(
    office: Office, answered: Rows, arrive: Arrive, manager: User
) -> None:
    report = seal(office)
    arrive("2023-07-03T09:00")
    again(office)
    publish(report=report, words="Two colleagues were ill.", by=manager, at=LATER)
    for model in (Recomputation, Publication, Breakdown, ReportRows):
        with pytest.raises(DatabaseError, match="does not change"), transaction.atomic():
            model.objects.all().delete()


def test_a_provisional_report_is_replaced_with_all_its_parts(
    office: Office, arrive: Arrive
) -> None:
    seal(office, IN_AUGUST)
    arrive("2023-07-03T09:00")
    seal(office, IN_AUGUST + timedelta(days=1))
    assert ReportRows.objects.get().requests == 1
    assert Breakdown.objects.count() == 4


def test_the_database_seals_no_provisional_report(office: Office) -> None:
    report = seal(office, IN_AUGUST)
    with pytest.raises(IntegrityError, match="only_final_reports_are_sealed"):
        MonthlyReport.objects.filter(pk=report.pk).update(sealed_at=IN_AUGUST)


def test_sealing_again_changes_nothing_however_often(office: Office, answered: Rows) -> None:
    first = MonthlyReport.objects.filter(pk=seal(office).pk).values().get()
    for days in range(1, 6):
        seal(office, SEALED + timedelta(days=days))
    assert MonthlyReport.objects.values().get() == first


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_ten_workers_seal_once_and_recompute_once() -> None:
    office = OfficeFactory()
    live(office, (Action.SUBMIT, brussels("2023-07-03T09:00")))

    def one(number: int) -> tuple[Any, ...]:
        try:
            report = seal(office, SEALED + timedelta(minutes=number))
            found = again(office)
            return report.pk, report.sealed_at, found is not None
        finally:
            connections.close_all()

    with ThreadPoolExecutor(10) as pool:
        first = list(pool.map(one, range(10)))
        Closure.objects.create(
            office=office, closed_on=date(2023, 7, 4), kind=ClosureKind.OTHER, names=NAMES
        )
        second = list(pool.map(one, range(10)))
    assert len({(key, sealed) for key, sealed, _new in first + second}) == 1
    assert sum(new for *_same, new in second) == 1
    assert Recomputation.objects.get().changes[0]["cause"] == "calendar"


def test_a_worker_that_dies_leaves_no_seal(
    office: Office, answered: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_args: object, **_named: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(sealing, "seal", killed)
        with pytest.raises(KeyboardInterrupt), transaction.atomic():
            seal(office)
    assert not MonthlyReport.objects.exists()
    assert not ReportRows.objects.exists()
    assert seal(office).sealed_at == SEALED


# What is kept.


def test_the_kept_rows_give_the_figures_to_the_second(office: Office) -> None:
    random = Random(3)
    for day in range(1, 29):
        at = datetime(2023, 7, day, 9, 30, tzinfo=BRUSSELS)
        live(office, *random_life(random, at), branch=branch("support"))
    report = seal(office)
    kept = sealing.rows_of(report)
    found = monthly.figures_as_columns(
        response_times(kept.cohort, promise_seconds=report.promise_seconds),
        cut_off=report.cut_off,
        began=0,
    )
    for name in ("received", "first_answered", "office_clock", "calendar_clock", "resolution"):
        assert found[name] == getattr(report, name)
    assert kept.digest == report.inputs_digest


def test_rows_are_packed_small_and_unpacked_as_they_were(office: Office, answered: Rows) -> None:
    rows = cohort([office], month=JULY, cut_off=SEALED)
    calendar = calendars_of_month([office], month=JULY, cut_off=SEALED)[office.pk]
    before = archive(rows, calendar, cut_off=int(SEALED.timestamp()))
    after = unpacked(packed(before), office=office.pk)
    assert all(
        np.array_equal(getattr(before.cohort, name), getattr(after.cohort, name))
        for name in COLUMNS
    )
    assert after.digest == before.digest
    assert not after.cohort.adviser.any()


def test_rows_of_another_format_are_refused() -> None:
    with pytest.raises(ValueError, match="format 9"):
        unpacked(b'{"format": 9}\n', office=1)


def test_the_digest_follows_the_opening_hours(office: Office, answered: Rows) -> None:
    rows = cohort([office], month=JULY, cut_off=SEALED)

    def digest() -> str:
        calendar = calendars_of_month([office], month=JULY, cut_off=SEALED)[office.pk]
        return archive(rows, calendar, cut_off=int(SEALED.timestamp())).digest

    before = digest()
    OpeningHours.objects.filter(weekday=4).update(closes="16:00")
    assert digest() != before


# Constraints of the parts.


def test_rows_belong_to_one_version(office: Office) -> None:
    with pytest.raises(IntegrityError, match="rows_belong_to_one_version"):
        ReportRows.objects.create(requests=0, content=b"")


def test_a_breakdown_belongs_to_one_report(office: Office) -> None:
    with pytest.raises(IntegrityError, match="a_breakdown_belongs_to_one_report"):
        Breakdown.objects.create(dimension="branch", cells=[])


def test_breakdowns_are_by_something_known(office: Office) -> None:
    with pytest.raises(IntegrityError, match="breakdowns_are_by_something_known"):
        Breakdown.objects.create(report=seal(office, IN_AUGUST), dimension="adviser", cells=[])


def test_one_breakdown_a_report_and_dimension(office: Office) -> None:
    with pytest.raises(IntegrityError, match="one_breakdown_a_report_and_dimension"):
        Breakdown.objects.create(report=seal(office, IN_AUGUST), dimension="branch", cells=[])


def test_versions_are_numbered_from_two_on(office: Office, answered: Rows, arrive: Arrive) -> None:
    seal(office)
    arrive("2023-07-03T09:00")
    found = again(office)
    for version, name in (
        (1, "the_sealed_report_is_the_first_version"),
        (2, "recomputations_of_a_report_are_numbered"),
    ):
        found.pk, found.version = None, version
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            found.save(force_insert=True)
