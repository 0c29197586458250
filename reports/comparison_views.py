"""The page of the comparison of the offices."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from branches.models import Pilot
from people.access import only
from people.roles import Role
from reports import comparison_page, comparison_result, comparison_tables
from reports.why.compared import FROM_REQUESTS
from reports.wording import notes


@require_GET
@never_cache
@only(Role.MANAGER)
def comparison(request: HttpRequest) -> HttpResponse:
    """What the pilot changed beyond what changed elsewhere, and how unusual that is."""
    now = timezone.now()
    pilot = Pilot.objects.current(on=timezone.localdate(now))
    if pilot is None:
        return render(request, "reports/no_pilot.html", {"page": "comparison"})
    content = comparison_page.comparison_page(pilot)
    return render(
        request,
        "reports/comparison.html",
        {"page": "comparison", "content": content, "notes": notes()},
    )


@require_GET
@never_cache
@only(Role.MANAGER)
def comparison_cells(request: HttpRequest, outcome: str) -> HttpResponse:
    """The figures of each office and month from which a difference was computed."""
    pilot = Pilot.objects.current(on=timezone.localdate())
    stored = comparison_result.latest(pilot) if pilot else None
    if stored is None or outcome not in FROM_REQUESTS or outcome not in stored.result["outcomes"]:
        raise Http404(_("There is no such figure."))
    content = comparison_tables.cells_page(stored, outcome)
    return render(
        request, "reports/comparison_cells.html", {"page": "comparison", "content": content}
    )


@require_POST
@only(Role.MANAGER)
def compare_again(request: HttpRequest) -> HttpResponse:
    """Ask a worker to compare the offices as of now."""
    now = timezone.now()
    pilot = Pilot.objects.current(on=timezone.localdate(now))
    if pilot is not None and comparison_result.ask(pilot=pilot, at=now):
        messages.success(request, _("The worker was asked. The new comparison appears here."))
    else:
        messages.warning(
            request, _("The worker cannot be reached now. The offices are compared each morning.")
        )
    return redirect("reports:comparison")
