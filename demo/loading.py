"""Fills an empty database with a year of the pilot, told relative to today."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from time import perf_counter

from django.core.files.base import ContentFile
from django.db import connection, transaction

from branches.calendars import BRUSSELS, working_calendars
from branches.models import Branch, Office
from branches.working_time import WorkingCalendar
from demo import story
from demo.accounts import ACCOUNTS
from demo.among_branches import ask_among_branches, store_suggestions
from demo.cast import Cast, MemberPart, OfficeClock, OfficePart, TopicPart
from demo.files import small_pdf, small_png
from demo.lives import WEEK
from demo.papers import store_papers
from demo.people_data import BRANCH_SHARES, OFFERED_NAMES, TOPIC_WEIGHTS
from demo.rhythm import epoch
from demo.rows import Scribe, promises, references_checked_at_the_end, topic_parts
from demo.setting import Place, Setting, store_members, store_setting
from demo.surveys import store_surveys
from dop_pilot.celery import wake
from people.models import Member, User
from reports import charts, comparison_result, monthly, periods
from reports.balance import drawing_up
from reports.cohorts import cohorts
from reports.months import month_of, months_between
from requests_app.models import Document, MemberRequest, Message
from requests_app.search_index import indexed_at_the_end

MEMBERS, REQUESTS = 3_000, 30_000
# Far enough for the longest promise, and for the lives that reach beyond the present.
_AHEAD = timedelta(days=150)
_LOCK = 2_023_06_08
_OFFERED_MEMBERS = {"member": ("LIEGE", "fr"), "member_de": ("EUPEN", "de")}
_EMAILS = {account.key: account.email for account in ACCOUNTS}
_WITH_DOCUMENTS = 8
# The offered members have about as many requests as others.
_USUAL_REQUESTS = REQUESTS // MEMBERS

Say = Callable[[str], None]


class LoadRefused(Exception):
    """The demo is not loaded here. The text says why, and what to do."""


@dataclass(frozen=True)
class Loaded:
    """What was loaded, counted, and the pilot whose reports are to be computed."""

    setting: Setting
    counts: Counter[str]


def load(*, seed: int, now: datetime, scale: float, say: Say) -> Loaded:
    """Store everything but the reports, in one transaction. The same arguments tell the same story.

    `scale` shrinks or stretches the numbers of members and requests. Raises LoadRefused when
    there is data already.
    """
    random = Random(seed)  # noqa: S311  # A story, not a secret.
    with transaction.atomic():
        _refuse_a_filled_database()
        with _timed(say, "Offices, opening hours, holidays, advisers and the pilot"):
            today = now.astimezone(BRUSSELS).date()
            setting = store_setting(today=today, random=random)
        with _timed(say, "Members"):
            members = store_members(setting, number=max(int(MEMBERS * scale), 40), random=random)
        with _timed(say, "The story of their requests"):
            calendars = _calendars(setting, now)
            tales = _tell(setting, members, calendars, now=now, scale=scale, seed=seed)
        renamed = _name_the_offered_members(members, tales)
        _store_tales(setting, tales, calendars, renamed=renamed, random=random, say=say)
        with _timed(say, "A few documents"):
            documents = _store_documents(random=random)
        with _timed(say, "Documents that are followed"):
            store_papers(random=random, now=now)
        with _timed(say, "Surveys"):
            number = len(members)
            answered = store_surveys(setting.pilot, now=now, members=number, random=random)
        with _timed(say, "Suggestions that were decided on, questions among branches"):
            store_suggestions()
            ask_among_branches(now=now, random=random)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        counts = _counts(setting, members, tales, documents)
        return Loaded(setting, counts + Counter({"survey answers": answered}))


def compute_reports(loaded: Loaded, *, now: datetime, say: Say) -> int:
    """The reports of each month, that of the current one provisional; a worker draws pictures."""
    dates, pilot = loaded.setting.dates, loaded.setting.pilot
    places = loaded.setting.places
    offices = [place.office for place in places]
    months = list(months_between(dates.first_day, month_of(now)))
    with _timed(say, "Monthly reports"), transaction.atomic():
        for month in months:
            requests = cohorts(offices, month=month, cut_off=now)
            for office in offices:
                monthly.compute_report(
                    office=office, month=month, at=now, requests=requests[office.pk]
                )
            monthly.compute_sides(offices=offices, month=month, at=now)
    charts.ask(pilot_key=pilot.pk, at=now)
    comparison_result.ask(pilot=pilot, at=now)
    periods.ask(pilot_key=pilot.pk, at=now)
    drawing_up.ask(pilot=pilot, at=now, by=None)
    return len(months) * len(offices)


def learn_to_route() -> None:
    """Have a worker learn from the decisions of the story now, not only in the coming night."""
    wake("requests_app.tasks.train_routing", may_wait=True)


@contextmanager
def _timed(say: Say, what: str) -> Iterator[None]:
    began = perf_counter()
    yield
    say(f"  {what}: {perf_counter() - began:.1f} s")


def _refuse_a_filled_database() -> None:
    with connection.cursor() as cursor:
        # Of two who load at once, the second waits here and is refused.
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    for model, name in ((MemberRequest, "requests"), (Member, "members"), (Office, "offices")):
        if model.objects.exists():
            raise LoadRefused(
                f"This database holds {name} already, and the demo never mixes with other data. "
                "Name an empty database in DATABASE_URL and run migrate and load_demo again."
            )


def _calendars(setting: Setting, now: datetime) -> dict[int, WorkingCalendar]:
    return working_calendars(
        (place.office for place in setting.places),
        start=setting.dates.first_day,
        end=now.astimezone(BRUSSELS).date() + _AHEAD,
    )


def _tell(
    setting: Setting,
    members: list[Member],
    calendars: dict[int, WorkingCalendar],
    *,
    now: datetime,
    scale: float,
    seed: int,
) -> list[story.Tale]:
    random = Random(seed + 1)  # noqa: S311
    start, end = epoch(setting.dates.first_day), int(now.timestamp())
    weeks = (end - start) // WEEK + 1
    offices = [
        _office_part(place, calendars[place.office.pk], setting, weeks=weeks, random=random)
        for place in setting.places
    ]
    cast = Cast(
        start=start,
        now=end,
        offices=offices,
        members=_member_parts(members, offices),
        topics=_topics(),
        confidential=frozenset(
            Branch.objects.filter(is_confidential=True).values_list("pk", flat=True)
        ),
    )
    number = max(int(REQUESTS * scale), 200)
    first_day, off = setting.dates.first_day, setting.days_off
    return story.tell(cast, number=number, start=first_day, off=off, seed=seed)


def _topics() -> list[TopicPart]:
    return topic_parts(BRANCH_SHARES, TOPIC_WEIGHTS)


def _office_part(
    place: Place, calendar: WorkingCalendar, setting: Setting, *, weeks: int, random: Random
) -> OfficePart:
    return OfficePart(
        key=place.office.pk,
        code=place.plan.code,
        pace=place.plan.pace,
        clock=OfficeClock(calendar),
        advisers=[adviser.pk for adviser in place.advisers],
        by_branch={
            branch: [adviser.pk for adviser in group] for branch, group in place.by_branch.items()
        },
        by_branch_since=epoch(setting.dates.starts_on) if place.plan.is_pilot else None,
        weekly=[random.lognormvariate(0, 0.1) for _ in range(weeks)],
    )


def _member_parts(members: list[Member], offices: list[OfficePart]) -> list[MemberPart]:
    places = {office.key: place for place, office in enumerate(offices)}
    return [
        MemberPart(
            number=number,
            key=member.pk,
            person=member.user_id,
            office=places[member.office_id],
            language=member.user.language,
            name=member.user.name,
        )
        for number, member in enumerate(members)
    ]


def _name_the_offered_members(members: list[Member], tales: list[story.Tale]) -> dict[int, str]:
    """Give the members of the start page their names and addresses; return names by member."""
    received = Counter(tale.arrival.member.key for tale in tales)
    alive = Counter(tale.arrival.member.key for tale in tales if story.is_alive(tale))
    chosen: dict[int, str] = {}
    for account, (office, language) in _OFFERED_MEMBERS.items():

        def worth_seeing(
            member: Member, office: str = office, language: str = language
        ) -> tuple[int, ...]:
            """From the right office, in the right language, with open requests and others."""
            suits = (member.office.code == office, member.user.language == language)
            usual = -abs(received[member.pk] - _USUAL_REQUESTS)
            return (member.pk not in chosen, *suits, min(alive[member.pk], 2), usual)

        member = max(members, key=worth_seeing)
        chosen[member.pk] = OFFERED_NAMES[account]
        User.objects.filter(pk=member.user_id).update(
            name=OFFERED_NAMES[account], email=_EMAILS[account], language=language
        )
    return chosen


def _store_tales(
    setting: Setting,
    tales: list[story.Tale],
    calendars: dict[int, WorkingCalendar],
    *,
    renamed: dict[int, str],
    random: Random,
    say: Say,
) -> None:
    advisers = [adviser for place in setting.places for adviser in place.advisers]
    scribe = Scribe(
        tales,
        names={adviser.pk: adviser.name for adviser in advisers},
        languages={adviser.pk: adviser.language for adviser in advisers},
        renamed=renamed,
        random=random,
    )
    due = promises(tales, calendars, setting.pilot.promise_seconds)
    prefixes = {place.office.pk: place.office.reference_prefix for place in setting.places}
    with (
        _timed(say, "Requests, messages and events"),
        indexed_at_the_end(),
        references_checked_at_the_end(),
    ):
        scribe.store_requests(due, prefixes)
        scribe.store_messages()
        scribe.store_events()


def _store_documents(*, random: Random) -> int:
    """A PDF or a picture with the first message of some requests that are still open."""
    first = (
        Message.objects.filter(event__position=1)
        .exclude(member_request__status="closed")
        .select_related("author", "member_request")
        .order_by("-sent_at", "-id")
    )
    for place, message in enumerate(first[:_WITH_DOCUMENTS]):
        reference = message.member_request.reference
        is_picture = place % 3 == 1
        content = (
            small_png((random.randrange(150), random.randrange(150), random.randrange(150)))
            if is_picture
            else small_pdf(f"{reference} – contrat")
        )
        Document(
            member_request=message.member_request,
            message=message,
            uploaded_by=message.author,
            uploaded_at=message.sent_at,
            name=f"capture-{place + 1}.png" if is_picture else f"contrat-{reference}.pdf",
            content_type="image/png" if is_picture else "application/pdf",
            size=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
            file=ContentFile(content, name="document"),
        ).save()
    return min(_WITH_DOCUMENTS, first.count())


def _counts(
    setting: Setting, members: list[Member], tales: list[story.Tale], documents: int
) -> Counter[str]:
    return Counter(
        {
            "offices": len(setting.places),
            "advisers": sum(len(place.advisers) for place in setting.places),
            "members": len(members),
            "requests": len(tales),
            "events": sum(len(tale.events) for tale in tales),
            "messages": sum(1 for tale in tales for event in tale.events if event.said),
            "still open": sum(1 for tale in tales if story.is_alive(tale)),
            "documents": documents,
        }
    )
