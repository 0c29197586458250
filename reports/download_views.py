"""Files of the monthly reports: PDF to read and to send, XLSX and CSV to go on computing."""

from datetime import date

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from branches.exports import CSV_TYPE, PDF_TYPE, XLSX_TYPE, as_csv, as_xlsx, attachment
from people.access import only
from people.roles import Role
from reports import monthly, shown
from reports.models import MonthlyReport
from reports.monthly_document import monthly_document
from reports.monthly_sheets import sheets
from reports.monthly_tables import monthly_table
from reports.pdf import as_pdf
from reports.seal_page import seal_page


@require_GET
@never_cache
@only(Role.MANAGER)
def monthly_file(_request: HttpRequest, office: str, month: date, ending: str) -> HttpResponse:
    """The stored report of one office and month as a file, in the language of the page."""
    reports = MonthlyReport.objects.select_related("office")
    report = get_object_or_404(reports, office__code=office, month=month)
    if shown.is_hidden(report):
        raise Http404(_("There is no such file."))
    name = f"{office}-{month:%Y-%m}.{ending}"
    if ending == "pdf":
        hours = monthly.working_day_hours_of(monthly.pilot_of(month))
        document = monthly_document(report, seal=seal_page(report), working_day_hours=hours)
        return attachment(as_pdf(document, at=report.cut_off), name=name, content_type=PDF_TYPE)
    if ending == "csv":
        return attachment(as_csv(monthly_table([report])), name=name, content_type=CSV_TYPE)
    if ending == "xlsx":
        title = f"{report.office.name}, {month:%Y-%m}"
        content = as_xlsx(sheets(report, seal_page(report)), title=title, at=report.cut_off)
        return attachment(content, name=name, content_type=XLSX_TYPE)
    raise Http404(_("There is no such file."))
