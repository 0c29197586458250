"""What a member sees and does. Drafts serve advisers in the same way."""

from datetime import datetime
from http import HTTPStatus
from uuid import UUID, uuid4

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from branches.models import Pilot
from people.access import only
from people.models import Member, User
from people.roles import Role
from requests_app import composing
from requests_app.composing import FilesRefused, SentBefore
from requests_app.enums import Status
from requests_app.expectations import expectation_for
from requests_app.forms.asked import HandInForm
from requests_app.forms.fields import typed_in
from requests_app.forms.member import MessageForm, RequestForm
from requests_app.models import Document, Draft, MemberRequest
from requests_app.notifications import has_receipt
from requests_app.refusals import TransitionRefused
from requests_app.selectors.asked import Followed, debts_of, followed_in
from requests_app.selectors.conversation import conversation
from requests_app.selectors.member import (
    branches_with_topics,
    expectations_of,
    hand_ins_of,
    kept_draft,
    own_requests,
    standing,
)
from requests_app.selectors.openings import latest_openings, openings_of
from requests_app.submission import SubmissionRefused
from requests_app.transitions import may_reopen
from requests_app.views.drafts import draft_kept, kept_out_of_sight, save_or_discard
from requests_app.views.panes import came_from

REQUESTS_A_PAGE = 25
OPENINGS_A_PAGE = 50


def visible_request(request: HttpRequest, reference: str) -> MemberRequest:
    visible = MemberRequest.objects.visible_to(_user(request), on=localdate())
    return get_object_or_404(
        visible.select_related("office", "branch", "topic", "adviser", "follows", "member__user"),
        reference=reference,
    )


def _user(request: HttpRequest) -> User:
    """Who is signed in; `only` has asked before."""
    assert isinstance(request.user, User)  # noqa: S101
    return request.user


def _member(request: HttpRequest) -> Member:
    return get_object_or_404(Member.objects.select_related("office", "user"), user=request.user)


def _page_of(request: HttpRequest, member_request: MemberRequest | None) -> str:
    """Where the form of a draft stands, at the desk beside the same list."""
    if member_request is None:
        return reverse("requests_app:submit")
    if _user(request).role == Role.MEMBER:
        return reverse("requests_app:my_request", args=[member_request.reference])
    address = reverse("requests_app:detail", args=[member_request.reference])
    return address + came_from(request)


@only(Role.MEMBER)
@require_safe
def my_requests(request: HttpRequest) -> HttpResponse:
    user = _user(request)
    found = Paginator(own_requests(user, on=localdate()), REQUESTS_A_PAGE)
    rows = found.get_page(request.GET.get("page"))
    context = {
        "page": "my_requests",
        "rows": [(row, standing(row)) for row in rows],
        "pages": rows,
        "draft": kept_draft(user, None),
        "debts": debts_of(user, at=timezone.now()),
    }
    return render(request, "requests_app/my_requests.html", context)


@only(Role.MEMBER)
@require_http_methods(["GET", "HEAD", "POST"])
def submit(request: HttpRequest) -> HttpResponse:
    member = _member(request)
    if request.method != "POST":
        return _new_request(request, member)
    form = RequestForm(request.POST, request.FILES, branches=branches_with_topics())
    typed, at = typed_in(request), timezone.now()
    by = _user(request)
    if form.is_valid():
        try:
            sent = composing.send_request(member=member, by=by, at=at, typed=typed, **form.content)
        except FilesRefused as refused:
            form.add_error("documents", refused.problems)
        except SubmissionRefused as refused:
            form.add_error(None, str(refused))
        except SentBefore as before:
            return _sent_before(request, before)
        else:
            return _received(request, sent)
    else:
        for problem in composing.keep(member_request=None, by=by, at=at, typed=typed):
            form.add_error("documents", problem)
    return _new_request(request, member, form=form, key=typed.key)


def _received(request: HttpRequest, member_request: MemberRequest) -> HttpResponse:
    """The receipt stands on the page of the request, the first time that it is opened."""
    request.session["receipt"] = member_request.reference
    return redirect("requests_app:my_request", member_request.reference)


def _sent_before(request: HttpRequest, before: SentBefore) -> HttpResponse:
    """To the request that was sent already, where the files that were forgotten wait."""
    for problem in before.problems:
        messages.error(request, problem)
    messages.warning(request, str(before))
    return redirect("requests_app:my_request", before.member_request.reference)


def _new_request(
    request: HttpRequest,
    member: Member,
    *,
    form: RequestForm | None = None,
    key: UUID | None = None,
) -> HttpResponse:
    day = localdate()
    draft = kept_draft(_user(request), None)
    is_sent_back = form is not None
    if form is None:
        form = RequestForm(initial=draft.fields if draft else {}, branches=branches_with_topics())
    expectations = expectations_of(member.office, on=day)
    works_by_branch = Pilot.objects.works_by_branch(member.office, on=day)
    choices = form.choices(works_by_branch=works_by_branch, expectations=expectations)
    context = {
        "page": "submit",
        "member": member,
        "form": form,
        "choices": list(choices),
        "works_by_branch": works_by_branch,
        "expectation": expectations.get(None),
        "key": key or (draft.submission_key if draft else uuid4()),
        "draft": draft,
        "documents": list(draft.documents.order_by("id")) if draft else [],
        "is_sent_back": is_sent_back,
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if is_sent_back else HTTPStatus.OK
    return render(request, "requests_app/submit.html", context, status=status)


@only(Role.MEMBER)
@require_POST
def save_draft(request: HttpRequest) -> HttpResponse:
    _member(request)
    return _save(request, None)


@only(Role.MEMBER, Role.ADVISER)
@require_POST
def save_message_draft(request: HttpRequest, reference: str) -> HttpResponse:
    try:
        member_request = visible_request(request, reference)
    except Http404:
        if _user(request).role != Role.ADVISER:
            raise
        return draft_kept(kept_out_of_sight(request, reference), request, at=timezone.now())
    return _save(request, member_request)


def _save(request: HttpRequest, member_request: MemberRequest | None) -> HttpResponse:
    by, at, page = _user(request), timezone.now(), _page_of(request, member_request)
    return save_or_discard(request, member_request, typed_in(request), by=by, at=at, page=page)


@only(Role.MEMBER)
@require_safe
def my_request(request: HttpRequest, reference: str) -> HttpResponse:
    return conversation_page(request, visible_request(request, reference))


@only(Role.MEMBER)
@require_safe
def openings(request: HttpRequest, reference: str) -> HttpResponse:
    """Who has opened this private request, and when."""
    member_request = visible_request(request, reference)
    found = Paginator(openings_of(member_request), OPENINGS_A_PAGE)
    context = {
        "page": "my_request",
        "member_request": member_request,
        "openings": found.get_page(request.GET.get("page")),
    }
    return render(request, "requests_app/openings.html", context)


@only(Role.MEMBER)
@require_http_methods(["GET", "HEAD", "POST"])
def write(request: HttpRequest, reference: str) -> HttpResponse:
    member_request = visible_request(request, reference)
    if request.method != "POST":
        return redirect("requests_app:my_request", reference)
    form = MessageForm(request.POST, request.FILES)
    typed, at, by = typed_in(request), timezone.now(), _user(request)
    if form.is_valid():
        try:
            standing_in = composing.send_message(
                member_request=member_request,
                by=by,
                at=at,
                typed=typed,
                body=form.cleaned_data["body"],
            )
        except FilesRefused as refused:
            form.add_error("documents", refused.problems)
        except (SubmissionRefused, TransitionRefused) as refused:
            form.add_error(None, str(refused))
        else:
            return _written(request, member_request, standing_in)
    else:
        for problem in composing.keep(member_request=member_request, by=by, at=at, typed=typed):
            form.add_error("documents", problem)
    return conversation_page(request, member_request, form=form, key=typed.key)


def _written(
    request: HttpRequest, member_request: MemberRequest, standing_in: MemberRequest
) -> HttpResponse:
    if standing_in.pk != member_request.pk:
        return _received(request, standing_in)
    messages.success(request, _("Your message is sent."))
    return redirect("requests_app:my_request", standing_in.reference)


def conversation_page(
    request: HttpRequest,
    member_request: MemberRequest,
    *,
    form: MessageForm | None = None,
    key: UUID | None = None,
    hand_in: HandInForm | None = None,
) -> HttpResponse:
    """The request of a member; `form` or `hand_in` brings back what did not pass."""
    user = _user(request)
    draft = kept_draft(user, member_request)
    is_sent_back = form is not None or hand_in is not None
    at = timezone.now()
    is_closed = member_request.status == Status.CLOSED
    shows_receipt = _shows_receipt(request, member_request)
    context = {
        "page": "my_request",
        "member_request": member_request,
        "standing": standing(member_request),
        "conversation": conversation(member_request, reader=user),
        "followed_by": list(member_request.followed_by.order_by("id")),
        "expectation": _expectation(member_request),
        "receipt": shows_receipt,
        "has_receipt": shows_receipt and has_receipt(member_request),
        "openings": latest_openings(member_request),
        "starts_anew": is_closed and not may_reopen(member_request, at=at),
        "form": form or MessageForm(initial=draft.fields if draft else {}),
        "key": key or (draft.submission_key if draft else uuid4()),
        "draft": draft,
        "documents": list(draft.documents.order_by("id")) if draft else [],
        "followed": _to_hand_in(user, member_request, sent_back=hand_in, at=at),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if is_sent_back else HTTPStatus.OK
    return render(request, "requests_app/my_request.html", context, status=status)


def _to_hand_in(
    user: User, member_request: MemberRequest, *, sent_back: HandInForm | None, at: datetime
) -> list[tuple[Followed, HandInForm]]:
    """The documents of a request, each with its form: as it came back, or as its draft has it.

    The key of a form makes it one sending.
    """
    followed, found = list(followed_in(member_request, at=at)), []
    typed = hand_ins_of(user, member_request) if followed else {}
    for one in followed:
        number = one.asked.number
        if sent_back is not None and sent_back.number == number:
            found.append((one, sent_back))
            continue
        draft = typed.get(number)
        key, fields = (draft.submission_key, draft.fields) if draft else (uuid4(), {})
        form = HandInForm(number=number, key=key, draft=draft, initial=fields)
        found.append((one, form))
    return found


def _shows_receipt(request: HttpRequest, member_request: MemberRequest) -> bool:
    if request.session.get("receipt") != member_request.reference:
        return False
    del request.session["receipt"]
    return True


def _expectation(member_request: MemberRequest) -> object:
    """What the member was told to expect, as long as nobody has answered."""
    if member_request.first_responded_at or member_request.status == Status.CLOSED:
        return None
    day = localdate(member_request.submitted_at)
    return expectation_for(member_request.office, member_request.branch, on=day)


@only(Role.MEMBER, Role.ADVISER)
@require_POST
def remove_document(request: HttpRequest, key: str) -> HttpResponse:
    user = _user(request)
    found = get_object_or_404(
        Document.objects.select_related("draft__member_request").filter(draft__author=user), key=key
    )
    draft = found.draft
    assert isinstance(draft, Draft)  # noqa: S101
    composing.remove_document(document=found, by=user, at=timezone.now(), typed=typed_in(request))
    return redirect(_page_of(request, draft.member_request))
