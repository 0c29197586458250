"""A manager publishes a sealed month with words of their own."""

from datetime import datetime

from django.utils.translation import gettext as _

from people.models import User
from people.plain_text import clean_text
from reports.models import MonthlyReport, Publication, Recomputation
from reports.recomputing import NotSealed
from reports.seal_models import WORDS_LENGTH


def publish(
    *,
    report: MonthlyReport,
    words: str,
    by: User,
    at: datetime,
    recomputation: Recomputation | None = None,
) -> Publication:
    """Publish these words beside a sealed report. Earlier words stay, each with its date.

    With `recomputation` they are about that later version. Raises NotSealed, and ValidationError
    for words that cannot be stored.
    """
    if report.sealed_at is None:
        raise NotSealed(_("Only a sealed month can be published: this one may still change."))
    if recomputation is not None and recomputation.report_id != report.pk:
        raise ValueError("A version belongs to the report that it stands beside.")
    return Publication.objects.create(
        report=report,
        recomputation=recomputation,
        words=clean_text(words, limit=WORDS_LENGTH),
        published_at=at,
        published_by=by,
    )
