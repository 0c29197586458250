"""The life of a wave: planned, drawn, sent, paused, closed."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection
from django.db.utils import DatabaseError

from branches.models import Office
from people.models import User
from people.roles import Role
from surveys import answering, mixing, waves
from surveys.answering import Standing
from surveys.enums import Contact, Kind, State, Step
from surveys.frames import frame_of
from surveys.models import FrameRow, Invitation, OptOut, Questionnaire, Stratum, Wave, WaveEvent
from surveys.sampling import Group
from surveys.sealing import token_of
from surveys.selectors import history_of, progress_of, wave_rows
from surveys.waves import WaveRefused
from tests.factories import (
    NOW,
    TODAY,
    OfficeFactory,
    PilotFactory,
    UserFactory,
    a_request,
    an_adviser,
)
from tests.surveys.situations import SEED, a_wave, later, members, the_pilot, tokens

pytestmark = pytest.mark.django_db


def test_the_frame_knows_how_many_branches_each_member_dealt_with() -> None:
    pilot = the_pilot()
    silent, one, several = members(3)
    a_request(member=one)
    a_request(member=several)
    a_request(member=several, topic_code="illness")
    wave = a_wave(people=0, drawn=False, pilot=pilot)
    contacts = {c.key: c.stratum.contact for c in frame_of(wave, on=TODAY + timedelta(days=1))}
    assert contacts == {
        f"m{silent.pk}": Contact.NONE,
        f"m{one.pk}": Contact.ONE,
        f"m{several.pk}": Contact.SEVERAL,
    }


def test_a_contact_of_more_than_a_month_ago_does_not_count() -> None:
    member = members(1)[0]
    a_request(member=member, at=NOW - timedelta(days=40))
    wave = a_wave(people=0, drawn=False)
    assert [c.stratum.contact for c in frame_of(wave, on=TODAY)] == [Contact.NONE]


def test_who_refused_or_left_is_never_in_the_frame() -> None:
    may, refused, not_surveyed, gone = members(4)
    OptOut.objects.create(person=refused.user, at=NOW)
    type(not_surveyed).objects.filter(pk=not_surveyed.pk).update(may_be_surveyed=False)
    User.objects.filter(pk=gone.user_id).update(is_active=False)
    wave = a_wave(people=0, drawn=False)
    assert [c.key for c in frame_of(wave, on=TODAY)] == [f"m{may.pk}"]


def test_the_draw_is_archived_and_draws_the_same_list_again() -> None:
    wave = a_wave(people=40, margin=Decimal(20), expected_response=80)
    now, then = waves.draws_again(wave)
    assert now == then
    assert 0 < len(now) < 40
    assert wave.invitations.count() == len(now) == sum(s.drawn for s in wave.strata.all())
    assert wave.seed == SEED
    row = wave.frame.filter(is_drawn=True).first()
    assert (row.group_drawn, row.group_size) == (len(now), 40)


def test_a_changed_frame_is_found_out() -> None:
    wave = a_wave(people=40, margin=Decimal(20), expected_response=80)
    row = wave.frame.filter(is_drawn=False).first()
    FrameRow.objects.filter(pk=row.pk).update(is_drawn=True)
    now, then = waves.draws_again(wave)
    assert now != then


def test_an_empty_stratum_is_no_trouble_and_an_empty_wave_is_refused() -> None:
    mons = OfficeFactory(code="MONS", name="Mons", reference_prefix="MO")
    pilot = PilotFactory(comparison_offices=[mons])
    wave = a_wave(people=2, pilot=pilot, offices=[mons, *pilot.offices.all()])
    assert [s.code for s in wave.strata.all()] == ["LIEGE.none"]
    empty = a_wave(people=0, drawn=False, offices=[mons], month=date(2023, 7, 1))
    with pytest.raises(WaveRefused):
        waves.draw_sample(wave=empty, by=empty.planned_by, at=NOW)
    empty.refresh_from_db()
    assert (empty.state, empty.seed) == (State.PLANNED, "")


def _next_wave(month: date, at: datetime) -> Wave:
    return a_wave(people=0, month=month, at=at)


def test_who_was_asked_rests_two_months_and_is_asked_twice_at_most() -> None:
    june = a_wave(people=30)
    assert june.invitations.count() == 30
    too_early = a_wave(
        people=1, month=date(2023, 7, 1), at=datetime(2023, 7, 15, 9, tzinfo=UTC), drawn=True
    )
    assert too_early.invitations.count() == 1
    assert too_early.frame.filter(group=Group.RESTING).count() == 30
    august = _next_wave(date(2023, 8, 1), datetime(2023, 8, 15, 9, tzinfo=UTC))
    assert august.frame.filter(group=Group.PANEL, is_drawn=True).count() == 30
    october = a_wave(people=1, month=date(2023, 10, 1), at=datetime(2023, 10, 16, 9, tzinfo=UTC))
    assert october.frame.filter(group=Group.RESTING).count() == 30


def test_half_comes_from_the_wave_two_months_before() -> None:
    a_wave(people=40)
    members(60)
    august = a_wave(
        people=0, month=date(2023, 8, 1), at=datetime(2023, 8, 16, 9, tzinfo=UTC),
        margin=Decimal(20), expected_response=60,
    )  # fmt: skip
    drawn = august.frame.filter(is_drawn=True)
    by_group = {group: drawn.filter(group=group).count() for group in Group}
    assert by_group[Group.PANEL] == sum(by_group.values()) // 2
    assert by_group[Group.FRESH] == sum(by_group.values()) - by_group[Group.PANEL]
    stored = {row.group: (row.group_drawn, row.group_size) for row in drawn}
    assert stored == {
        Group.PANEL: (by_group[Group.PANEL], 40), Group.FRESH: (by_group[Group.FRESH], 60),
    }  # fmt: skip


def test_advisers_are_all_asked_and_no_office_is_told_apart() -> None:
    pilot = the_pilot()
    for _number in range(3):
        an_adviser("first_line")
    mons = Office.objects.get(code="MONS")
    an_adviser(None, office=mons)
    wave = a_wave(people=2, kind=Kind.ADVISER, offices=[*pilot.offices.all(), mons])
    strata = {s.code: (s.office, s.drawn) for s in wave.strata.all()}
    assert strata == {"pilot": (None, 3), "comparison": (None, 1)}


def test_two_managers_start_one_wave() -> None:
    wave = a_wave(started=True)
    with pytest.raises(WaveRefused):
        waves.start(wave=wave, by=wave.planned_by, at=NOW)


def test_a_month_has_one_wave_of_each_kind() -> None:
    a_wave(drawn=False)
    with pytest.raises(WaveRefused):
        a_wave(drawn=False)


def test_only_a_plan_is_taken_back() -> None:
    planned = a_wave(drawn=False)
    waves.discard(wave=planned, by=planned.planned_by, at=NOW)
    assert not Wave.objects.exists()
    drawn = a_wave()
    with pytest.raises(WaveRefused):
        waves.discard(wave=drawn, by=drawn.planned_by, at=NOW)


def test_a_pause_moves_the_end_by_as_long() -> None:
    wave = a_wave(started=True)
    Invitation.objects.update(due_at=NOW + timedelta(days=5), mails_sent=1)
    waves.pause(wave=wave, by=wave.planned_by, at=later(days=1))
    waves.resume(wave=wave, by=wave.planned_by, at=later(days=4))
    wave.refresh_from_db()
    assert wave.closes_at == later(days=17)
    assert set(wave.invitations.values_list("due_at", flat=True)) == {later(days=8)}


def test_a_paused_wave_keeps_its_links_past_its_old_end() -> None:
    wave = a_wave(started=True)
    token = tokens(wave)[0]
    waves.pause(wave=wave, by=wave.planned_by, at=later(days=13))
    assert waves.close_due(at=later(days=20)) == 0
    found = answering.find(token)
    assert answering.standing(found, at=later(days=20)) == Standing.OPEN
    assert waves.open_until(found.wave, at=later(days=20)) == later(days=21)
    waves.resume(wave=wave, by=wave.planned_by, at=later(days=20))
    assert waves.close_due(at=later(days=20, hours=23)) == 0
    assert waves.close_due(at=later(days=21)) == 1
    assert answering.standing(answering.find(token), at=later(days=21)) == Standing.CLOSED


def test_a_wave_that_stays_paused_closes_after_a_month() -> None:
    wave = a_wave(started=True)
    waves.pause(wave=wave, by=wave.planned_by, at=later(days=3))
    assert waves.close_due(at=later(days=32, hours=23)) == 0
    found = answering.find(tokens(wave)[0])
    assert answering.standing(found, at=later(days=33)) == Standing.CLOSED
    assert waves.close_due(at=later(days=33)) == 1
    wave.refresh_from_db()
    assert (wave.state, wave.paused_at) == (State.CLOSED, None)
    assert wave.events.get(step=Step.CLOSE).by is None


def test_what_is_over_cannot_be_paused() -> None:
    wave = a_wave(started=True)
    with pytest.raises(WaveRefused):
        waves.pause(wave=wave, by=wave.planned_by, at=later(days=14))


def test_who_left_after_the_last_mail_is_out_of_the_rate() -> None:
    wave = a_wave(started=True, people=5)
    left, bounced, answered, *_silent = wave.invitations.order_by("id")
    Invitation.objects.update(mails_sent=3, due_at=None)
    Invitation.objects.filter(pk=bounced.pk).update(bounced_at=NOW)
    answering.send(token=token_of(answered.pk), choices={"m1": 5}, comment="", at=NOW)
    gone = [left.row.person_id, bounced.row.person_id, answered.row.person_id]
    User.objects.filter(pk__in=gone).update(is_active=False)
    waves.close(wave=wave, at=later(days=14))
    total = progress_of(wave).total
    assert (total.withdrawn, total.bounced, total.answered) == (2, 0, 1)
    assert total.rate == 1 / 3


def test_an_answer_to_the_first_question_alone_is_partial_and_no_whole_one() -> None:
    wave = a_wave(started=True, people=12)
    whole = {"contact": 1, "m1": 4, "m2": "na", "m3": 1, "m4": 5, "m5": 1, "m6": 2, "m7": None}
    asked = [f"m{number}" for number in range(1, 8)]
    said = [whole] * 8 + [{"contact": 2, "m7": 3}, {"contact": 2, "m7": None}]
    said += [{"contact": 1} | dict.fromkeys(asked), whole | {"m1": None}]
    for token, choices in zip(tokens(wave), said, strict=True):
        answering.send(token=token, choices=choices, comment="", at=NOW)
    waves.close(wave=wave, at=NOW)
    assert progress_of(wave).total.partial == 0
    mixing.mix_due(at=NOW)
    wave.refresh_from_db()
    progress = progress_of(wave)
    assert (progress.total.answered, progress.total.partial) == (12, 3)
    assert progress.total.rate == progress.rows[0].rate == 9 / 12
    assert wave_rows(wave.pilot)[0].counts.rate == 9 / 12


def test_a_drawn_wave_that_is_abandoned_asked_nobody() -> None:
    wave = a_wave(people=5)
    waves.abandon(wave=wave, by=wave.planned_by, at=NOW)
    assert (wave.state, wave.invitations.count()) == (State.ABANDONED, 0)
    # It stays to be seen, with the same list; nobody rests because of it.
    now, then = waves.draws_again(wave)
    assert now == then
    assert len(then) == 5
    again = a_wave(people=0)
    assert again.invitations.count() == 5
    assert set(again.frame.values_list("group", flat=True)) == {Group.FRESH}


def test_what_was_sent_cannot_be_abandoned() -> None:
    wave = a_wave(started=True)
    with pytest.raises(WaveRefused):
        waves.abandon(wave=wave, by=wave.planned_by, at=NOW)


def test_who_took_which_step_is_recorded() -> None:
    wave = a_wave(started=True)
    other = UserFactory(role=Role.MANAGER)
    waves.pause(wave=wave, by=other, at=later(days=1))
    waves.resume(wave=wave, by=wave.planned_by, at=later(days=2))
    waves.close(wave=wave, by=other, at=later(days=3))
    assert [(event.step, event.by) for event in history_of(wave)] == [
        (Step.DRAW, wave.planned_by),
        (Step.START, wave.planned_by),
        (Step.PAUSE, other),
        (Step.RESUME, wave.planned_by),
        (Step.CLOSE, other),
    ]


def test_a_wave_drawn_early_in_its_month_keeps_its_panel() -> None:
    june = a_wave(people=30, at=datetime(2023, 6, 28, 9, tzinfo=UTC), started=True)
    assert june.invitations.count() == 30
    august = _next_wave(date(2023, 8, 1), datetime(2023, 8, 1, 9, tzinfo=UTC))
    assert august.frame.filter(group=Group.PANEL, is_drawn=True).count() == 30


def test_a_wave_that_was_sent_after_its_month_counts_from_that_day() -> None:
    june = a_wave(people=30)
    waves.start(wave=june, by=june.planned_by, at=datetime(2023, 7, 3, 9, tzinfo=UTC))
    wave = a_wave(people=0, month=date(2023, 8, 1), drawn=False)
    groups = {c.group for c in frame_of(wave, on=date(2023, 8, 20))}
    assert groups == {Group.RESTING}


def test_a_wave_closes_after_two_weeks() -> None:
    wave = a_wave(started=True)
    assert waves.close_due(at=later(days=13)) == 0
    assert waves.close_due(at=later(days=14)) == 1
    wave.refresh_from_db()
    assert wave.state == State.CLOSED
    assert not wave.invitations.filter(due_at__isnull=False).exists()


def test_a_questionnaire_in_use_is_frozen_by_the_database() -> None:
    wave = a_wave()
    with pytest.raises(DatabaseError, match="frozen"):
        Questionnaire.objects.filter(pk=wave.questionnaire_id).update(content={})


BROKEN_WAVES = [
    ("waves_are_named_by_the_first_of_a_month", {"month": date(2023, 6, 2)}),
    ("waves_are_in_a_known_state", {"kind": "visitor"}),
    ("waves_are_drawn_with_a_seed", {"seed": ""}),
    ("waves_that_were_sent_have_a_beginning_and_an_end", {"started_at": NOW}),
    ("only_paused_waves_are_paused", {"paused_at": NOW}),
    ("closed_waves_were_closed_and_then_mixed", {"mixed_at": NOW}),
    ("a_precision_and_a_response_can_be_reached", {"expected_response": 0}),
    (
        "waves_that_were_sent_have_a_beginning_and_an_end",
        {"state": "abandoned", "started_at": NOW, "closes_at": later(days=1)},
    ),
]


@pytest.mark.parametrize(("name", "columns"), BROKEN_WAVES)
def test_a_wave_that_makes_no_sense_is_refused(name: str, columns: dict[str, object]) -> None:
    wave = a_wave()
    with pytest.raises(IntegrityError, match=name):
        Wave.objects.filter(pk=wave.pk).update(**columns)


@pytest.mark.parametrize(
    ("model", "name", "columns"),
    [
        (Stratum, "no_more_are_drawn_than_there_are", {"drawn": 99}),
        (FrameRow, "chances_are_shares", {"group_drawn": 9}),
        (FrameRow, "who_was_drawn_could_be_drawn", {"group": "resting"}),
        (Invitation, "an_invitation_and_two_reminders", {"mails_sent": 4}),
        (Invitation, "nothing_follows_a_bounce_or_a_refusal",
         {"bounced_at": NOW, "due_at": NOW}),
        (Invitation, "invitations_are_written_in_one_of_four_languages", {"language": "es"}),
        (WaveEvent, "waves_take_known_steps", {"step": "explode"}),
        (WaveEvent, "time_only_closes_waves", {"by": None}),
        (Questionnaire, "questionnaires_are_for_members_or_advisers", {"kind": "all"}),
    ],
)  # fmt: skip
def test_a_row_that_makes_no_sense_is_refused(
    model: type, name: str, columns: dict[str, object]
) -> None:
    a_wave()
    if model is Questionnaire:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE surveys_questionnaire DISABLE TRIGGER USER")
    with pytest.raises(IntegrityError, match=name):
        model.objects.all().update(**columns)


def test_everybody_stands_once() -> None:
    wave = a_wave()
    row = wave.frame.first()
    row.pk = None
    with pytest.raises(IntegrityError, match="everybody_stands_once_in_a_frame"):
        row.save()


def test_managers_are_not_asked() -> None:
    UserFactory(role=Role.MANAGER)
    assert a_wave(people=2).frame.count() == 2
