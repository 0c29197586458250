"""What was suggested and asked in the story: suggestions with decisions, questions to branches."""

from datetime import datetime, timedelta
from itertools import cycle
from random import Random
from typing import Any
from uuid import UUID

from django.db.models import F, Max

from branches.models import Branch, Office
from people.models import Posting, User
from requests_app import consulting, handover, undoing
from requests_app.enums import Action, MessageKind, Status, TransferReason
from requests_app.models import MemberRequest, RequestEvent
from requests_app.routing_models import Suggestion
from requests_app.suggesting import ranked, text_of

QUESTIONS = 12
_ENDS = ("stands", "answered", "undone")
# Questions and answers among colleagues, in the language of who asks.
_AMONG_COLLEAGUES = {
    "fr": [
        (
            "Faut-il un contrat ici, ou une facture suffit-elle ?",
            "Une facture suffit, si elle garde la maîtrise de ses horaires.",
        ),
        (
            "Avez-vous déjà vu ce cas avec un donneur d'ordre étranger ?",
            "Oui : demandez d'abord le formulaire A1, puis signez.",
        ),
    ],
    "nl": [
        (
            "Is hier een contract nodig of volstaat een factuur?",
            "Een factuur volstaat zolang het lid zelf de uren bepaalt.",
        ),
        (
            "Wie volgt dit bij jullie op?",
            "Wij bekijken dit dinsdag samen; het lid hoeft niets te doen.",
        ),
    ],
    "de": [
        (
            "Braucht es hier einen Vertrag, oder genügt eine Rechnung?",
            "Eine Rechnung genügt, solange das Mitglied seine Zeiten selbst bestimmt.",
        ),
        (
            "Hattet ihr diesen Fall schon einmal?",
            "Ja, zweimal: zuerst die Bescheinigung anfragen, dann unterschreiben.",
        ),
    ],
    "en": [
        (
            "Does this need a contract, or is an invoice enough?",
            "An invoice is enough as long as the member decides on the hours.",
        ),
        ("Have you seen this before?", "Yes: ask for the certificate first, then sign."),
    ],
}


def store_suggestions() -> int:
    """For each request that an adviser routed: what the model of the first minute says to it."""
    routed = (
        RequestEvent.objects.filter(action=Action.ROUTE, actor__isnull=False)
        .select_related("member_request", "branch")
        .order_by("pk")
    )
    said = dict(
        RequestEvent.objects.filter(
            action=Action.SUBMIT,
            message__kind=MessageKind.FROM_MEMBER,
            member_request__in=routed.values("member_request"),
        ).values_list("member_request", "message__body")
    )
    rows = []
    for event in routed:
        member_request = event.member_request
        found = ranked(text_of(member_request.subject, said.get(member_request.pk, "")))
        if found is None:
            return 0
        version, (first, first_branch), (second, second_branch) = found
        rows.append(
            Suggestion(
                member_request=member_request,
                model_version=version,
                first_branch=first_branch,
                first_share=first.share,
                first_words=list(first.words),
                second_branch=second_branch,
                second_share=second.share,
                second_words=list(second.words),
                suggested_at=member_request.submitted_at,
                decided_branch=event.branch,
                decided_by_id=event.actor_id,
                decided_at=event.at,
            )
        )
    return len(Suggestion.objects.bulk_create(rows))


def ask_among_branches(*, now: datetime, random: Random) -> int:
    """Questions to other branches in requests that are open now: some stand, some are answered.

    Others were withdrawn, because a transfer was meant, and that one was undone.
    """
    quiet = (
        MemberRequest.objects.filter(
            status=Status.OPEN, adviser__isnull=False, branch__isnull=False
        )
        .annotate(last_at=Max("events__at"))
        .filter(last_at__lt=now - timedelta(hours=6))
        .select_related("adviser", "branch", "office", "member")
        .order_by(F("waiting_since").desc(nulls_last=True), "pk")
    )
    branches = list(Branch.objects.order_by("position"))
    asked = 0
    for member_request, what in zip(quiet[:QUESTIONS], cycle(_ENDS), strict=False):
        others = [branch for branch in branches if branch != member_request.branch]
        branch = random.choice(others)
        at = now - timedelta(minutes=random.randrange(90, 300))
        asked += _ask(member_request, branch, at=at, ends=what, random=random)
    return asked


def _ask(
    member_request: MemberRequest,
    branch: Branch,
    *,
    at: datetime,
    ends: str,
    random: Random,
) -> int:
    adviser = member_request.adviser
    colleague = _colleague(member_request.office, branch, on=at)
    if adviser is None or colleague is None or adviser.posting_on(day=at.date()) is None:
        return 0
    question, advice = random.choice(_AMONG_COLLEAGUES[adviser.language])
    key = UUID(int=random.getrandbits(128), version=4)
    consultation = consulting.ask(
        member_request=member_request,
        by=adviser,
        at=at,
        version=member_request.version,
        branch=branch,
        question=question,
        key=key,
    )
    if ends == "answered":
        consulting.advise(
            member_request=member_request,
            consultation=consultation.pk,
            by=colleague.adviser,
            at=at + timedelta(minutes=70),
            advice=advice,
            key=key,
        )
    elif ends == "undone":
        _change_their_mind(member_request, consultation.pk, branch, by=adviser, at=at)
    return 1


def _change_their_mind(
    member_request: MemberRequest, consultation: int, branch: Branch, *, by: User, at: datetime
) -> None:
    """The question is withdrawn, the request transferred, and that undone a minute later."""
    common: dict[str, Any] = {"member_request": member_request, "by": by}
    consulting.withdraw(consultation=consultation, at=at, version=member_request.version, **common)
    handover.transfer(
        branch=branch,
        reason=TransferReason.OTHER_EXPERTISE,
        at=at,
        version=member_request.version,
        **common,
    )
    undoing.undo(at=at + timedelta(minutes=1), version=member_request.version, **common)


def _colleague(office: Office, branch: Branch, *, on: datetime) -> Posting | None:
    postings = Posting.objects.on(on.date()).filter(office=office, branch=branch)
    return postings.select_related("adviser").order_by("pk").first()
