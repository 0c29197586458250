"""What an adviser has typed and not sent, in one list: also where the request itself has gone."""

from datetime import datetime

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import ResolverMatch, resolve, reverse
from django.utils import timezone
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from people import held
from people.access import only
from people.models import User
from people.roles import Role
from requests_app import composing, drafts
from requests_app.composing import Typed
from requests_app.forms.fields import typed_from, typed_in
from requests_app.models import Draft, MemberRequest
from requests_app.selectors.drafts import drafts_of
from requests_app.views.panes import adviser_of, whence_in
from requests_app.views.panes import adviser_of as user_of


@only(Role.ADVISER)
@require_GET
def my_drafts(request: HttpRequest) -> HttpResponse:
    found = drafts_of(adviser_of(request), on=localdate())
    return render(request, "requests_app/my_drafts.html", {"page": "drafts", "drafts": found})


@only(Role.ADVISER)
@require_POST
def discard(request: HttpRequest, key: int) -> HttpResponse:
    author = adviser_of(request)
    draft = get_object_or_404(Draft.objects.select_related("member_request"), author=author, pk=key)
    drafts.discard_draft(author=author, member_request=draft.member_request, place=draft.place)
    messages.success(request, _("The draft is thrown away."))
    return redirect("requests_app:my_drafts")


def kept_out_of_sight(
    request: HttpRequest, reference: str, typed: Typed | None = None
) -> HttpResponse:
    """A request that is not to be seen: 404, unless the adviser was reading it a moment ago.

    Then the request has gone where they may not follow, and what they typed is kept.
    """
    by, at, typed = adviser_of(request), timezone.now(), typed or typed_in(request)
    problems = composing.keep_out_of_sight(reference=reference, by=by, at=at, typed=typed)
    if problems is None:
        raise Http404
    for problem in problems:
        messages.error(request, problem)
    messages.warning(
        request,
        _("%(reference)s is no longer yours to read, and nothing was sent. What you typed is here.")
        % {"reference": reference},
    )
    return redirect("requests_app:my_drafts")


def save_or_discard(
    request: HttpRequest,
    member_request: MemberRequest | None,
    typed: Typed,
    *,
    by: User,
    at: datetime,
    page: str,
) -> HttpResponse:
    """Keep a draft, or forget it where its form is begun again; then back to the page."""
    if "discard" in request.POST:
        drafts.discard_draft(author=by, member_request=member_request, place=typed.place)
        return redirect(page)
    problems = composing.keep(member_request=member_request, by=by, at=at, typed=typed)
    if not request.htmx:  # type: ignore[attr-defined]
        for problem in problems:
            messages.error(request, problem)
        messages.success(request, _("Draft saved."))
    return draft_kept(redirect(page), request, at=at)


def draft_kept(otherwise: HttpResponse, request: HttpRequest, *, at: datetime) -> HttpResponse:
    """That the draft is kept, as the script of the page hears it; else what a person reads."""
    if not request.htmx:  # type: ignore[attr-defined]
        return otherwise
    response = render(request, "requests_app/_draft_saved.html", {"saved_at": at})
    # The script tells by this that the draft was saved, and not the sign-in page answered.
    response.headers["X-Draft"] = "saved"
    return response


@only(*Role)
@require_GET
def resume(request: HttpRequest) -> HttpResponse:
    """Back from the sign-in: what was typed before is a draft now, on the page it was typed on."""
    form = held.give_back(request)
    if form is None:
        return redirect("home")
    messages.warning(request, _("Nothing was sent, because your session had ended."))
    if form.had_files:
        messages.warning(request, _("Please choose your documents again."))
    where, by = resolve(form.path), user_of(request)
    typed = typed_from(form.fields, _place_of(where))
    reference = str(where.kwargs.get("reference", ""))
    member_request = None
    if reference:
        visible = MemberRequest.objects.visible_to(by, on=localdate())
        member_request = visible.filter(reference=reference).first()
        if member_request is None:
            return _gone(request, reference, typed)
    composing.keep(member_request=member_request, by=by, at=timezone.now(), typed=typed)
    return redirect(_page_of(by, reference, typed.place, query=whence_in(form.fields)))


def _gone(request: HttpRequest, reference: str, typed: Typed) -> HttpResponse:
    """It went out of sight meanwhile; members never lose sight of their own."""
    by, at = user_of(request), timezone.now()
    composing.keep_out_of_sight(reference=reference, by=by, at=at, typed=typed)
    return redirect("requests_app:my_drafts")


def _place_of(where: ResolverMatch) -> str:
    """The draft that belongs to the form which was sent to this address."""
    match where.url_name:
        case "hand_in" | "save_hand_in_draft":
            return drafts.hand_in_of(where.kwargs["number"])
        case "check_document" | "correct_document" | "refuse_document" | "save_review_draft":
            return drafts.review_of(where.kwargs["number"])
        case "saved_answer" | "save_answer_draft" | "throw_away_answer":
            return drafts.saved_answer_of(where.kwargs["key"])
        case "new_saved_answer" | "save_new_answer_draft":
            return drafts.saved_answer_of(None)
        case _message:
            return drafts.MESSAGE


def _page_of(user: User, reference: str, place: str, *, query: str) -> str:
    """The page on which such a form stands."""
    number = drafts.number_in(place)
    if place.startswith(drafts.SAVED_ANSWER):
        return _page_of_answer(number)
    if not reference:
        return reverse(f"requests_app:{'submit' if user.role == Role.MEMBER else 'log_call'}")
    if user.role == Role.MEMBER:
        part = f"#asked-{number}" if number else ""
        return reverse("requests_app:my_request", args=[reference]) + part
    if number:
        return reverse("requests_app:review", args=[reference, number]) + query
    return reverse("requests_app:detail", args=[reference]) + query


def _page_of_answer(number: int | None) -> str:
    if number is None:
        return reverse("requests_app:new_saved_answer")
    return reverse("requests_app:saved_answer", args=[number])
