"""The next request for an adviser who does not choose, and the days on which one is away."""

from http import HTTPStatus

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from people.access import only
from people.models import Absence, User
from people.roles import Role
from requests_app import absences, taking
from requests_app.absences import AbsenceRefused
from requests_app.forms.absence import AbsenceForm


def _adviser(request: HttpRequest) -> User:
    """Who is signed in; `only` has asked before."""
    assert isinstance(request.user, User)  # noqa: S101
    return request.user


@only(Role.ADVISER)
@require_POST
def take_next(request: HttpRequest) -> HttpResponse:
    taken = taking.take_next(by=_adviser(request), at=timezone.now())
    if taken is None:
        messages.info(request, _("No request waits for an adviser here."))
        return redirect("requests_app:queue")
    messages.success(request, _("You have this request now."))
    return redirect("requests_app:detail", taken.reference)


@only(Role.ADVISER)
@require_http_methods(["GET", "HEAD", "POST"])
def absence(request: HttpRequest) -> HttpResponse:
    today = localdate()
    if request.method != "POST":
        return _page(request, AbsenceForm(today=today, initial={"starts_on": today}))
    form = AbsenceForm(request.POST, today=today)
    if form.is_valid():
        try:
            absences.record(by=_adviser(request), at=timezone.now(), **form.cleaned_data)
        except AbsenceRefused as refused:
            form.add_error("starts_on", str(refused))
        else:
            messages.success(request, _("Your absence is recorded."))
            return redirect("requests_app:absence")
    return _page(request, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)


def _page(
    request: HttpRequest, form: AbsenceForm, *, status: HTTPStatus = HTTPStatus.OK
) -> HttpResponse:
    own = Absence.objects.filter(adviser=_adviser(request)).not_over(on=form.today)
    context = {"page": "absence", "form": form, "today": form.today}
    context["absences"] = own.order_by("starts_on", "pk")
    return render(request, "requests_app/absence.html", context, status=status)


@only(Role.ADVISER)
@require_POST
def cancel_absence(request: HttpRequest, key: int) -> HttpResponse:
    absences.cancel(absence=get_object_or_404(Absence, adviser=_adviser(request), pk=key))
    messages.success(request, _("The absence is cancelled."))
    return redirect("requests_app:absence")
