"""An adviser writes down a call or a visit, in ten seconds."""

from datetime import datetime
from http import HTTPStatus
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.timezone import localdate, localtime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from branches.models import Pilot
from people.access import only
from people.models import User
from people.roles import Role
from requests_app import calls, composing, drafts
from requests_app.calls import CHANNELS, CallRefused, Outcome
from requests_app.forms.calls import BRANCH, CallForm
from requests_app.forms.fields import typed_in
from requests_app.models import Draft, MemberRequest
from requests_app.selectors.member import branches_with_topics
from requests_app.submission import SubmissionRefused
from requests_app.views.drafts import save_or_discard


def _adviser(request: HttpRequest) -> User:
    """Who is signed in; `only` has asked before."""
    assert isinstance(request.user, User)  # noqa: S101
    return request.user


@only(Role.ADVISER)
@require_http_methods(["GET", "HEAD", "POST"])
def log_call(request: HttpRequest) -> HttpResponse:
    by, at = _adviser(request), timezone.now()
    if by.posting_on(day=localdate(at)) is None:
        return render(request, "requests_app/no_posting.html", {"page": "log_call"})
    if request.method != "POST":
        return _empty_form(request, at=at)
    typed = typed_in(request)
    if "search" in request.POST:
        composing.keep(member_request=None, by=by, at=at, typed=typed)
        sought = typed.fields | {"member": ""}
        return _page(request, _form(request, at=at, initial=sought), key=typed.key)
    form = _form(request, at=at, data=request.POST)
    if form.is_valid():
        try:
            logged = calls.log_call(by=by, at=at, key=typed.key, **form.content)
        except (CallRefused, SubmissionRefused) as refused:
            form.add_error(None, str(refused))
        else:
            return _logged(request, logged, form)
    composing.keep(member_request=None, by=by, at=at, typed=typed)
    return _page(request, form, key=typed.key, status=HTTPStatus.UNPROCESSABLE_ENTITY)


def _form(request: HttpRequest, *, at: datetime, **kwargs: object) -> CallForm:
    return CallForm(by=_adviser(request), at=at, branches=branches_with_topics(), **kwargs)


def _empty_form(request: HttpRequest, *, at: datetime) -> HttpResponse:
    """The draft if there is one; else a call that is going on now, and is about one's branch."""
    by = _adviser(request)
    draft = _draft(by)
    if draft:
        return _page(
            request,
            _form(request, at=at, initial=draft.fields | _asked_for(request)),
            key=draft.submission_key,
        )
    posting = by.posting_on(day=localdate(at))
    works_by_branch = posting and Pilot.objects.works_by_branch(posting.office, on=localdate(at))
    own = posting.branch if posting and works_by_branch else None
    initial = {
        "channel": CHANNELS[0],
        "arrived_at": localtime(at),
        "outcome": Outcome.CLOSED,
        "about": f"{BRANCH}:{own.code}" if own else "",
    }
    return _page(request, _form(request, at=at, initial=initial | _asked_for(request)), key=uuid4())


def _draft(by: User) -> Draft | None:
    """The draft of a call, if anything was typed in it."""
    draft = drafts.find_draft(author=by, member_request=None)
    typed = ("find", "member", "subject", "body", "answer")
    return draft if draft and any(draft.fields.get(name, "").strip() for name in typed) else None


def _asked_for(request: HttpRequest) -> dict[str, str]:
    """The member from whose page the adviser comes."""
    number = request.GET.get("member", "")
    return {"member": number, "find": ""} if number else {}


def _page(
    request: HttpRequest, form: CallForm, *, key: UUID, status: HTTPStatus = HTTPStatus.OK
) -> HttpResponse:
    context = {
        "page": "log_call",
        "form": form,
        "members": form.members,
        "chosen": form.chosen,
        "sought": str(form["find"].value() or "").strip(),
        "key": key,
        "draft": _draft(_adviser(request)),
    }
    return render(request, "requests_app/log_call.html", context, status=status)


def _logged(request: HttpRequest, logged: MemberRequest, form: CallForm) -> HttpResponse:
    """To the request; to its member where others read the request from here on."""
    named = {"reference": logged.reference}
    visible = MemberRequest.objects.visible_to(_adviser(request), on=localdate())
    if visible.filter(pk=logged.pk).exists():
        messages.success(request, _("Logged as %(reference)s.") % named)
        return redirect("requests_app:detail", logged.reference)
    messages.success(request, _("Logged as %(reference)s, which others read from here on.") % named)
    return redirect("requests_app:member_page", form.cleaned_data["member"].number)


@only(Role.ADVISER)
@require_POST
def save_call_draft(request: HttpRequest) -> HttpResponse:
    by, at, page = _adviser(request), timezone.now(), reverse("requests_app:log_call")
    return save_or_discard(request, None, typed_in(request), by=by, at=at, page=page)
