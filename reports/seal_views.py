"""A manager publishes a sealed month with words of their own."""

from datetime import date
from http import HTTPStatus
from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from people.access import only
from people.models import User
from people.roles import Role
from reports import publishing
from reports.models import MonthlyReport
from reports.recomputing import NotSealed
from reports.seal_forms import PublishForm


@require_POST
@only(Role.MANAGER)
def publish(request: HttpRequest, office: str, month: date) -> HttpResponse:
    """Publish; what was typed comes back when it cannot be."""
    reports = MonthlyReport.objects.select_related("office")
    report = get_object_or_404(reports, office__code=office, month=month)
    form = PublishForm(request.POST, report=report)
    if form.is_valid():
        try:
            publishing.publish(
                report=report,
                words=form.cleaned_data["words"],
                recomputation=form.cleaned_data["version"],
                by=cast("User", request.user),
                at=timezone.now(),
            )
        except NotSealed as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("Published."))
            return redirect("reports:monthly_report", office=office, month=month)
    content = {
        "page": "pilot",
        "office": report.office,
        "month": month,
        "publish_form": form,
        "has_versions": bool(form.versions),
    }
    return render(request, "reports/publish.html", content, status=HTTPStatus.UNPROCESSABLE_ENTITY)
