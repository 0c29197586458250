"""The adviser's desk: the queue, one request, and what can be done with it."""

from collections.abc import Callable, Mapping
from functools import partial
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

from django.contrib import messages
from django.forms.boundfield import BoundField
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from branches.models import Branch
from people.access import only
from people.roles import Role
from requests_app import asking, composing, handover, presence, replying, transitions
from requests_app.asking import due_by_default
from requests_app.composing import FilesRefused
from requests_app.drafts import find_draft
from requests_app.enums import Action, AfterAnswer
from requests_app.forms.adviser import (
    ActionForm,
    AdviseForm,
    AnswerForm,
    CloseForm,
    ConsultForm,
    NoteForm,
    ReopenForm,
    ReplyForm,
    RouteForm,
    SendBackForm,
    TransferForm,
)
from requests_app.forms.asked import AskForm
from requests_app.forms.fields import CleanTextField, typed_in
from requests_app.models import MemberRequest
from requests_app.openings import record_opening
from requests_app.reading import record_reading, seen_by
from requests_app.refusals import TransitionRefused
from requests_app.selectors.asked import followed_in, not_followed
from requests_app.selectors.conversation import conversation
from requests_app.selectors.detail import Offer, acquaintance, offer_of, promise_of
from requests_app.selectors.queue import desk_of
from requests_app.selectors.saved_answers import titles_offered
from requests_app.submission import SubmissionRefused
from requests_app.views.drafts import kept_out_of_sight
from requests_app.views.panes import (
    adviser_of,
    asks_for_the_pane,
    branch_of,
    came_from,
    panes,
    standing_of,
    way_on,
    whence,
)


def find(request: HttpRequest, reference: str) -> MemberRequest:
    reader = adviser_of(request)
    visible = MemberRequest.objects.visible_to(reader, on=localdate())
    return get_object_or_404(
        visible.annotate(seen=seen_by(reader)).select_related(
            "office", "branch", "topic", "adviser", "follows", "member__user", "member__office"
        ),
        reference=reference,
    )


@only(Role.ADVISER)
@require_GET
def queue(request: HttpRequest) -> HttpResponse:
    desk = desk_of(adviser_of(request), at=timezone.now())
    if desk is None:
        return render(request, "requests_app/no_posting.html", {"page": "queue"})
    return render(request, "requests_app/queue.html", panes(request, desk))


@only(Role.ADVISER)
@require_GET
def detail(request: HttpRequest, reference: str) -> HttpResponse:
    return _page(request, find(request, reference))


def _seen(member_request: MemberRequest) -> int | None:
    """The version that this adviser saw last, as `find` has asked for it."""
    return getattr(member_request, "seen", None)


def _page(
    request: HttpRequest,
    member_request: MemberRequest,
    *,
    status: HTTPStatus = HTTPStatus.OK,
    refusal: str = "",
    name: str = "",
    form: ActionForm | None = None,
) -> HttpResponse:
    """One request as it is now; `name` and `form` bring back what was typed and did not pass."""
    user, at = adviser_of(request), timezone.now()
    # A page that comes back with an error shows all of it as well.
    record_opening(member_request=member_request, by=user, at=at)
    record_reading(member_request=member_request, by=user, at=at)
    sent_back = {name: form} if form else {}
    draft = find_draft(author=user, member_request=member_request)
    offer = offer_of(member_request, reader=user, at=at)
    own = branch_of(user, at=at)
    forms = _forms(member_request, draft.fields if draft else {}) | sent_back
    context = {
        "page": "queue",
        "member_request": member_request,
        "conversation": conversation(member_request, reader=user, seen=_seen(member_request)),
        "present": presence.enter(reference=member_request.reference, by=user, at=at),
        "promise": promise_of(member_request, at=at),
        "actions": {str(action) for action in offer.actions},
        "offer": offer,
        "giver": offer.giver,
        "acquaintance": acquaintance(member_request, reader=user, at=at),
        "forms": forms,
        "left_over": _left_over(forms, offer, own),
        "open_form": name,
        "refusal": refusal,
        "draft": draft,
        "documents": list(draft.documents.order_by("id")) if draft else [],
        "followed": followed_in(member_request, at=at, with_steps=True),
        "not_followed": list(not_followed(member_request)),
        "ask_key": uuid4(),
        "due_by_default": due_by_default(member_request, at=at),
        "key": _key(request, draft.submission_key if draft else None),
        "after_answer": AfterAnswer,
        "saved_answers": titles_offered(member_request, branch=own),
    }
    return _in_its_pane(request, context, status)


def _in_its_pane(request: HttpRequest, case: dict[str, Any], status: HTTPStatus) -> HttpResponse:
    """The request alone where the list stands beside it already; else with the list."""
    desk = desk_of(adviser_of(request), at=timezone.now())
    if desk is None:  # The posting ended at midnight, a moment ago.
        raise Http404
    reference = case["member_request"].reference
    if asks_for_the_pane(request):
        template, beside = "requests_app/detail.html#case", whence(request, desk)
    else:
        template, beside = "requests_app/detail.html", panes(request, desk, opened=reference)
    response = render(request, template, case | beside, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _key(request: HttpRequest, kept: UUID | None) -> UUID:
    """The key of the draft or, when a form comes back, its own: sent again it is sent once."""
    try:
        return UUID(request.POST.get("key", ""))
    except ValueError:
        return kept or uuid4()


def _forms(member_request: MemberRequest, typed: dict[str, str]) -> dict[str, ActionForm]:
    menus: tuple[type[ActionForm], ...] = (
        RouteForm,
        TransferForm,
        ConsultForm,
        AdviseForm,
        SendBackForm,
        CloseForm,
        AskForm,
    )
    return {"reply": ReplyForm(member_request=member_request, initial=typed)} | {
        menu.menu: menu(member_request=member_request, initial=menu.typed_before(typed))
        for menu in menus
    }


def _left_over(
    forms: Mapping[str, ActionForm], offer: Offer, own: Branch | None
) -> list[BoundField]:
    """What was typed in menus that the page does not offer now: it is shown all the same."""
    offered = {str(action) for action in offer.actions}
    if Action.ANSWER in offered:
        offered.add(AskForm.menu)
    if own is not None and any(asked.branch_id == own.pk for asked in offer.consultations):
        offered.add(AdviseForm.menu)
    return [
        field
        for form in forms.values()
        if form.menu and form.menu not in offered
        for field in form.visible_fields()
        if isinstance(field.field, CleanTextField) and str(field.value() or "").strip()
    ]


def act_on(
    request: HttpRequest,
    reference: str,
    form_class: type[ActionForm],
    act: Callable[..., object],
    *,
    done: str,
    name: str = "",
    undoable: bool = False,
) -> HttpResponse:
    """Find the request, do one thing with it, and say what happened or why it did not.

    `name` is that of the form on the page; `act` is the function of the domain that does it.
    """
    try:
        member_request = find(request, reference)
    except Http404:
        return kept_out_of_sight(request, reference)
    standing = standing_of(request, member_request)
    form = form_class(request.POST, request.FILES, member_request=member_request)
    if not form.is_valid():
        return _sent_back(request, member_request, name, form)
    if not isinstance(form, ReplyForm):
        act = partial(replying.act_beside, act, typed=typed_in(request), menu=form.menu)
    try:
        result = act(
            member_request=member_request, by=adviser_of(request), at=timezone.now(), **form.given
        )
    except FilesRefused as refused:
        form.add_error("documents" if "documents" in form.fields else None, refused.problems)
        return _sent_back(request, member_request, name, form)
    except (TransitionRefused, SubmissionRefused) as refused:
        return _refused(request, reference, str(refused), name=name, form=form)
    # What was closed too long ago goes on in a new request.
    if isinstance(result, MemberRequest) and result.reference != reference:
        done = _("A new request follows %(reference)s.") % {"reference": reference}
        reference = result.reference
    onwards = way_on(request, standing, undoable=undoable) if standing else None
    if onwards is None:
        messages.success(request, done)
        return back_to(request, reference, undoable=undoable)
    messages.success(request, f"{reference}{_(': ')}{done}")
    return redirect(onwards)


def _refused(
    request: HttpRequest, reference: str, refusal: str, *, name: str, form: ActionForm
) -> HttpResponse:
    """The request as it is now, with its new version: who has looked may send the form again.

    A colleague who came first may have a private one to themselves: what was typed is a draft then.
    """
    try:
        now = find(request, reference)
    except Http404:
        messages.error(request, f"{reference}{_(': ')}{refusal}")
        typed = adviser_of(request).drafts.filter(member_request__reference=reference)
        return redirect("requests_app:my_drafts" if typed.exists() else "requests_app:queue")
    status = HTTPStatus.CONFLICT
    return _page(request, now, status=status, refusal=refusal, name=name, form=form)


def _sent_back(
    request: HttpRequest, member_request: MemberRequest, name: str, form: ActionForm
) -> HttpResponse:
    """The same page with what is missing, and everything that was typed and uploaded."""
    box = "documents" if "documents" in form.fields else None
    typed = typed_in(request)
    # Files that were refused have been looked at already.
    if typed.fields and not (form.has_error("documents") or form.non_field_errors()):
        problems = composing.keep(
            member_request=member_request, by=adviser_of(request), at=timezone.now(), typed=typed
        )
        for problem in problems:
            form.add_error(box, problem)
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    refusal = " ".join(str(error) for error in form.non_field_errors())
    return _page(request, member_request, status=status, refusal=refusal, name=name, form=form)


def back_to(request: HttpRequest, reference: str, *, undoable: bool = False) -> HttpResponse:
    """To the request; to the queue when it has gone where this adviser may not read it.

    There an `undoable` step is offered for undoing, as it is beside the next request.
    """
    visible = MemberRequest.objects.visible_to(adviser_of(request), on=localdate())
    if visible.filter(reference=reference).exists():
        return redirect(reverse("requests_app:detail", args=[reference]) + came_from(request))
    done = f"?{urlencode({'done': reference})}" if undoable else ""
    return redirect(reverse("requests_app:queue") + done)


@only(Role.ADVISER)
@require_POST
def take(request: HttpRequest, reference: str) -> HttpResponse:
    done = _("You have this request now.")
    return act_on(request, reference, ActionForm, transitions.take, done=done, undoable=True)


@only(Role.ADVISER)
@require_POST
def release(request: HttpRequest, reference: str) -> HttpResponse:
    done = _("Nobody has this request now.")
    return act_on(request, reference, ActionForm, transitions.release, done=done)


@only(Role.ADVISER)
@require_POST
def route(request: HttpRequest, reference: str) -> HttpResponse:
    done = _("The request has its branch.")
    return act_on(
        request, reference, RouteForm, handover.route, done=done, name="route", undoable=True
    )


@only(Role.ADVISER)
@require_POST
def transfer(request: HttpRequest, reference: str) -> HttpResponse:
    done = _("The request is transferred.")
    return act_on(
        request,
        reference,
        TransferForm,
        handover.transfer,
        done=done,
        name="transfer",
        undoable=True,
    )


@only(Role.ADVISER)
@require_POST
def send_back(request: HttpRequest, reference: str) -> HttpResponse:
    done = _("The request is sent back.")
    return act_on(request, reference, SendBackForm, handover.send_back, done=done, name="send_back")


@only(Role.ADVISER)
@require_POST
def answer(request: HttpRequest, reference: str) -> HttpResponse:
    match request.POST.get("then"):
        case AfterAnswer.WAIT:
            done = _("Your question is sent. It is the member's turn.")
        case AfterAnswer.CLOSE:
            done = _("Your answer is sent, and the request is closed.")
        case _other:
            done = _("Your answer is sent.")
    act = partial(replying.send_answer, typed=typed_in(request))
    return act_on(request, reference, AnswerForm, act, done=done, name="reply")


@only(Role.ADVISER)
@require_POST
def note(request: HttpRequest, reference: str) -> HttpResponse:
    act = partial(replying.write_note, typed=typed_in(request))
    return act_on(request, reference, NoteForm, act, done=_("Your note is kept."), name="reply")


@only(Role.ADVISER)
@require_POST
def ask_document(request: HttpRequest, reference: str) -> HttpResponse:
    done = _("The member is asked for the document.")
    return act_on(request, reference, AskForm, asking.ask, done=done, name="ask_document")


@only(Role.ADVISER)
@require_POST
def wait(request: HttpRequest, reference: str) -> HttpResponse:
    done = _("It is the member's turn now.")
    return act_on(request, reference, ActionForm, transitions.wait, done=done, undoable=True)


@only(Role.ADVISER)
@require_POST
def close(request: HttpRequest, reference: str) -> HttpResponse:
    done = _("The request is closed.")
    return act_on(
        request, reference, CloseForm, transitions.close, done=done, name="close", undoable=True
    )


@only(Role.ADVISER)
@require_POST
def reopen(request: HttpRequest, reference: str) -> HttpResponse:
    done = _("The request is open again.")
    return act_on(request, reference, ReopenForm, transitions.reopen, done=done)
