"""From a figure to the requests behind it: a page, and the same rows as a file."""

from datetime import date
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from branches.exports import CSV_TYPE, as_csv, attachment
from branches.models import Pilot
from people.access import only
from people.roles import Role
from reports import shown, why_words
from reports.models import MonthlyReport, Recomputation
from reports.seal_models import Dimension
from reports.why.asked import Asked, read
from reports.why.groups import group_names
from reports.why.registry import FIGURES
from reports.why.responses import Version
from reports.why.rows import Behind, NotShown
from reports.why.waits import of_report
from reports.why_table import rows_table
from reports.why_words import Place

ROWS_A_PAGE = 50


@require_GET
@never_cache
@only(Role.MANAGER)
def why_figure(request: HttpRequest, figure: str) -> HttpResponse:
    """The requests behind any figure of the dashboard or of the comparison."""
    asked, found = _figure(request, figure)
    place = why_words.place_of(asked, figure)
    return _page(request, found, place, rows="reports:why_figure_rows", names=[figure])


@require_GET
@never_cache
@only(Role.MANAGER)
def why_figure_rows(request: HttpRequest, figure: str) -> HttpResponse:
    """The same rows, all of them, as CSV."""
    asked, found = _figure(request, figure)
    office = asked.office.code if asked.office else str(asked.side)
    title = why_words.place_of(asked, figure).title
    return _file(found, title, [office, asked.period, figure, asked.by, asked.key])


@require_GET
@never_cache
@only(Role.MANAGER)
def why(request: HttpRequest, office: str, month: date) -> HttpResponse:
    """The requests behind the figures of a report of an office and month, or of one group in it."""
    version, found = _report(request, office, month)
    place = why_words.place_of_report(
        version, request.GET.get("by", ""), request.GET.get("key", "")
    )
    names = [office, f"{month:%Y-%m}"]
    return _page(request, found, place, rows="reports:why_rows", names=names)


@require_GET
@never_cache
@only(Role.MANAGER)
def why_rows(request: HttpRequest, office: str, month: date) -> HttpResponse:
    """The same rows, all of them, as CSV."""
    version, found = _report(request, office, month)
    by, key = request.GET.get("by", ""), request.GET.get("key", "")
    title = why_words.place_of_report(version, by, key).title
    return _file(found, title, [office, f"{month:%Y-%m}", by, key])


def _figure(request: HttpRequest, figure: str) -> tuple[Asked, Behind]:
    pilot = Pilot.objects.current(on=timezone.localdate())
    if figure not in FIGURES or pilot is None:
        raise Http404(_("There is no such figure."))
    try:
        asked = read(request.GET, pilot)
        return asked, FIGURES[figure].behind(asked)
    except NotShown:
        raise Http404(_("There is no such figure.")) from None


def _report(request: HttpRequest, office: str, month: date) -> tuple[Version, Behind]:
    version = _version(office, month, request.GET.get("version", ""))
    by = request.GET.get("by", "")
    try:
        found = of_report(version, by=by, key=request.GET.get("key", "") if by else "")
    except NotShown:
        raise Http404(_("There is no such figure.")) from None
    return version, found


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


def _page(
    request: HttpRequest, found: Behind, place: Place, *, rows: str, names: list[str]
) -> HttpResponse:
    # A number that is none shows the first page, one that is too large the last.
    pages = Paginator(range(found.size), ROWS_A_PAGE).get_page(request.GET.get("page"))
    kept = ("side", "office", "period", "by", "key", "version")
    asked = {name: request.GET[name] for name in kept if name in request.GET}
    return render(
        request,
        "reports/why.html",
        {
            "page": "pilot",
            "found": found,
            "place": place,
            "rows": found.rows(pages.start_index() - 1, pages.end_index()) if pages else [],
            "pages": pages,
            "branch_names": group_names(Dimension.BRANCH),
            "asked": urlencode(asked),
            "file": why_words.file_address(rows, names, asked),
        },
    )


def _file(found: Behind, title: str, names: list[str]) -> HttpResponse:
    name = "-".join([*filter(None, names), "rows.csv"]).replace(">", "-to-")
    return attachment(as_csv(rows_table(found, title=title)), name=name, content_type=CSV_TYPE)
