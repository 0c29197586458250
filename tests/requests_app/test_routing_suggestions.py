"""A suggestion for a request without a branch, the decision beside it, the managers' page."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks

from branches.models import Branch
from people.models import User
from people.roles import Role
from requests_app import handover, suggesting, tasks, transitions
from requests_app.enums import ClosingReason
from requests_app.models import MemberRequest
from requests_app.routing_models import RoutingModel, Suggestion
from requests_app.selectors.routing import Share, routing_page
from requests_app.suggesting import record_decision, suggest, suggest_due
from tests.factories import (
    NOW,
    MemberFactory,
    OfficeFactory,
    PilotFactory,
    UserFactory,
    a_request,
    an_adviser,
    branch,
)

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(minutes=5)


@pytest.fixture(autouse=True)
def _nothing_loaded() -> None:
    suggesting._loaded.clear()


@pytest.fixture
def member_request() -> MemberRequest:
    return a_request(topic_code=None)


@pytest.fixture
def adviser() -> User:
    return an_adviser("first_line")


def _stored_model(packed: bytes, **figures: object) -> RoutingModel:
    return RoutingModel.objects.create(
        version="2023-06-14", trained_at=NOW, trained_until=NOW, decisions=400, unseen=100,
        correct=90, is_in_use=True, packed=packed, figures=figures,
    )  # fmt: skip


def test_a_request_without_a_branch_gets_two_with_shares_and_words(
    member_request: MemberRequest,
) -> None:
    found = suggest(member_request=member_request, at=LATER)
    assert found is not None
    assert (found.first_branch.code, found.model_version) == ("first_line", "seed")
    assert 1 >= found.first_share >= found.second_share >= 0
    assert found.first_words
    assert set(found.first_words) <= {"connecter", "hier", "mot", "passe", "refusé"}


def test_a_suggestion_is_made_once(member_request: MemberRequest) -> None:
    first = suggest(member_request=member_request, at=NOW)
    assert suggest(member_request=member_request, at=LATER) == first
    assert Suggestion.objects.get().suggested_at == NOW


def test_a_branch_that_the_member_chose_is_not_questioned() -> None:
    assert suggest(member_request=a_request(), at=LATER) is None


def test_an_office_by_team_gets_no_suggestion(member_request: MemberRequest) -> None:
    elsewhere = MemberFactory(office=OfficeFactory(code="MONS", reference_prefix="MO"))
    by_team = a_request(member=elsewhere, topic_code=None)
    assert suggest(member_request=by_team, at=LATER) is None
    assert suggest_due(at=LATER) == 1


def test_a_closed_request_gets_no_suggestion(member_request: MemberRequest, adviser: User) -> None:
    transitions.close(
        member_request=member_request, by=adviser, at=NOW, version=1, reason=ClosingReason.SPAM
    )
    assert suggest(member_request=member_request, at=LATER) is None
    assert suggest_due(at=LATER) == 0


@pytest.mark.parametrize("packed", [b"", b"broken", b"\x80\x04K\x01."])
def test_a_corrupt_model_never_stops_the_queue(
    member_request: MemberRequest, adviser: User, packed: bytes
) -> None:
    _stored_model(packed)
    assert suggest(member_request=member_request, at=LATER) is None
    assert suggest_due(at=LATER) == 0
    handover.route(
        member_request=member_request, by=adviser, at=LATER, version=1, branch=branch("coop")
    )
    assert member_request.branch == branch("coop")


def test_a_missing_seed_never_stops_the_queue(
    member_request: MemberRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(suggesting, "SEED_FILE", tmp_path / "gone.model")
    assert suggest(member_request=member_request, at=LATER) is None


def test_a_renamed_branch_never_stops_the_queue(member_request: MemberRequest) -> None:
    Branch.objects.filter(code="first_line").update(code="premiere_ligne")
    assert suggest(member_request=member_request, at=LATER) is None


def test_a_new_model_is_loaded_without_a_restart(member_request: MemberRequest) -> None:
    seed = suggesting.current_model()
    assert seed is not None
    _stored_model(suggesting.SEED_FILE.read_bytes())
    again = suggesting.current_model()
    assert again is not seed
    assert suggesting.current_model() is again


def test_a_submission_wakes_the_worker_once_it_is_committed(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    woken: list[str] = []
    monkeypatch.setattr(suggesting, "wake", woken.append)
    with django_capture_on_commit_callbacks(execute=True):
        a_request(topic_code="vat_rate")
    assert woken == []
    with django_capture_on_commit_callbacks(execute=True):
        a_request(topic_code=None)
    assert woken == ["requests_app.tasks.suggest_branches"]


def test_the_sweeper_catches_up(
    member_request: MemberRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: LATER)
    assert tasks.suggest_branches() == 1
    assert tasks.suggest_branches() == 0


def test_what_the_adviser_decides_stands_beside_the_suggestion(
    member_request: MemberRequest, adviser: User
) -> None:
    suggest(member_request=member_request, at=NOW)
    handover.route(
        member_request=member_request, by=adviser, at=LATER, version=1, branch=branch("coop")
    )
    found = Suggestion.objects.get()
    assert (found.first_branch, found.decided_branch) == (branch("first_line"), branch("coop"))
    assert (found.decided_by, found.decided_at) == (adviser, LATER)


def test_the_first_decision_stays(member_request: MemberRequest, adviser: User) -> None:
    suggest(member_request=member_request, at=NOW)
    for code, at in (("coop", NOW), ("support", LATER)):
        record_decision(member_request=member_request, branch=branch(code), by=adviser, at=at)
    assert Suggestion.objects.get().decided_branch == branch("coop")


def _row(member_request: MemberRequest, **changes: object) -> Suggestion:
    columns = {
        "first_branch": branch("coop"), "first_share": 0.7,
        "second_branch": branch("support"), "second_share": 0.2,
    }  # fmt: skip
    return Suggestion.objects.create(
        member_request=member_request, model_version="seed", suggested_at=NOW, **(columns | changes)
    )


def test_two_different_branches_are_suggested(member_request: MemberRequest) -> None:
    with pytest.raises(IntegrityError, match="two_different_branches_are_suggested"):
        _row(member_request, second_branch=branch("coop"))


@pytest.mark.parametrize(("first", "second"), [(0.2, 0.3), (0.9, 0.2), (0.5, -0.1)])
def test_suggested_shares_are_shares(
    member_request: MemberRequest, first: float, second: float
) -> None:
    with pytest.raises(IntegrityError, match="suggested_shares_are_shares"):
        _row(member_request, first_share=first, second_share=second)


def test_a_decision_has_a_branch_a_person_and_a_date(member_request: MemberRequest) -> None:
    with pytest.raises(IntegrityError, match="a_decision_has_a_branch_a_person_and_a_date"):
        _row(member_request, decided_branch=branch("coop"))


def _page(language: str = "en") -> str:
    client = Client()
    client.force_login(UserFactory(role=Role.MANAGER, language=language))
    return client.get(
        reverse("requests_app:routing"), HTTP_ACCEPT_LANGUAGE=language
    ).content.decode()


def _figures() -> dict[str, object]:
    codes = list(Branch.objects.order_by("position").values_list("code", flat=True))
    confusion = {one: dict.fromkeys(codes, 0) | {one: 25 if one != "coop" else 15} for one in codes}
    confusion["coop"]["support"] = 10
    return {
        "cases": 100, "in_two": 97, "calibration_error": 0.023, "confusion": confusion,
        "languages": {"fr": [90, 82], "nl": [10, 8]},
    }  # fmt: skip


def test_before_the_first_night_the_page_says_what_the_model_knows() -> None:
    page = _page()
    assert "keywords of the topics" in page
    assert "not yet known" in page


def test_the_page_shows_the_model_its_figures_and_its_confusions() -> None:
    _stored_model(suggesting.SEED_FILE.read_bytes(), **_figures())
    page = _page()
    assert "2023-06-14" in page
    assert "90 %" in page
    assert "plausible range 83 to 94 %" in page
    content = routing_page()
    coop = next(row for row in content.rows if row.branch.code == "coop")
    support = next(row for row in content.rows if row.branch.code == "support")
    assert (coop.recall, coop.precision) == (60, 100)
    assert (support.recall, support.precision) == (100, 71)
    assert [number for number, agrees in coop.cells if agrees] == [15]


def test_the_page_counts_what_was_followed_and_names_nobody(
    member_request: MemberRequest, adviser: User
) -> None:
    other = a_request(topic_code=None)
    for one, code in ((member_request, "first_line"), (other, "coop")):
        suggest(member_request=one, at=NOW)
        handover.route(member_request=one, by=adviser, at=LATER, version=1, branch=branch(code))
    assert routing_page().followed == Share(1, 2)
    page = _page()
    assert "1 of 2 decisions" in page
    assert "Too few decisions" in page
    assert adviser.name not in page
    assert member_request.subject not in page


def test_a_later_model_that_is_not_used_is_mentioned() -> None:
    _stored_model(suggesting.SEED_FILE.read_bytes(), **_figures())
    RoutingModel.objects.create(
        version="2023-06-15", trained_at=LATER, trained_until=NOW, decisions=400, unseen=100,
        correct=80,
    )  # fmt: skip
    assert "The model of 2023-06-15 was not better" in _page()


def test_the_page_takes_four_queries(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    PilotFactory()
    _stored_model(suggesting.SEED_FILE.read_bytes(), **_figures())
    with django_assert_num_queries(4):
        routing_page()


@pytest.mark.parametrize("role", [Role.ADVISER, Role.MEMBER, Role.ADMINISTRATOR])
def test_only_managers_read_the_page(role: Role) -> None:
    client = Client()
    client.force_login(UserFactory(role=role))
    assert client.get(reverse("requests_app:routing")).status_code == 404
