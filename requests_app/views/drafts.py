"""What an adviser has typed and not sent, in one list: also where the request itself has gone."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import resolve, reverse
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
    drafts.discard_draft(author=author, member_request=draft.member_request)
    messages.success(request, _("The draft is thrown away."))
    return redirect("requests_app:my_drafts")


def kept_out_of_sight(request: HttpRequest, reference: str) -> HttpResponse:
    """A request that is not to be seen: 404, unless the adviser was reading it a moment ago.

    Then the request has gone where they may not follow, and what they typed is kept.
    """
    typed = typed_in(request)
    is_kept = drafts.keep_out_of_sight(
        reference=reference,
        by=adviser_of(request),
        at=timezone.now(),
        fields=typed.fields,
        key=typed.key,
    )
    if not is_kept:
        raise Http404
    messages.warning(
        request,
        _("%(reference)s is no longer yours to read, and nothing was sent. What you typed is here.")
        % {"reference": reference},
    )
    return redirect("requests_app:my_drafts")


@only(Role.MEMBER, Role.ADVISER)
@require_GET
def resume(request: HttpRequest) -> HttpResponse:
    """Back from the sign-in: what was typed before is a draft now, on the page it was typed on."""
    form = held.give_back(request)
    if form is None:
        return redirect("home")
    messages.warning(request, _("Nothing was sent, because your session had ended."))
    if form.had_files:
        messages.warning(request, _("Please choose your documents again."))
    where, typed, by = resolve(form.path), typed_from(form.fields), user_of(request)
    reference = str(where.kwargs.get("reference", ""))
    member_request = None
    if reference:
        visible = MemberRequest.objects.visible_to(by, on=localdate())
        member_request = visible.filter(reference=reference).first()
        if member_request is None:
            return _gone(request, reference, typed)
    composing.keep(member_request=member_request, by=by, at=timezone.now(), typed=typed)
    return redirect(_page_of(by, reference) + whence_in(form.fields))


def _gone(request: HttpRequest, reference: str, typed: Typed) -> HttpResponse:
    """It went out of sight meanwhile; members never lose sight of their own."""
    drafts.keep_out_of_sight(
        reference=reference,
        by=user_of(request),
        at=timezone.now(),
        fields=typed.fields,
        key=typed.key,
    )
    return redirect("requests_app:my_drafts")


def _page_of(user: User, reference: str) -> str:
    """The page on which such a form stands."""
    if user.role == Role.MEMBER:
        page = "my_request" if reference else "submit"
    else:
        page = "detail" if reference else "log_call"
    return reverse(f"requests_app:{page}", args=[reference] if reference else [])
