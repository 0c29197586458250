"""The pages on which the plan of a pilot is entered, read, locked and changed."""

from http import HTTPStatus
from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from branches.models import Pilot
from people.access import only
from people.models import User
from people.roles import Role
from reports import pilot_plan, plan_page
from reports.plan_form import PlanForm

plans_are_kept_by = only(Role.MANAGER, Role.ADMINISTRATOR)


@require_GET
@never_cache
@plans_are_kept_by
def plans(request: HttpRequest) -> HttpResponse:
    """Every pilot, the newest first."""
    found = Pilot.objects.select_related("plan").order_by("-starts_on", "-id")
    return render(request, "reports/plans.html", {"page": "plan", "pilots": found})


@require_GET
@never_cache
@plans_are_kept_by
def plan(request: HttpRequest, pilot: int) -> HttpResponse:
    """What is compared, by what the pilot is judged, since when that is fixed, what changed."""
    found = get_object_or_404(Pilot, pk=pilot)
    content = plan_page.plan_page(found)
    return render(request, "reports/plan.html", {"page": "plan", "content": content})


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@plans_are_kept_by
def new_plan(request: HttpRequest) -> HttpResponse:
    """Enter a pilot."""
    if request.method != "POST":
        return _form_page(request, PlanForm(initial=plan_page.USUAL), None)
    form = PlanForm(request.POST)
    if not form.is_valid():
        return _form_page(request, form, None)
    try:
        stored = pilot_plan.enter(
            plan=form.plan(), by=cast("User", request.user), at=timezone.now()
        )
    except pilot_plan.PlanRefused as refused:
        form.add_error(None, str(refused))
        return _form_page(request, form, None)
    messages.success(request, _("The plan is stored. Lock it before the pilot begins."))
    return redirect("reports:plan", pilot=stored.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@plans_are_kept_by
def edit_plan(request: HttpRequest, pilot: int) -> HttpResponse:
    """Change a plan; one that is locked, with a reason that stays."""
    found = get_object_or_404(Pilot, pk=pilot)
    is_locked = plan_page.is_locked(found)
    if request.method != "POST":
        values = PlanForm.values_of(pilot_plan.of_pilot(found))
        return _form_page(request, PlanForm(initial=values, is_locked=is_locked), found)
    form = PlanForm(request.POST, is_locked=is_locked)
    if not form.is_valid():
        return _form_page(request, form, found)
    try:
        told = pilot_plan.change(
            pilot=found,
            plan=form.plan(),
            reason=form.cleaned_data.get("reason", ""),
            by=cast("User", request.user),
            at=timezone.now(),
        )
    except pilot_plan.PlanRefused as refused:
        form.add_error(None, str(refused))
        return _form_page(request, form, found)
    messages.success(
        request, _("The change stands on this page.") if told else _("The plan is stored.")
    )
    return redirect("reports:plan", pilot=found.pk)


@require_POST
@plans_are_kept_by
def lock_plan(request: HttpRequest, pilot: int) -> HttpResponse:
    """Fix the plan."""
    found = get_object_or_404(Pilot, pk=pilot)
    try:
        pilot_plan.lock(pilot=found, by=cast("User", request.user), at=timezone.now())
        messages.success(request, _("The plan is locked."))
    except pilot_plan.PlanRefused as refused:
        messages.warning(request, str(refused))
    return redirect("reports:plan", pilot=found.pk)


def _form_page(request: HttpRequest, form: PlanForm, pilot: Pilot | None) -> HttpResponse:
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    context = {"page": "plan", "form": form, "pilot": pilot}
    return render(request, "reports/edit_plan.html", context, status=status)
