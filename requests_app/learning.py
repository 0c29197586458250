"""Learns from the decisions of advisers which branch a text belongs to.

Only for a worker or a command: fitting imports scikit-learn.
"""

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from zlib import crc32

import structlog
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.utils.timezone import localdate

from branches.models import Branch, Topic
from requests_app.enums import NOT_COUNTED, Action, MessageKind, TransferReason
from requests_app.models import MemberRequest, Message, RequestEvent
from requests_app.routing import Model, encode
from requests_app.routing_fit import Example, fit_calibrated
from requests_app.routing_models import RoutingModel
from requests_app.routing_scores import Case, score
from requests_app.suggesting import SEED, SEED_FILE, load, text_of
from requests_app.whereabouts import is_undone

log = structlog.get_logger()

MESSAGES_FILE = Path(__file__).parent / "data" / "messages.json"
MOST_DECISIONS = 20_000
# Below this the model of the seed stays: so few say neither what to learn nor how well it went.
FEWEST_DECISIONS = 100
SHARE_TO_LEARN_FROM = 0.8
# So many models that were in use keep their weights, to go back to by hand.
KEPT = 3
LOCK = crc32(b"routing") - 2**31


@dataclass(frozen=True)
class Decision:
    """Which branch advisers decided on for a request, and what the member had written."""

    text: str
    branch: str
    member: int
    language: str
    received_at: datetime

    @property
    def example(self) -> Example:
        return Example(self.text, self.branch, self.member)

    @property
    def case(self) -> Case:
        return Case(self.text, self.branch, self.language)


@dataclass(frozen=True)
class Duel:
    """A new model against the one in use until then. Both counts are of the same cases."""

    against: str
    cases: int
    current_correct: int
    new_correct: int
    is_won: bool


def decisions() -> list[Decision]:
    """The decisions about the newest requests, at most 20,000, the oldest request first.

    The branch that was accountable at the first answer; before an answer, the one to which an
    adviser last moved the request. What the member chose and nobody has answered is no decision;
    neither is a transfer because nobody had time, nor spam.
    """
    events = RequestEvent.objects.filter(member_request=OuterRef("pk"))
    answered = events.filter(action=Action.ANSWER).order_by("position")
    moves = [Action.ROUTE, Action.TRANSFER, Action.SEND_BACK]
    moved = events.filter(~is_undone(), action__in=moves).order_by("-position")
    written = Message.objects.filter(
        member_request=OuterRef("pk"), event__action=Action.SUBMIT, kind=MessageKind.FROM_MEMBER
    )
    rows = (
        MemberRequest.objects.filter(branch__isnull=False)
        .exclude(closing_reason__in=NOT_COUNTED)
        .filter(~Exists(events.filter(reason=TransferReason.CAPACITY)))
        .annotate(
            decided=Coalesce(
                Subquery(answered.values("branch__code")[:1]),
                Subquery(moved.values("branch__code")[:1]),
            ),
            said=Subquery(written.values("body")[:1]),
        )
        .filter(decided__isnull=False, said__isnull=False)
        .order_by("-submitted_at", "-id")
        .values_list("subject", "said", "decided", "member_id", "language", "submitted_at")
    )
    return [
        Decision(text_of(subject, said), branch, member, language, received_at)
        for subject, said, branch, member, language, received_at in reversed(rows[:MOST_DECISIONS])
    ]


def branch_codes() -> list[str]:
    return list(Branch.objects.order_by("position").values_list("code", flat=True))


def topic_examples() -> list[Example]:
    """Every title and every keyword of every topic, in four languages, as a text of its own."""
    topics = Topic.objects.select_related("branch").order_by("branch__position", "position")
    return [
        Example(text, topic.branch.code)
        for topic in topics
        for language, title in topic.titles.items()
        for text in [title, *topic.keywords[language]]
    ]


def message_examples() -> list[Example]:
    """The invented messages, of branches that exist here."""
    codes = set(branch_codes())
    rows = json.loads(MESSAGES_FILE.read_text("utf-8"))
    return [Example(row["text"], row["branch"]) for row in rows if row["branch"] in codes]


def seed_model() -> Model:
    """What the topics and the invented messages say, without any decision."""
    return fit_calibrated(
        message_examples(),
        own=topic_examples(),
        branches=branch_codes(),
        version=SEED,
        is_balanced=True,
    )


def store_seed() -> int:
    """Write the seed's model into its file; return its size in bytes."""
    return SEED_FILE.write_bytes(encode(seed_model()))


@transaction.atomic
def train(*, at: datetime) -> RoutingModel | None:
    """Learn from the older decisions, measure on the newest fifth, and use it if it is not worse.

    Once a night, whoever asks; None when somebody has, or when there are fewer than 100 decisions.
    The model that is measured is the one that is used: it is not fitted again with the rest.
    """
    version = localdate(at).isoformat()
    if not _alone() or RoutingModel.objects.filter(version=version).exists():
        return None
    found = decisions()
    if len(found) < FEWEST_DECISIONS:
        log.info("routing_not_trained", decisions=len(found))
        return None
    cut = int(len(found) * SHARE_TO_LEARN_FROM)
    known, unseen = found[:cut], found[cut:]
    model = fit_calibrated(
        [decision.example for decision in known],
        own=topic_examples() + message_examples(),
        branches=branch_codes(),
        version=version,
    )
    return _store(model, known, unseen, at=at)


def _alone() -> bool:
    """Whether no other worker is training now; holds until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        return bool(cursor.fetchone()[0])


def _store(
    model: Model, known: list[Decision], unseen: list[Decision], *, at: datetime
) -> RoutingModel:
    found = score(model, [decision.case for decision in unseen])
    duel = _duel(model, unseen)
    if duel.is_won:
        RoutingModel.objects.filter(is_in_use=True).update(is_in_use=False)
    row = RoutingModel.objects.create(
        version=model.version,
        trained_at=at,
        trained_until=known[-1].received_at,
        decisions=len(known),
        unseen=found.cases,
        correct=found.correct,
        figures=found.as_json() | {"duel": asdict(duel)},
        is_in_use=duel.is_won,
        packed=encode(model) if duel.is_won else b"",
    )
    _forget_old_weights()
    log.info("routing_trained", version=row.version, used=duel.is_won, correct=found.correct)
    return row


def _duel(model: Model, unseen: list[Decision]) -> Duel:
    """The new model and the current one on the same decisions, which neither has seen.

    The new one wins when it is right more often, or as often with a log loss that is no larger.
    It also wins against a model that does not load. Where no decision is new to both, it loses.
    """
    current = RoutingModel.objects.filter(is_in_use=True).first()
    version = current.version if current else SEED
    cases = [
        one.case for one in unseen if current is None or one.received_at > current.trained_until
    ]
    try:
        rival = score(load(version), cases) if cases else None
    except Exception:
        log.exception("routing_model_unusable", version=version)
        return Duel(version, 0, 0, 0, is_won=True)
    if rival is None:
        return Duel(version, 0, 0, 0, is_won=False)
    found = score(model, cases)
    is_won = (found.correct, -found.log_loss) >= (rival.correct, -rival.log_loss)
    return Duel(version, len(cases), rival.correct, found.correct, is_won=is_won)


def _forget_old_weights() -> None:
    with_weights = RoutingModel.objects.exclude(packed=b"").order_by("-trained_at", "-pk")
    kept = [row.pk for row in with_weights.only("pk")[:KEPT]]
    with_weights.exclude(pk__in=kept).exclude(is_in_use=True).update(packed=b"")
