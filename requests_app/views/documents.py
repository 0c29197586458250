"""Followed documents at the desk: asking for one, looking at one, deciding on it."""

import re
from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from people.access import only
from people.models import User
from people.roles import Role
from requests_app import asking, drafts, replying, reviewing
from requests_app.asked_models import AskedDocument
from requests_app.composing import FilesRefused
from requests_app.document_rules import RULES
from requests_app.drafts import find_draft
from requests_app.enums import MessageKind
from requests_app.forms.asked import CheckForm, CorrectForm, DecisionForm, RefuseForm
from requests_app.forms.fields import typed_in
from requests_app.models import Document, Draft, MemberRequest
from requests_app.openings import record_opening
from requests_app.selectors.asked import followed
from requests_app.selectors.queue import REVIEW, Place, desk_of
from requests_app.selectors.review import next_to_review
from requests_app.transitions import TransitionRefused
from requests_app.viewing import shown_as
from requests_app.views.drafts import draft_kept, kept_out_of_sight, save_or_discard
from requests_app.views.panes import (
    adviser_of,
    asks_for_the_pane,
    came_from,
    chosen_view,
    panes,
    whence,
)
from requests_app.whereabouts import only_reads


def _find(request: HttpRequest, reference: str, number: int) -> AskedDocument:
    visible = AskedDocument.objects.visible_to(adviser_of(request), on=localdate())
    rows = visible.select_related(
        "member_request__office", "member_request__branch", "member_request__member__user"
    )
    return get_object_or_404(rows, member_request__reference=reference, number=number)


@only(Role.ADVISER)
@require_GET
def review(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    """One document beside what can be decided about it."""
    return _page(request, _find(request, reference, number))


def _page(
    request: HttpRequest,
    asked: AskedDocument,
    *,
    status: HTTPStatus = HTTPStatus.OK,
    refusal: str = "",
    name: str = "",
    form: DecisionForm | None = None,
) -> HttpResponse:
    """The document as it is now; `name` and `form` bring back what was typed and did not pass."""
    user, at = adviser_of(request), timezone.now()
    member_request = asked.member_request
    record_opening(member_request=member_request, by=user, at=at)
    desk = desk_of(user, at=at)
    if desk is None:  # The posting ended at midnight, a moment ago.
        raise Http404
    document = followed(asked, at=at)
    reads = only_reads(member_request, by=user, at=at)
    draft = find_draft(
        author=user, member_request=member_request, place=drafts.review_of(asked.number)
    )
    forms = _forms(asked, draft) | ({name: form} if form else {})
    case = {
        "page": "queue",
        "member_request": member_request,
        "followed": document,
        "asked": asked,
        "files": [(one, shown_as(one)) for one in document.documents],
        "said": _said_with(asked),
        "only_reads": reads,
        "actions": {str(action) for action, moves in RULES.items() if asked.state in moves}
        if not reads
        else set(),
        "forms": forms,
        "open_form": name,
        "refusal": refusal,
        "due_by_default": asking.due_by_default(member_request, at=at),
        "draft": draft,
    }
    if asks_for_the_pane(request):
        template, beside = "requests_app/review.html#case", whence(request, desk)
    else:
        row = f"{member_request.reference}.{asked.number}"
        template, beside = "requests_app/review.html", panes(request, desk, opened=row)
    response = render(request, template, case | beside, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _forms(asked: AskedDocument, draft: Draft | None) -> dict[str, DecisionForm]:
    typed = draft.fields if draft else {}
    decisions: tuple[type[DecisionForm], ...] = (CheckForm, CorrectForm, RefuseForm)
    return {form.menu: form(asked=asked, typed=typed) for form in decisions}


def _said_with(asked: AskedDocument) -> list[Any]:
    """What the member wrote with the files: it is answered or at least read with them."""
    messages_with_it = asked.member_request.messages.filter(
        kind=MessageKind.FROM_MEMBER, documents__asked=asked
    )
    return list(messages_with_it.distinct().order_by("sent_at", "pk"))


def _decide(
    request: HttpRequest,
    reference: str,
    number: int,
    act: Callable[..., object],
    form: type[DecisionForm],
    *,
    done: str,
) -> HttpResponse:
    """Find the document, decide once, and go on to the next one; or say why it was not possible."""
    typed = typed_in(request, drafts.review_of(number))
    try:
        asked = _find(request, reference, number)
    except Http404:
        return kept_out_of_sight(request, reference, typed)
    by, at, name = adviser_of(request), timezone.now(), form.menu
    place = Place(asked.turn_since, asked.pk)
    bound = form(request.POST, asked=asked)
    if not bound.is_valid():
        reviewing.keep(asked=asked, by=by, at=at, typed=typed)
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        return _page(request, asked, status=status, name=name, form=bound)
    try:
        reviewing.decide(
            act, asked=asked, by=by, at=at, typed=typed, menu=bound.sent, **bound.given
        )
    except TransitionRefused as refused:
        now = _find(request, reference, number)
        status, said = HTTPStatus.CONFLICT, str(refused)
        return _page(request, now, status=status, refusal=said, name=name, form=bound)
    messages.success(request, done)
    return redirect(_onwards(request, asked, place))


def _onwards(request: HttpRequest, asked: AskedDocument, place: Place) -> str:
    """To the next document to review for who came from that view; else back to the request."""
    desk = desk_of(adviser_of(request), at=timezone.now())
    view = chosen_view(request, desk) if desk else None
    reference = asked.member_request.reference
    if desk is None or view is None or view.key != REVIEW:
        return reverse("requests_app:detail", args=[reference]) + came_from(request) + "#asked"
    following = next_to_review(desk, after=place) or next_to_review(desk, after=None)
    if following is None:
        return reverse("requests_app:queue") + f"?view={REVIEW}"
    address = [following.member_request.reference, following.number]
    return reverse("requests_app:review", args=address) + f"?view={REVIEW}"


@only(Role.ADVISER)
@require_POST
def check(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    done = _("The document is checked.")
    return _decide(request, reference, number, asking.check, CheckForm, done=done)


@only(Role.ADVISER)
@require_POST
def correct(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    done = _("The document goes back to the member.")
    return _decide(request, reference, number, asking.correct, CorrectForm, done=done)


@only(Role.ADVISER)
@require_POST
def refuse(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    done = _("The document is refused.")
    return _decide(request, reference, number, asking.refuse, RefuseForm, done=done)


@only(Role.ADVISER)
@require_POST
def save_review_draft(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    """What is typed for a decision saves itself, as everything at the desk."""
    by, at = adviser_of(request), timezone.now()
    place = drafts.review_of(number)
    typed = typed_in(request, place)
    try:
        asked = _find(request, reference, number)
    except Http404:
        return draft_kept(kept_out_of_sight(request, reference, typed), request, at=at)
    address = reverse("requests_app:review", args=[reference, number]) + came_from(request)
    member_request = asked.member_request
    return save_or_discard(request, member_request, typed, by=by, at=at, page=address)


@only(Role.ADVISER)
@require_POST
def drop(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    """From the page of the request, beside which somebody may be typing."""
    asked = _find(request, reference, number)
    given = request.POST.get("document_version", "")
    version = int(given) if re.fullmatch(r"[0-9]{1,9}", given, re.ASCII) else 0

    def act(*, by: User, at: datetime, **_request: object) -> None:
        asking.drop(asked=asked, by=by, at=at, version=version)

    done = _("The document is no longer needed.")
    return _beside(request, asked.member_request, act, done=done)


@only(Role.ADVISER)
@require_POST
def follow(request: HttpRequest, key: str) -> HttpResponse:
    """An attachment that came unasked is to be reviewed from now on."""
    visible = Document.objects.visible_to(adviser_of(request), on=localdate())
    document = get_object_or_404(
        visible.filter(draft=None).select_related("member_request"), key=key
    )
    assert document.member_request is not None  # noqa: S101

    def act(*, by: User, at: datetime, **_request: object) -> None:
        asking.follow(document=document, by=by, at=at)

    done = _("The document is to be reviewed.")
    return _beside(request, document.member_request, act, done=done)


def _beside(
    request: HttpRequest, member_request: MemberRequest, act: Callable[..., object], *, done: str
) -> HttpResponse:
    """Act on a document of a request; what is typed in that request stays typed."""
    by, at = adviser_of(request), timezone.now()
    typed = typed_in(request)
    try:
        replying.act_beside(act, member_request=member_request, by=by, at=at, typed=typed, menu="")
    except (FilesRefused, TransitionRefused) as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, done)
    address = reverse("requests_app:detail", args=[member_request.reference])
    return redirect(address + came_from(request) + "#asked")
