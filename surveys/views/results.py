"""The manager's pages of results, their files, and the comments that wait for a reader."""

from typing import cast
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from branches.exports import CSV_TYPE, XLSX_TYPE, as_csv, as_xlsx, attachment
from branches.models import Pilot
from people.access import only
from people.models import User
from people.roles import Role
from surveys import results, screening
from surveys.enums import Kind
from surveys.models import Comment, Wave
from surveys.response import compared
from surveys.result_tables import codebook, results_table, taking_part_table
from surveys.screening import ScreeningRefused
from surveys.selectors import progress_of
from surveys.stored_figures import figures_of
from surveys.tallies import FEWEST


def _pilot() -> Pilot:
    pilot = Pilot.objects.current(on=timezone.localdate())
    if pilot is None:
        raise Http404
    return pilot


@require_GET
@never_cache
@only(Role.MANAGER)
def months(request: HttpRequest, kind: str) -> HttpResponse:
    """Every question month by month, pilot beside comparison."""
    if kind not in Kind.values:
        raise Http404
    waves = results.finished_waves(_pilot(), Kind(kind))
    tallies = figures_of(waves)
    context = {
        "page": "surveys",
        "kind": Kind(kind),
        "kinds": Kind,
        "taking_part": results.taking_part(waves),
        "courses": results.courses_of(tallies),
        "fewest": FEWEST[Kind(kind)],
        "waiting": screening.waiting_comments().count(),
    }
    return render(request, "surveys/months.html", context)


@require_GET
@never_cache
@only(Role.MANAGER)
def wave_results(request: HttpRequest, key: int) -> HttpResponse:
    """One wave: who is missing first, then each question, then comments."""
    wave = get_object_or_404(
        Wave.objects.select_related("pilot", "questionnaire", "figures"), pk=key
    )
    tallies = next(iter(figures_of([wave])), None)
    context = {"page": "surveys", "wave": wave, "fewest": FEWEST[Kind(wave.kind)]}
    if tallies:
        facts = compared(wave)
        context |= {
            "progress": progress_of(wave),
            "facts": facts,
            "clear": [fact for fact in facts if fact.is_clear],
            "questions": results.questions_of(tallies),
            "comments": results.shown_comments(wave, tallies),
            "fewest_for_comments": results.FEWEST_FOR_COMMENTS,
            "has_comments": bool(tallies.form.comment),
        }
    return render(request, "surveys/results.html", context)


@require_GET
@never_cache
@only(Role.MANAGER)
def results_file(_request: HttpRequest, name: str, ending: str) -> HttpResponse:
    """Who took part, results and codebook: a CSV file each, or one workbook of all."""
    pilot, now = _pilot(), timezone.now()
    waves = results.finished_waves(pilot)
    tallies = figures_of(waves)
    tables = {
        "taking-part": taking_part_table(waves),
        "results": results_table(tallies),
        "codebook": codebook(tallies),
    }
    if name not in tables or ending not in {"csv", "xlsx"}:
        raise Http404
    file_name = f"{name}-{timezone.localdate(now):%Y-%m-%d}.{ending}"
    if ending == "csv":
        return attachment(as_csv(tables[name]), name=file_name, content_type=CSV_TYPE)
    content = as_xlsx(list(tables.values()), title=_("Results of the surveys"), at=now)
    return attachment(content, name=file_name, content_type=XLSX_TYPE)


@require_GET
@never_cache
@only(Role.MANAGER)
def comments(request: HttpRequest) -> HttpResponse:
    """Comments that nobody has read yet."""
    return _comments(request)


@require_POST
@only(Role.MANAGER)
def read_comment(request: HttpRequest, key: UUID) -> HttpResponse:
    """Release a comment as it was left, or withhold it."""
    comment = get_object_or_404(Comment.objects.filter(wave__mixed_at__isnull=False), pk=key)
    by, now = cast("User", request.user), timezone.now()
    typed = request.POST.get("text", "")
    try:
        if request.POST.get("decision") == "withhold":
            screening.withhold(comment=comment, by=by, at=now)
        else:
            screening.release(comment=comment, text=typed, by=by, at=now)
    except ScreeningRefused as refused:
        return _comments(request, refused=(comment.pk, typed, str(refused)), status=422)
    messages.success(request, _("The comment was read."))
    return redirect("surveys:comments")


def _comments(
    request: HttpRequest, *, refused: tuple[UUID, str, str] | None = None, status: int = 200
) -> HttpResponse:
    waiting = list(screening.waiting_comments()[:50])
    context = {
        "page": "surveys",
        "waiting": waiting,
        "number": screening.waiting_comments().count(),
        "refused": refused,
        "is_gone": refused and refused[0] not in {comment.pk for comment in waiting},
    }
    return render(request, "surveys/comments.html", context, status=status)
