"""Asking other branches for their view, and taking back what was done a moment ago."""

from functools import partial

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from people.access import only
from people.roles import Role
from requests_app import consulting, replying, undoing
from requests_app.composing import FilesRefused
from requests_app.forms.adviser import ActionForm, AdviseForm, ConsultForm
from requests_app.forms.fields import typed_in
from requests_app.models import MemberRequest
from requests_app.refusals import TransitionRefused
from requests_app.views.adviser import act_on, back_to
from requests_app.views.panes import adviser_of
from requests_app.whereabouts import just_done_by


@only(Role.ADVISER)
@require_POST
def consult(request: HttpRequest, reference: str) -> HttpResponse:
    done = _("The other branch is asked for its view. The request stays where it is.")
    return act_on(request, reference, ConsultForm, consulting.ask, done=done, name="consult")


@only(Role.ADVISER)
@require_POST
def answer_consultation(request: HttpRequest, reference: str, key: int) -> HttpResponse:
    done = _("Your view is given.")
    if _is_given(request, reference, key):
        messages.success(request, done)
        return back_to(request, reference)
    act = partial(consulting.advise, consultation=key)
    return act_on(request, reference, AdviseForm, act, done=done, name="advise")


def _is_given(request: HttpRequest, reference: str, key: int) -> bool:
    """Whether this is a second press, and the first one has ended the right to read the request."""
    by = adviser_of(request)
    visible = MemberRequest.objects.visible_to(by, on=localdate())
    member_request = MemberRequest.objects.filter(reference=reference).first()
    if member_request is None or visible.filter(pk=member_request.pk).exists():
        return False
    form = AdviseForm(request.POST, member_request=member_request)
    return form.is_valid() and consulting.was_given(
        consultation=key, by=by, advice=form.given["advice"]
    )


@only(Role.ADVISER)
@require_POST
def withdraw_consultation(request: HttpRequest, reference: str, key: int) -> HttpResponse:
    act = partial(consulting.withdraw, consultation=key)
    return act_on(request, reference, ActionForm, act, done=_("The question is withdrawn."))


@only(Role.ADVISER)
@require_POST
def undo(request: HttpRequest, reference: str) -> HttpResponse:
    """Also where the request has gone to a branch whose requests this adviser may not read."""
    by, at = adviser_of(request), timezone.now()
    visible = MemberRequest.objects.visible_to(by, on=localdate(at))
    within_reach = MemberRequest.objects.filter(
        Q(pk__in=visible.values("pk")) | just_done_by(by, at=at)
    )
    member_request = get_object_or_404(
        within_reach.select_related("member__user"), reference=reference
    )
    form = ActionForm(request.POST, member_request=member_request)
    try:
        # Without a version nothing says what the adviser saw: then it is not this one.
        version = form.cleaned_data["version"] if form.is_valid() else 0
        replying.act_beside(
            undoing.undo,
            member_request=member_request,
            by=by,
            at=at,
            version=version,
            typed=typed_in(request),
            menu=form.menu,
        )
    except FilesRefused as refused:
        messages.error(request, " ".join(refused.problems))
    except TransitionRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("%(reference)s: undone.") % {"reference": reference})
    return back_to(request, reference)
