"""The page of an adviser's own figures. Its address names nobody: it is about who opens it."""

from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from branches.models import Pilot
from people.access import only
from people.models import User
from people.roles import Role
from reports.monthly import working_day_hours_of
from reports.own_figures import own_figures


@require_GET
@never_cache
@only(Role.ADVISER)
def own_figures_page(request: HttpRequest) -> HttpResponse:
    """Six months of one's own requests, seen by nobody else."""
    now = timezone.now()
    # The months stand beside each other, so all are told in working days of the same length.
    hours = working_day_hours_of(Pilot.objects.current(on=timezone.localdate(now)))
    months = own_figures(cast("User", request.user), at=now)
    content = {"page": "own_figures", "months": months, "hours": hours}
    return render(request, "reports/own_figures.html", content)
