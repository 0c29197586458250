"""A branch is suggested for a new request; an adviser decides. Both are stored.

Nothing here may stop the queue: without a usable model there is simply no suggestion.
"""

from datetime import datetime
from pathlib import Path

import structlog
from django.db import transaction
from django.db.models import QuerySet
from django.utils.timezone import localdate

from branches.models import Branch, Pilot
from dop_pilot.celery import wake
from people.models import User
from requests_app.enums import Action, MessageKind, Status
from requests_app.models import MemberRequest, Message
from requests_app.routing import Model, Ranked, decode, rank
from requests_app.routing_models import RoutingModel, Suggestion

log = structlog.get_logger()

# The model of the first minute: `train_routing --seed` makes it of topics and example messages.
SEED_FILE = Path(__file__).parent / "data" / "routing_seed.model"
SEED = "seed"
AT_ONCE = 200

# The model that this process applied last, by its version.
_loaded: dict[str, Model] = {}


def current_model() -> Model | None:
    """The model in use; before the first night that of the seed. None when it does not load."""
    version = RoutingModel.objects.filter(is_in_use=True).values_list("version", flat=True).first()
    try:
        return load(version or SEED)
    # Whatever is wrong with it, people go on without a suggestion.
    except Exception:
        log.exception("routing_model_unusable", version=version or SEED)
        return None


def load(version: str) -> Model:
    """The stored model of this version. Raises UnusableModel, or OSError for a missing file."""
    known = _loaded.get(version)
    if known is not None:
        return known
    if version == SEED:
        packed = SEED_FILE.read_bytes()
    else:
        packed = bytes(RoutingModel.objects.values_list("packed", flat=True).get(version=version))
    model = decode(packed)
    _loaded.clear()
    _loaded[version] = model
    return model


def text_of(subject: str, body: str) -> str:
    return f"{subject}\n{body}"


def suggest(*, member_request: MemberRequest, at: datetime) -> Suggestion | None:
    """Store which two branches the request most likely belongs to, once; return it.

    None for what is not to be routed (an office by team, a branch chosen already, a closed
    request, one without a text of the member), and when no model can be applied.
    """
    known = _with_branches().filter(member_request=member_request).first()
    if known is not None or not _is_to_be_routed(member_request, at=at):
        return known
    body = _first_words_of(member_request)
    found = ranked(text_of(member_request.subject, body)) if body else None
    if found is None:
        return None
    model_version, (first, first_branch), (second, second_branch) = found
    suggestion = Suggestion(
        member_request=member_request,
        model_version=model_version,
        first_branch=first_branch,
        first_share=first.share,
        first_words=list(first.words),
        second_branch=second_branch,
        second_share=second.share,
        second_words=list(second.words),
        suggested_at=at,
    )
    # Of the worker and the desk, which may come at the same moment, one stores it.
    Suggestion.objects.bulk_create([suggestion], ignore_conflicts=True)
    return _with_branches().get(member_request=member_request)


def _with_branches() -> QuerySet[Suggestion]:
    return Suggestion.objects.select_related("first_branch", "second_branch")


def _is_to_be_routed(member_request: MemberRequest, *, at: datetime) -> bool:
    return (
        member_request.branch_id is None
        and member_request.status != Status.CLOSED
        and Pilot.objects.works_by_branch(member_request.office, on=localdate(at))
    )


def _first_words_of(member_request: MemberRequest) -> str | None:
    """What the member wrote when the request came; None where an adviser opened it."""
    messages = Message.objects.filter(event__action=Action.SUBMIT, kind=MessageKind.FROM_MEMBER)
    return messages.filter(member_request=member_request).values_list("body", flat=True).first()


def ranked(text: str) -> tuple[str, tuple[Ranked, Branch], tuple[Ranked, Branch]] | None:
    """The model's version and the two likeliest branches of a text; None when none can be told."""
    model = current_model()
    if model is None:
        return None
    try:
        first, second = rank(model, text)
        branches = {
            branch.code: branch
            for branch in Branch.objects.filter(code__in=[first.branch, second.branch])
        }
        return (
            model.version,
            (first, branches[first.branch]),
            (second, branches[second.branch]),
        )
    # For example a branch that was renamed since: the next night learns its new name.
    except (ValueError, KeyError, IndexError):
        log.exception("routing_failed", version=model.version)
        return None


def ask_for_suggestion(member_request: MemberRequest) -> None:
    """Have a worker suggest a branch as soon as this is committed. Never fails."""
    if member_request.branch_id is None:
        transaction.on_commit(lambda: wake("requests_app.tasks.suggest_branches"))


def suggest_due(*, at: datetime) -> int:
    """Suggest for the oldest requests that still have no branch; how many got a suggestion."""
    due = list(_without_suggestion(at)[:AT_ONCE])
    if not due or current_model() is None:
        return 0
    return sum(suggest(member_request=one, at=at) is not None for one in due)


def _without_suggestion(at: datetime) -> QuerySet[MemberRequest]:
    pilots = Pilot.objects.running(on=localdate(at))
    return (
        MemberRequest.objects.alive()
        .filter(
            office__in=pilots.values("offices"),
            branch=None,
            suggestion=None,
            events__action=Action.SUBMIT,
            events__message__kind=MessageKind.FROM_MEMBER,
        )
        .select_related("office")
        .order_by("waiting_since", "id")
    )


def record_decision(
    *, member_request: MemberRequest, branch: Branch, by: User, at: datetime
) -> None:
    """Note beside the suggestion, if there is one, which branch was decided on first."""
    Suggestion.objects.filter(member_request=member_request, decided_at=None).update(
        decided_branch=branch, decided_by=by, decided_at=at
    )


def forget_decision(*, member_request: MemberRequest) -> None:
    """The decision was undone: the suggestion waits for another one."""
    Suggestion.objects.filter(member_request=member_request).update(
        decided_branch=None, decided_by=None, decided_at=None
    )
