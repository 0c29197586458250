"""The manager's pages: the pilot, and the report of one office and month."""

from datetime import date, datetime
from typing import cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from branches.models import Office, Pilot
from people.access import only
from people.models import User
from people.roles import Role
from reports import monthly, seal_page, selectors, shown
from reports.dashboard import choices, kept
from reports.models import MonthlyReport
from reports.response_times import DEFINITION_VERSION
from reports.seal_forms import PublishForm
from reports.wording import notes


@require_GET
@never_cache
@only(Role.MANAGER)
def pilot(request: HttpRequest) -> HttpResponse:
    """The pilot at a glance: from stored figures, as the address chooses."""
    now = timezone.now()
    found = Pilot.objects.current(on=timezone.localdate(now))
    if found is None:
        return render(request, "reports/no_pilot.html", {"page": "pilot"})
    try:
        choice = choices.read(request.GET, found)
    except choices.NoSuchChoice as error:
        raise Http404 from error
    context = {"page": "pilot", "glance": kept.glance(found, choice, at=now)}
    return render(request, "reports/pilot.html", context)


@require_GET
@never_cache
@only(Role.MANAGER)
def months(request: HttpRequest) -> HttpResponse:
    """The months before and during the pilot, office by office, and the job that computes them."""
    now = timezone.now()
    found = Pilot.objects.current(on=timezone.localdate(now))
    if found is None:
        return render(request, "reports/no_pilot.html", {"page": "pilot"})
    code = request.GET.get("office", "").replace("\0", "")
    office = get_object_or_404(Office, code=code) if code else None
    return render(
        request,
        "reports/months.html",
        {
            "page": "pilot",
            "content": selectors.months_page(found, at=now, office=office),
            "office": office,
            "version": DEFINITION_VERSION,
            "choices": selectors.offices_with_reports(),
            "notes": notes(),
        },
    )


@require_GET
@never_cache
@only(Role.MANAGER)
def monthly_report(request: HttpRequest, office: str, month: date) -> HttpResponse:
    """One office and month, with both clocks and the run that computed it."""
    now = timezone.now()
    found = _office(office, month, now)
    run = monthly.run_of(found, month)
    running = selectors.is_running(run)
    polled = "HX-Request" in request.headers
    template = "reports/monthly_report.html" + ("#run" if polled else "")
    report = MonthlyReport.objects.filter(office=found, month=month).first()
    hidden = report is not None and not polled and shown.is_hidden(report)
    response = render(
        request,
        template,
        {
            "page": "pilot",
            "office": found,
            "month": month,
            "report": report,
            "is_hidden": hidden,
            "seal": None if polled or report is None or hidden else seal_page.seal_page(report),
            "publish_form": report and PublishForm(report=report),
            "working_day_hours": monthly.working_day_hours_of(monthly.pilot_of(month)),
            "run": run,
            "is_running": running,
            "notes": notes(),
        },
    )
    patch_vary_headers(response, ["HX-Request"])
    if polled and not running:
        # The page around the fragment still shows the earlier figures.
        response.headers["HX-Refresh"] = "true"
    return response


@require_POST
@only(Role.MANAGER)
def recompute(request: HttpRequest, office: str, month: date) -> HttpResponse:
    """Ask a worker to compute a provisional month again."""
    now = timezone.now()
    found = _office(office, month, now)
    if monthly.ask_again(office=found, month=month, at=now, by=cast("User", request.user)):
        messages.success(request, _("The worker was asked. The new figures appear here."))
    else:
        messages.warning(
            request,
            _("The worker cannot be reached now. The month is computed with the next daily run."),
        )
    return redirect("reports:monthly_report", office=found.code, month=month)


def _office(code: str, month: date, now: datetime) -> Office:
    if not monthly.may_be_computed(month, at=now):
        raise Http404
    return get_object_or_404(Office, code=code)
