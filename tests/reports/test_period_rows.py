"""What is counted from events: flows that add up, hand-overs with their waiting, contacts."""

import pytest

from branches.models import Office
from people.models import User
from people.roles import Role
from reports.flow import DAY, after_each_other
from reports.handoffs import Journeys
from reports.loads import Load, loads, of_branches, of_office
from reports.period_rows import (
    Contact,
    Span,
    chains,
    contacts,
    flows,
    handled,
    hops,
    journeys,
    suggested,
)
from requests_app.enums import Action, ClosingReason
from requests_app.models import MemberRequest, Suggestion
from tests.factories import (
    AbsenceFactory,
    MemberFactory,
    OfficeFactory,
    PostingFactory,
    UserFactory,
    branch,
)
from tests.reports.conftest import brussels
from tests.reports.lives import Step, lived

SUBMIT, ANSWER, CLOSE, REOPEN = Action.SUBMIT, Action.ANSWER, Action.CLOSE, Action.REOPEN
TAKE, TRANSFER, SEND_BACK, ROUTE = Action.TAKE, Action.TRANSFER, Action.SEND_BACK, Action.ROUTE


@pytest.fixture
def adviser(db: None) -> User:
    return UserFactory(role=Role.ADVISER)


def july(*offices: Office, until: str = "2023-08-01T00:00") -> Span:
    return Span([office.pk for office in offices], brussels("2023-07-01T00:00"), brussels(until))


def test_what_was_open_before_came_went_and_stays_adds_up(office: Office) -> None:
    lived(office, Step(SUBMIT, "2023-06-28T00:00"), Step(CLOSE, "2023-07-03T00:00"))
    lived(office, Step(SUBMIT, "2023-07-30T00:00"))
    lived(office, Step(SUBMIT, "2023-05-01T09:00"), Step(CLOSE, "2023-06-01T09:00"))
    found = flows(july(office))[office.pk]
    flow = found.flow
    assert (flow.open_at_start, flow.received, flow.closed, flow.open_at_end) == (1, 1, 1, 1)
    assert (flow.open_seconds, flow.stay_seconds) == (4 * DAY, 5 * DAY)
    assert found.oldest == brussels("2023-07-30T00:00")


def test_the_time_between_a_closing_and_a_reopening_is_nobody_s(office: Office) -> None:
    lived(
        office,
        Step(SUBMIT, "2023-07-01T00:00"),
        Step(CLOSE, "2023-07-02T00:00"),
        Step(REOPEN, "2023-07-09T00:00"),
        Step(CLOSE, "2023-07-12T00:00"),
    )
    flow = flows(july(office))[office.pk].flow
    assert (flow.received, flow.reopened, flow.closed) == (1, 1, 2)
    assert flow.open_seconds == flow.stay_seconds == 4 * DAY


def test_two_months_in_a_row_fit_together(office: Office) -> None:
    """Whatever happens, the end of July is the beginning of August."""
    lived(office, Step(SUBMIT, "2023-07-20T09:00"), Step(CLOSE, "2023-08-02T09:00"))
    lived(
        office,
        Step(SUBMIT, "2023-06-20T09:00"),
        Step(CLOSE, "2023-07-25T09:00"),
        Step(REOPEN, "2023-08-03T09:00"),
    )
    first = july(office)
    second = Span(first.offices, first.end, brussels("2023-09-01T00:00"))
    both = after_each_other(flows(span)[office.pk].flow for span in (first, second))
    assert (both.open_at_start, both.received, both.open_at_end) == (1, 1, 1)
    whole = Span(first.offices, first.start, second.end)
    assert flows(whole)[office.pk].flow == both


def test_the_month_ends_at_midnight_in_brussels(office: Office) -> None:
    lived(office, Step(SUBMIT, "2023-07-31T23:59"))
    lived(office, Step(SUBMIT, "2023-08-01T00:00"))
    assert flows(july(office))[office.pk].flow.received == 1


def test_a_call_that_was_logged_later_does_not_let_time_run_backwards(office: Office) -> None:
    lived(office, Step(SUBMIT, "2023-07-05T12:00"), Step(CLOSE, "2023-07-05T12:00"))
    stored = lived(office, Step(SUBMIT, "2023-07-05T12:00"))
    stored.events.create(position=2, action=CLOSE, at=brussels("2023-07-05T10:00"), reason="spam")
    flow = flows(july(office))[office.pk].flow
    assert (flow.closed, flow.stay_seconds, flow.open_seconds) == (2, 0, 0)


def test_what_was_undone_has_not_happened(office: Office) -> None:
    """Transferred and closed by mistake, and both taken back at once."""
    lived(
        office,
        Step(SUBMIT, "2023-07-03T09:00", branch=branch("coop")),
        Step(TRANSFER, "2023-07-03T10:00", branch=branch("support")),
        Step(Action.UNDO, "2023-07-03T10:01", branch=branch("coop")),
        Step(CLOSE, "2023-07-06T00:00"),
        Step(Action.UNDO, "2023-07-06T00:05"),
    )
    span = july(office)
    flow = flows(span)[office.pk].flow
    assert (flow.received, flow.closed, flow.open_at_end) == (1, 0, 1)
    assert hops(span) == []
    assert journeys(span)[office.pk].moved == 0


def test_a_branch_that_was_consulted_has_not_got_the_request(office: Office) -> None:
    lived(
        office,
        Step(SUBMIT, "2023-07-03T09:00", branch=branch("coop")),
        Step(Action.CONSULT, "2023-07-03T10:00", UserFactory(role=Role.ADVISER), reason="support"),
    )
    found = journeys(july(office))[office.pk]
    assert (found.consulted, found.moved) == (1, 0)


def test_an_office_without_requests_has_a_flow_of_nothing(office: Office) -> None:
    found = flows(july(office))[office.pk]
    assert (found.flow.received, found.flow.open_at_end, found.oldest) == (0, 0, None)


@pytest.fixture
def there_and_back(office: Office, adviser: User) -> MemberRequest:
    """To the first line, on to support after an hour, back after three, answered a day later."""
    first, second = branch("first_line"), branch("support")
    return lived(
        office,
        Step(SUBMIT, "2023-07-03T09:00", branch=first),
        Step(TAKE, "2023-07-03T09:30", adviser),
        Step(TRANSFER, "2023-07-03T10:00", adviser, second),
        Step(SEND_BACK, "2023-07-03T13:00", UserFactory(role=Role.ADVISER), first),
        Step(ANSWER, "2023-07-04T10:00", adviser),
        Step(CLOSE, "2023-07-04T10:05", adviser),
    )


def test_a_hop_runs_until_somebody_acts(office: Office, there_and_back: MemberRequest) -> None:
    first, second = branch("first_line").pk, branch("support").pk
    there, back = hops(july(office))
    assert (there.giver, there.taker, back.giver, back.taker) == (first, second, second, first)
    assert there.next_at is not None
    assert there.next_at - there.at == 3 * 3600
    assert back.next_at == brussels("2023-07-04T10:00").timestamp()
    assert list(chains([there, back])) == [(office.pk, [first, second, first])]


def test_a_hop_on_which_nobody_has_acted_is_open(
    office: Office, there_and_back: MemberRequest
) -> None:
    (there,) = hops(july(office, until="2023-07-03T12:00"))
    assert (there.next_at, there.next_actor) == (None, None)


def test_the_way_of_a_request_is_counted(office: Office, there_and_back: MemberRequest) -> None:
    lived(
        office,
        Step(SUBMIT, "2023-07-03T09:00", branch=branch("coop")),
        Step(ANSWER, "2023-07-03T11:00", UserFactory(role=Role.ADVISER)),
    )
    assert journeys(july(office))[office.pk] == Journeys(
        requests=2, settled=2, right_first_time=1, moved=1, by_advisers={1: 1, 2: 1}
    )


def test_a_request_by_team_is_never_right_first_time(office: Office, adviser: User) -> None:
    lived(office, Step(SUBMIT, "2023-07-03T09:00"), Step(ANSWER, "2023-07-03T11:00", adviser))
    assert journeys(july(office))[office.pk] == Journeys(requests=1, by_advisers={1: 1})


def test_spam_goes_no_way(office: Office) -> None:
    closing = Step(CLOSE, "2023-07-03T10:00", reason=ClosingReason.SPAM)
    lived(office, Step(SUBMIT, "2023-07-03T09:00"), closing)
    assert journeys(july(office))[office.pk].requests == 0


def test_contacts_are_the_answered_requests_in_order(office: Office, adviser: User) -> None:
    member, coop = MemberFactory(office=office), branch("coop")
    for day in ("04", "03"):
        lived(
            office,
            Step(SUBMIT, f"2023-07-{day}T09:00", branch=coop),
            Step(ANSWER, f"2023-07-{day}T11:00", adviser),
            member=member,
        )
    lived(office, Step(SUBMIT, "2023-07-05T09:00", branch=coop), member=member)
    assert contacts(july(office)) == [Contact(member.pk, office.pk, adviser.pk, coop.pk)] * 2


def test_offices_are_counted_apart(office: Office) -> None:
    mons = OfficeFactory(code="MONS", name="Mons")
    lived(mons, Step(SUBMIT, "2023-07-03T09:00"))
    found = flows(july(office, mons))
    assert (found[office.pk].flow.received, found[mons.pk].flow.received) == (0, 1)
    assert suggested(july(office, mons)) == {office.pk: (0, 0), mons.pk: (0, 0)}


def test_a_decision_that_follows_the_suggestion_is_counted(office: Office, adviser: User) -> None:
    coop, support = branch("coop"), branch("support")
    for decided in (coop, support, coop):
        Suggestion.objects.create(
            member_request=lived(office, Step(SUBMIT, "2023-07-03T09:00")),
            model_version="seed",
            first_branch=coop,
            first_share=0.8,
            second_branch=support,
            second_share=0.1,
            suggested_at=brussels("2023-07-03T09:01"),
            decided_branch=decided,
            decided_at=brussels("2023-07-03T10:00"),
            decided_by=adviser,
        )
    assert suggested(july(office))[office.pk] == (3, 2)


def test_who_was_absent_half_of_the_time_has_twice_the_load(office: Office) -> None:
    """July 2023 has 21 weekdays; one works all of them, the other is away on 3 to 13 July."""
    here, away = UserFactory(role=Role.ADVISER), UserFactory(role=Role.ADVISER)
    first, last = brussels("2023-07-03T00:00").date(), brussels("2023-07-13T00:00").date()
    AbsenceFactory(adviser=away, starts_on=first, ends_on=last)
    for adviser in (here, away):
        PostingFactory(adviser=adviser, office=office, branch=branch("coop"))
        lived(
            office,
            Step(SUBMIT, "2023-07-20T09:00"),
            Step(ANSWER, "2023-07-20T10:00", adviser),
            Step(CLOSE, "2023-07-20T10:05", adviser),
        )
    coop = branch("coop").pk
    assert handled(july(office)) == {(office.pk, here.pk): 1, (office.pk, away.pk): 1}
    assert loads(july(office)) == [
        Load(office.pk, coop, requests=1, days=21),
        Load(office.pk, coop, requests=1, days=12),
    ]


def test_a_closing_counts_where_it_happened_though_the_request_came_back(office: Office) -> None:
    """Closed in July, reopened and closed by another person in August; one closing was undone."""
    first, second = UserFactory(role=Role.ADVISER), UserFactory(role=Role.ADVISER)
    lived(
        office,
        Step(SUBMIT, "2023-07-20T09:00"),
        Step(TAKE, "2023-07-20T09:30", first),
        Step(CLOSE, "2023-07-20T10:00", first),
        Step(Action.UNDO, "2023-07-20T10:01", first),
        Step(CLOSE, "2023-07-28T10:00", first),
        Step(REOPEN, "2023-08-02T10:00"),
        Step(TAKE, "2023-08-02T11:00", second),
        Step(CLOSE, "2023-08-03T10:00", second),
        Step(REOPEN, "2023-08-04T10:00"),
        Step(CLOSE, "2023-08-05T10:00", second),
    )
    lived(
        office,
        Step(SUBMIT, "2023-07-20T09:00"),
        Step(TAKE, "2023-07-20T09:30", first),
        Step(CLOSE, "2023-07-20T10:00", first),
        Step(Action.UNDO, "2023-07-20T10:01", first),
    )
    lived(
        office,
        Step(SUBMIT, "2023-07-20T09:00"),
        Step(TAKE, "2023-07-20T09:30", first),
        Step(CLOSE, "2023-07-20T10:00", first, reason=ClosingReason.SPAM),
    )
    before = july(office)
    august = Span(before.offices, before.end, brussels("2023-09-01T00:00"))
    assert handled(before) == {(office.pk, first.pk): 1}
    assert handled(august) == {(office.pk, second.pk): 1}


def test_a_step_that_is_undone_after_the_period_was_never_in_it(office: Office) -> None:
    lived(
        office,
        Step(SUBMIT, "2023-07-20T09:00"),
        Step(CLOSE, "2023-07-31T23:59"),
        Step(Action.UNDO, "2023-08-01T00:01"),
    )
    flow = flows(july(office))[office.pk].flow
    assert (flow.closed, flow.open_at_end) == (0, 1)


def test_who_came_in_the_last_days_has_no_load_yet(office: Office) -> None:
    PostingFactory(office=office, starts_on=brussels("2023-07-27T00:00").date())
    assert loads(july(office)) == []


def test_two_advisers_are_too_few_to_say_how_work_is_spread() -> None:
    two = [Load(1, 7, requests=10, days=20), Load(1, 7, requests=12, days=20)]
    assert of_branches(two) == {}
    assert of_office(two).spread is None
    three = [*two, Load(1, 7, requests=20, days=20)]
    assert [spread.advisers for spread in of_branches(three).values()] == [3]
    assert of_office(three).gini is None
    assert of_office(three * 2).gini == pytest.approx(0.158, abs=0.001)
