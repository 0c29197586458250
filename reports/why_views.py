"""From a figure to the requests behind it: a page, and the same rows as a file."""

from datetime import date
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from branches.exports import CSV_TYPE, as_csv, attachment
from people.access import only
from people.roles import Role
from reports import shown
from reports.models import MonthlyReport, Recomputation
from reports.seal_models import Dimension
from reports.why import Behind, NotShown, Version, behind, group_name
from reports.why_table import rows_table

ROWS_A_PAGE = 50


@require_GET
@never_cache
@only(Role.MANAGER)
def why(request: HttpRequest, office: str, month: date) -> HttpResponse:
    """The requests behind the figures of an office and month, or of one group in it."""
    found = _behind(request, office, month)
    # A number that is none shows the first page, one that is too large the last.
    pages = Paginator(range(found.order.size), ROWS_A_PAGE).get_page(request.GET.get("page"))
    asked = {name: request.GET[name] for name in ("by", "key", "version") if name in request.GET}
    return render(
        request,
        "reports/why.html",
        {
            "page": "pilot",
            "office": _report_of(found.version).office,
            "month": month,
            "found": found,
            "group": group_name(found.dimension, found.key),
            "rows": found.rows(pages.start_index() - 1, pages.end_index()) if pages else [],
            "pages": pages,
            "asked": urlencode(asked),
        },
    )


@require_GET
@never_cache
@only(Role.MANAGER)
def why_rows(request: HttpRequest, office: str, month: date) -> HttpResponse:
    """The same rows, all of them, as CSV."""
    found = _behind(request, office, month)
    parts = [office, f"{month:%Y-%m}", *filter(None, (found.dimension, found.key)), "rows.csv"]
    return attachment(as_csv(rows_table(found)), name="-".join(parts), content_type=CSV_TYPE)


def _behind(request: HttpRequest, office: str, month: date) -> Behind:
    by, key = request.GET.get("by", ""), request.GET.get("key", "")
    if by and by not in Dimension.values:
        raise Http404(_("There is no such figure."))
    version = _version(office, month, request.GET.get("version", ""))
    try:
        return behind(version, dimension=Dimension(by) if by else None, key=key if by else "")
    except NotShown:
        raise Http404(_("There is no such figure.")) from None


def _version(office: str, month: date, number: str) -> Version:
    """The report, or with a number that version beside it."""
    reports = MonthlyReport.objects.select_related("office")
    report = get_object_or_404(reports, office__code=office, month=month)
    if shown.is_hidden(report):
        raise Http404(_("There is no such figure."))
    if not number:
        return report
    if not (number.isascii() and number.isdigit() and len(number) < 5):
        raise Http404(_("There is no such figure."))
    versions = Recomputation.objects.select_related("report__office")
    return get_object_or_404(versions, report=report, version=int(number))


def _report_of(version: Version) -> MonthlyReport:
    return version.report if isinstance(version, Recomputation) else version
