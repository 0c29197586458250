"""The member hands in a document that the office has asked for."""

from dataclasses import replace

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from people.access import only
from people.models import User
from people.roles import Role
from requests_app import composing, drafts, handing_in
from requests_app.asked_models import AskedDocument
from requests_app.composing import FilesRefused
from requests_app.forms.asked import HandInForm
from requests_app.forms.fields import typed_in
from requests_app.transitions import TransitionRefused
from requests_app.views.drafts import save_or_discard
from requests_app.views.member import conversation_page, visible_request


@only(Role.MEMBER)
@require_http_methods(["GET", "HEAD", "POST"])
def hand_in(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    user, asked = _asked(request, reference, number)
    page = _place(reference, number)
    if request.method != "POST":
        return redirect(page)
    typed, at = typed_in(request, drafts.hand_in_of(number)), timezone.now()
    form = HandInForm(request.POST, request.FILES, number=number, key=typed.key)
    if form.is_valid():
        body = form.cleaned_data["body"]
        try:
            handing_in.hand_in(asked=asked, by=user, at=at, typed=typed, body=body)
        except FilesRefused as refused:
            form.add_error("documents", refused.problems)
        except TransitionRefused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(
                request, _("Your document has arrived. We tell you when it is checked.")
            )
            return redirect(page)
    if typed.files:
        # No file of a form that is sent back is kept, and no browser fills it in again.
        form.add_error("documents", _("Please choose your documents again."))
    member_request = asked.member_request
    words = replace(typed, files=(), announced=())
    composing.keep(member_request=member_request, by=user, at=at, typed=words)
    return conversation_page(request, visible_request(request, reference), hand_in=form)


@only(Role.MEMBER)
@require_POST
def save_hand_in_draft(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    """The words that go with a document save themselves; its files go with the sending."""
    user, asked = _asked(request, reference, number)
    typed = typed_in(request, drafts.hand_in_of(number))
    if typed.files and not request.htmx:  # type: ignore[attr-defined]
        messages.warning(request, _("Please choose your documents again."))
    return save_or_discard(
        request,
        asked.member_request,
        replace(typed, files=(), announced=()),
        by=user,
        at=timezone.now(),
        page=_place(reference, number),
    )


def _asked(request: HttpRequest, reference: str, number: int) -> tuple[User, AskedDocument]:
    user = request.user
    assert isinstance(user, User)  # noqa: S101
    visible = AskedDocument.objects.visible_to(user, on=localdate())
    return user, get_object_or_404(
        visible.select_related("member_request"),
        member_request__reference=reference,
        number=number,
    )


def _place(reference: str, number: int) -> str:
    return reverse("requests_app:my_request", args=[reference]) + f"#asked-{number}"
