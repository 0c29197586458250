"""Learning from decisions: what counts as one, and when a new model is used."""

import subprocess
import sys
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError

from people.models import User
from requests_app import handover, learning, suggesting, tasks, transitions
from requests_app.enums import ClosingReason, SendBackReason, TransferReason
from requests_app.learning import decisions, message_examples, topic_examples, train
from requests_app.models import MemberRequest
from requests_app.routing import Model, decode, encode, rank
from requests_app.routing_fit import Example, fit
from requests_app.routing_models import RoutingModel
from requests_app.suggesting import SEED_FILE
from tests.factories import NOW, MemberFactory, OfficeFactory, a_request, an_adviser, branch

pytestmark = pytest.mark.django_db

BRANCHES = ("safeguarding", "first_line", "support", "coop")
# A word that stands for each branch in the requests of these tests, and in no topic.
WORDS = dict(zip(BRANCHES, ("zorglub", "kwyjibo", "fnord", "xyzzy"), strict=True))


@pytest.fixture(autouse=True)
def _nothing_loaded() -> None:
    suggesting._loaded.clear()


@pytest.fixture
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fits once instead of six times, and without the topics."""

    def quick(examples: list[Example], *, version: str, **_rest: Any) -> Model:
        own = [Example(branch, branch) for branch in BRANCHES]
        return fit([*own, *examples], branches=BRANCHES, version=version)

    monkeypatch.setattr(learning, "fit_calibrated", quick)


quickly = pytest.mark.usefixtures("_quick")


@pytest.fixture
def adviser() -> User:
    return an_adviser("first_line")


def _act(member_request: MemberRequest, name: str, by: User, **more: Any) -> None:
    act = getattr(handover if hasattr(handover, name) else transitions, name)
    act(member_request=member_request, by=by, at=NOW, version=member_request.version, **more)


def _decided(count: int, monkeypatch: pytest.MonkeyPatch, **fewest: int) -> None:
    """So many decisions, one a minute, without the cost of storing them."""
    found = [
        learning.Decision(
            f"Bonjour, {WORDS[BRANCHES[n % 4]]} s'il vous plaît",
            BRANCHES[n % 4],
            n,
            "fr",
            NOW + timedelta(minutes=n),
        )
        for n in range(count)
    ]
    monkeypatch.setattr(learning, "decisions", lambda: found)


def test_the_branch_of_the_first_answer_is_the_decision(adviser: User) -> None:
    member_request = a_request(topic_code="vat_rate", subject="La TVA", body="Quel taux ?")
    _act(member_request, "transfer", adviser, branch=branch(), reason=TransferReason.WRONG_BRANCH)
    _act(member_request, "answer", adviser, body="Voici.", key=uuid4())
    reason = TransferReason.SEVERAL_QUESTIONS
    _act(member_request, "transfer", adviser, branch=branch("coop"), reason=reason)
    (found,) = decisions()
    assert (found.branch, found.text) == ("first_line", "La TVA\nQuel taux ?")
    assert found.member == member_request.member_id


def test_before_an_answer_the_last_move_of_an_adviser_decides(adviser: User) -> None:
    member_request = a_request(topic_code=None)
    _act(member_request, "route", adviser, branch=branch("coop"))
    assert [found.branch for found in decisions()] == ["coop"]
    reason = TransferReason.WRONG_BRANCH
    _act(member_request, "transfer", adviser, branch=branch("support"), reason=reason)
    assert [found.branch for found in decisions()] == ["support"]
    _act(member_request, "send_back", adviser, reason=SendBackReason.NOT_OURS)
    assert [found.branch for found in decisions()] == ["coop"]


def test_what_a_member_chose_and_nobody_answered_is_no_decision(adviser: User) -> None:
    a_request(topic_code="vat_rate")
    a_request(topic_code=None)
    assert decisions() == []


def test_spam_and_a_transfer_for_lack_of_time_are_no_decisions(adviser: User) -> None:
    spam, moved = a_request(topic_code=None), a_request(topic_code=None)
    for member_request in (spam, moved):
        _act(member_request, "route", adviser, branch=branch("coop"))
    _act(spam, "close", adviser, reason=ClosingReason.SPAM)
    _act(moved, "transfer", adviser, branch=branch(), reason=TransferReason.CAPACITY)
    assert decisions() == []


def test_an_office_by_team_decides_nothing(adviser: User) -> None:
    elsewhere = MemberFactory(office=OfficeFactory(code="MONS", reference_prefix="MO"))
    a_request(member=elsewhere, topic_code=None, answered_by=adviser, pilot=False)
    assert decisions() == []


def test_the_newest_decisions_come_last_and_older_ones_fall_out(
    adviser: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(learning, "MOST_DECISIONS", 2)
    for minute in (3, 1, 2):
        a_request(at=NOW + timedelta(minutes=minute), answered_by=adviser)
    minutes = [(found.received_at - NOW).seconds // 60 for found in decisions()]
    assert minutes == [2, 3]


def test_topics_and_messages_speak_four_languages() -> None:
    texts = {example.text for example in topic_examples()}
    assert {"taux", "tarief", "steuersatz", "rate"} <= texts
    assert len(message_examples()) == 48
    assert all(example.member is None for example in topic_examples() + message_examples())


def test_the_stored_seed_is_what_topics_and_messages_make() -> None:
    """Fails when keywords change: `manage.py train_routing --seed` makes the file again."""
    stored = decode(SEED_FILE.read_bytes())
    examples = topic_examples() + message_examples()
    made = fit(examples, branches=learning.branch_codes(), version="seed", is_balanced=True)
    assert made.branches == stored.branches
    assert made.places == stored.places
    assert abs(made.weights - stored.weights).max() < 0.05


def test_too_few_decisions_teach_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    _decided(learning.FEWEST_DECISIONS - 1, monkeypatch)
    assert train(at=NOW) is None
    assert not RoutingModel.objects.exists()


def test_a_night_learns_from_the_older_and_measures_on_the_newest_fifth(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _decided(120, monkeypatch)
    row = train(at=NOW)
    assert row is not None
    assert (row.decisions, row.unseen, row.correct) == (96, 24, 24)
    assert row.trained_until == NOW + timedelta(minutes=95)
    row.refresh_from_db()
    assert row.figures["languages"] == {"fr": [24, 24]}
    assert row.is_in_use
    assert row.figures["duel"]["against"] == "seed"
    assert len(row.packed) < 500_000


@quickly
def test_what_was_learnt_is_used_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    _decided(120, monkeypatch)
    train(at=NOW)
    model = suggesting.current_model()
    assert model is not None
    first, _second = rank(model, "Le fnord, encore")
    assert (model.version, first.branch) == ("2023-06-15", "support")
    assert "fnord" in first.words


@quickly
def test_a_night_happens_once(monkeypatch: pytest.MonkeyPatch) -> None:
    _decided(120, monkeypatch)
    assert train(at=NOW) is not None
    assert train(at=NOW) is None
    assert RoutingModel.objects.count() == 1


@quickly
def test_a_model_that_is_worse_is_stored_and_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    _decided(120, monkeypatch)
    good = train(at=NOW)
    assert good is not None
    # More decisions follow, and the new model learns nonsense about them.
    _decided(200, monkeypatch)
    nonsense = fit(topic_examples(), branches=BRANCHES, version="2023-06-16", is_balanced=True)
    monkeypatch.setattr(learning, "fit_calibrated", lambda *_a, **_k: nonsense)
    worse = train(at=NOW + timedelta(days=1))
    assert worse is not None
    assert not worse.is_in_use
    assert worse.packed == b""
    good.refresh_from_db()
    assert good.is_in_use
    duel = worse.figures["duel"]
    assert duel["against"] == "2023-06-15"
    assert duel["new_correct"] < duel["current_correct"] == duel["cases"] == 40


@quickly
def test_only_decisions_that_neither_has_seen_are_compared(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _decided(200, monkeypatch)
    train(at=NOW)
    # Some requests were erased: what is now the newest fifth was learnt from before.
    _decided(120, monkeypatch)
    second = train(at=NOW + timedelta(days=1))
    assert second is not None
    assert second.figures["duel"]["cases"] == 0
    assert not second.is_in_use


@quickly
def test_a_current_model_that_does_not_load_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    _decided(120, monkeypatch)
    train(at=NOW)
    RoutingModel.objects.update(packed=b"broken")
    suggesting._loaded.clear()
    second = train(at=NOW + timedelta(days=1))
    assert second is not None
    assert second.is_in_use


@quickly
def test_old_models_lose_their_weights_and_keep_their_figures(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _decided(120, monkeypatch)
    monkeypatch.setattr(learning, "_duel", lambda *_: learning.Duel("seed", 24, 0, 24, is_won=True))
    for day in range(learning.KEPT + 2):
        train(at=NOW + timedelta(days=day))
    assert RoutingModel.objects.exclude(packed=b"").count() == learning.KEPT
    assert RoutingModel.objects.filter(correct=24).count() == learning.KEPT + 2


def test_the_nightly_task_says_whether_it_learnt() -> None:
    assert tasks.train_routing() is False


def test_one_routing_model_is_in_use() -> None:
    row = {
        "trained_at": NOW, "trained_until": NOW, "decisions": 1, "unseen": 1, "correct": 1,
        "is_in_use": True, "packed": encode(decode(SEED_FILE.read_bytes())),
    }  # fmt: skip
    RoutingModel.objects.create(version="1", **row)
    with pytest.raises(IntegrityError, match="one_routing_model_is_in_use"):
        RoutingModel.objects.create(version="2", **row)


def test_no_more_correct_than_tried() -> None:
    with pytest.raises(IntegrityError, match="no_more_correct_than_tried"):
        RoutingModel.objects.create(
            version="1", trained_at=NOW, trained_until=NOW, decisions=1, unseen=1, correct=2
        )


def test_a_web_process_does_not_import_scikit_learn() -> None:
    program = (
        "import django, sys; django.setup()\n"
        "from django.urls import get_resolver; get_resolver().url_patterns\n"
        "import requests_app.tasks\n"
        "from requests_app.routing import decode, rank\n"
        "from requests_app.suggesting import SEED_FILE\n"
        "rank(decode(SEED_FILE.read_bytes()), 'tva')\n"
        "sys.exit(bool({'sklearn', 'scipy'} & sys.modules.keys()))"
    )
    found = subprocess.run([sys.executable, "-c", program], check=False, timeout=120)
    assert found.returncode == 0
