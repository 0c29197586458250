"""Whatever advisers do, in any order: no open request ever lies between two branches."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction
from django.utils.timezone import localdate
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from people.models import Posting, User
from requests_app import (
    absences,
    asking,
    consulting,
    handover,
    recalling,
    taking,
    transitions,
    undoing,
)
from requests_app.absences import AbsenceRefused
from requests_app.consultation_models import Consultation
from requests_app.document_rules import CorrectionReason, DocumentKind, RefusalReason
from requests_app.enums import (
    Action,
    AfterAnswer,
    ClosingReason,
    SendBackReason,
    Status,
    TransferReason,
)
from requests_app.history import rebuild, what_stands
from requests_app.models import MemberRequest, RequestEvent
from requests_app.moves import state_of
from requests_app.refusals import TransitionRefused
from requests_app.selectors.queue import desk_of, views_of
from requests_app.whereabouts import came_back, only_reads, path_of, returns
from tests.documents import hand_in
from tests.factories import NOW, OfficeFactory, PilotFactory, a_request, an_adviser, branch

pytestmark = pytest.mark.django_db

CODES = ["first_line", "safeguarding", "support", "coop"]
STAYS_PUT = {
    Action.TAKE, Action.RELEASE, Action.ANSWER, Action.NOTE, Action.WAIT, Action.REMIND,
    Action.MEMBER_WRITES, Action.CLOSE, Action.REOPEN, Action.TELL, Action.CONSULT,
    Action.ADVISE, Action.CONSULT_ENDS, Action.RESUME,
}  # fmt: skip
Op = Callable[[], object]


def _by_advisers(now: MemberRequest, by: User, at: datetime, pick: int) -> dict[str, Op]:
    common: dict[str, Any] = {"member_request": now, "by": by, "at": at}
    seen = common | {"version": now.version}
    other, key = branch(CODES[pick]), uuid4()
    asked = Consultation.objects.filter(member_request=now).order_by("-ended_at", "pk").first()
    question = asked.pk if asked else 0
    then = list(AfterAnswer)[pick % 3]
    return {
        "route": lambda: handover.route(branch=other, **seen),
        "take": lambda: transitions.take(**seen),
        "release": lambda: transitions.release(**seen),
        "transfer": lambda: handover.transfer(
            branch=other, reason=TransferReason.MEMBER_ASKED, tell=pick == 1, **seen
        ),
        "send_back": lambda: handover.send_back(reason=SendBackReason.NOT_OURS, **seen),
        "answer": lambda: transitions.answer(body="Voici.", key=key, then=then, **seen),
        "note": lambda: transitions.note(body="À vérifier.", key=key, **seen),
        "wait": lambda: transitions.wait(**seen),
        "close": lambda: transitions.close(reason=ClosingReason.WITHDRAWN, **seen),
        "reopen": lambda: transitions.reopen(key=key, **seen),
        "consult": lambda: consulting.ask(branch=other, question="Et vous ?", key=key, **seen),
        "advise": lambda: consulting.advise(
            consultation=question, advice="Oui.", key=key, **common
        ),
        "withdraw": lambda: consulting.withdraw(consultation=question, **seen),
        "undo": lambda: undoing.undo(**seen),
        "ask_document": lambda: asking.ask(
            kind=DocumentKind.CONTRACT, key=key, waits=pick > 1, **seen
        ),
    } | _on_documents(now, by, at, pick)


def _on_documents(now: MemberRequest, by: User, at: datetime, pick: int) -> dict[str, Op]:
    """What is decided on the document that was asked for last, if there is one."""
    asked = now.asked_documents.order_by("number").last()
    if asked is None:
        return dict.fromkeys(["decide", "drop"], lambda: None)
    seen: dict[str, Any] = {"asked": asked, "by": by, "at": at, "version": asked.version}
    decide: Op = [
        lambda: asking.check(**seen),
        lambda: asking.check(answers=True, **seen),
        lambda: asking.correct(reason=CorrectionReason.INCOMPLETE, **seen),
        lambda: asking.refuse(reason=RefusalReason.NOT_FOR_US, **seen),
    ][pick]
    return {"decide": decide, "drop": lambda: asking.drop(**seen)}


def _around(now: MemberRequest, by: User, at: datetime) -> dict[str, Op]:
    today = localdate(at)
    member = now.member.user
    return {
        "member_writes": lambda: transitions.member_writes(
            member_request=now, by=member, at=at, body="Encore.", key=uuid4()
        ),
        "hand_in": lambda: _hands_in(now, at=at),
        "take_next": lambda: taking.take_next(by=by, at=at),
        "absence": lambda: absences.record(by=by, at=at, starts_on=today, ends_on=today),
        "morning": lambda: absences.return_requests(at=at),
        "recall": lambda: recalling.recall_and_close(at=at),
        "leaves": lambda: _leaves(by, at=at),
    }


def _hands_in(now: MemberRequest, *, at: datetime) -> None:
    if asked := now.asked_documents.order_by("number").last():
        hand_in(asked, at=at)


def _leaves(by: User, *, at: datetime) -> None:
    """The posting ends; the last person of an office stays: without people there is no office."""
    posting = by.posting_on(day=localdate(at))
    others = Posting.objects.on(localdate(at)).exclude(adviser=by)
    if posting and others.filter(office=posting.office).exists():
        Posting.objects.filter(pk=posting.pk).update(ends_on=localdate(at) - timedelta(days=1))


ADVISERS_DO = [
    "route", "take", "release", "transfer", "send_back", "answer", "close", "reopen",
    "consult", "advise", "withdraw", "undo", "note", "wait", "ask_document", "decide", "drop",
]  # fmt: skip
AROUND = ["member_writes", "hand_in", "take_next", "absence", "morning", "recall", "leaves"]
# What leads between branches is tried more often than what does not.
OFTEN = [*ADVISERS_DO, *AROUND, "transfer", "transfer", "send_back", "undo", "leaves", "consult"]
Tried = tuple[str, int, int, int]
ONE_TRY = st.tuples(
    st.sampled_from(OFTEN), st.integers(0, 4), st.integers(0, 3), st.sampled_from([0, 5, 60, 4000])
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    begins=st.sampled_from(["account_access", "illness", "private elsewhere", None, "by team"]),
    tried=st.lists(ONE_TRY, min_size=4, max_size=18),
)
@example(begins="illness", tried=[("leaves", 2, 0, 0)])
@example(
    begins="account_access", tried=[("consult", 0, 1, 0), ("close", 0, 0, 0), ("undo", 0, 0, 5)]
)
@example(
    begins="account_access",
    tried=[("transfer", 0, 1, 0), ("transfer", 1, 0, 5), ("undo", 1, 0, 5), ("send_back", 1, 0, 5)],
)
@example(begins="account_access", tried=[("consult", 0, 1, 0), ("transfer", 0, 1, 5)])
@example(
    begins="account_access",
    tried=[("ask_document", 0, 2, 0), ("hand_in", 0, 0, 5), ("decide", 0, 2, 5), ("drop", 0, 0, 5)],
)
@example(begins="account_access", tried=[("ask_document", 0, 2, 0), ("drop", 0, 0, 5)])
@example(begins="private elsewhere", tried=[("take", 1, 0, 0), ("leaves", 1, 0, 5)])
@example(
    begins="private elsewhere",
    tried=[("leaves", 2, 0, 0), ("take_next", 1, 0, 0), ("absence", 1, 0, 5), ("leaves", 1, 0, 5)],
)
def test_no_request_falls_between_branches(begins: str | None, tried: list[Tried]) -> None:
    with transaction.atomic():
        member_request, advisers = _an_office(begins)
        at = NOW
        for name, who, pick, minutes in tried:
            at += timedelta(minutes=minutes)
            _try(name, member_request.pk, advisers[who], at=at, pick=pick)
            _has_its_place(member_request.pk, advisers, at=at)
        transaction.set_rollback(True)


def _an_office(begins: str | None) -> tuple[MemberRequest, list[int]]:
    """A request there, and its advisers: one of each branch and a second one, or a team."""
    by_team = begins == "by team"
    PilotFactory(offices=[] if by_team else [OfficeFactory()])
    places: list[str | None] = [None] * 5 if by_team else [*CODES, "first_line"]
    advisers = [an_adviser(code).pk for code in places]
    code = "account_access" if by_team else begins
    if code == "illness":
        code = _private_topic("support")
    if code == "private elsewhere":
        code = _private_topic("safeguarding")
    return a_request(topic_code=code, pilot=not by_team), advisers


def _private_topic(where: str) -> str:
    topics = branch(where).topics.filter(may_contain_sensitive_data=True)
    code: str = topics.values_list("code", flat=True).order_by("pk")[0]
    return code


def _try(name: str, pk: int, adviser: int, *, at: datetime, pick: int) -> None:
    """What the pages do: find it among what this person may see, then ask the domain once."""
    by, now = User.objects.get(pk=adviser), MemberRequest.objects.get(pk=pk)
    with suppress(TransitionRefused, AbsenceRefused):
        if name in AROUND:
            _around(now, by, at)[name]()
        elif MemberRequest.objects.visible_to(by, on=localdate(at)).filter(pk=pk).exists():
            _by_advisers(now, by, at, pick)[name]()


def _has_its_place(pk: int, advisers: list[int], *, at: datetime) -> None:
    now = MemberRequest.objects.get(pk=pk)
    events = list(now.events.order_by("position"))
    assert rebuild(events) == state_of(now)
    _moves_only_by_moving(events)
    _comes_back_alike_in_sql_and_python(now, events)
    _asks_only_others(now)
    if now.status != Status.CLOSED:
        _has_readers_and_one_branch(now, advisers, at=at)


def _moves_only_by_moving(events: list[RequestEvent]) -> None:
    stands = what_stands(events)
    for before, event in pairwise(stands):
        assert event.action not in STAYS_PUT or event.branch_id == before.branch_id


def _comes_back_alike_in_sql_and_python(now: MemberRequest, events: list[RequestEvent]) -> None:
    in_sql = MemberRequest.objects.filter(returns(), pk=now.pk).exists()
    assert in_sql == came_back(what_stands(events)) == path_of(now).came_back


def _asks_only_others(now: MemberRequest) -> None:
    standing = list(Consultation.objects.open().filter(member_request=now))
    assert not (standing and now.status == Status.CLOSED)
    assert now.branch_id not in {asked.branch_id for asked in standing}


def _has_readers_and_one_branch(now: MemberRequest, advisers: list[int], *, at: datetime) -> None:
    readers = [
        user
        for user in User.objects.filter(pk__in=advisers)
        if MemberRequest.objects.visible_to(user, on=localdate(at)).filter(pk=now.pk).exists()
    ]
    assert readers, "nobody can read it"
    _somebody_can_act(now, readers, at=at)
    accountable = now.branch.code if now.branch else "triage"
    for reader in readers:
        desk = desk_of(reader, at=at)
        assert desk
        places = {"triage", *CODES} if desk.works_by_branch else {"all"}
        holding = [
            view.key
            for view in views_of(desk)
            if view.key in places and desk.holding(view).filter(pk=now.pk).exists()
        ]
        assert holding == ([accountable] if desk.works_by_branch else ["all"])


def _somebody_can_act(now: MemberRequest, readers: list[User], *, at: datetime) -> None:
    """A private request has few readers, and not all of them only read it."""
    assert [reader for reader in readers if not only_reads(now, by=reader, at=at)]
    if now.is_sensitive:
        confidential = branch("support").pk
        for reader in readers:
            assert _may_read(now, reader, confidential, at=at)


def _may_read(now: MemberRequest, reader: User, confidential: int, *, at: datetime) -> bool:
    """The rule for private requests in plain words, beside the one in SQL."""
    here = Posting.objects.on(localdate(at)).filter(office=now.office, adviser__is_active=True)
    people = list(here.values_list("adviser_id", "branch_id"))
    own = dict(people)[reader.pk]
    held = now.adviser_id in {person for person, _branch in people}
    staffed = {place for _person, place in people}
    return (
        reader.pk == now.adviser_id
        or own == confidential
        or (own is not None and own == now.branch_id and not held)
        or Consultation.objects.open().filter(member_request=now, branch=own).exists()
        or not (held or now.branch_id in staffed - {None} or confidential in staffed)
    )
