"""The manager's pages: waves, a plan, how a wave goes on, and drawing it again."""

from collections.abc import Callable
from typing import cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from branches.exports import as_csv, attachment
from branches.models import Pilot
from people.access import only
from people.models import User
from people.roles import Role
from surveys import frame_table, selectors, waves
from surveys.enums import UNSENT_STATES, State, Step
from surveys.forms import WaveForm
from surveys.models import Wave
from surveys.waves import WaveRefused


@require_GET
@never_cache
@only(Role.MANAGER)
def wave_list(request: HttpRequest) -> HttpResponse:
    """Every wave of the pilot, newest first."""
    pilot = Pilot.objects.current(on=timezone.localdate())
    rows = selectors.wave_rows(pilot) if pilot else []
    return render(request, "surveys/waves.html", {"page": "surveys", "rows": rows, "pilot": pilot})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@only(Role.MANAGER)
def plan(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    pilot = Pilot.objects.current(on=timezone.localdate(now))
    if pilot is None:
        raise Http404
    form = WaveForm(
        request.POST or None,
        months=selectors.months_to_plan(pilot, on=timezone.localdate(now)),
        offices=selectors.offices_of(pilot),
    )
    if request.method == "POST" and form.is_valid():
        try:
            by = cast("User", request.user)
            wave = waves.plan(pilot=pilot, by=by, at=now, **form.cleaned_data)
        except WaveRefused as refused:
            form.add_error("month", str(refused))
        else:
            return redirect("surveys:wave", wave.pk)
    status = 422 if request.method == "POST" else 200
    context = {"page": "surveys", "form": form, "pilot": pilot}
    return render(request, "surveys/plan.html", context, status=status)


def _wave(key: int) -> Wave:
    found = Wave.objects.select_related("pilot", "questionnaire", "planned_by")
    return get_object_or_404(found, pk=key)


@require_GET
@never_cache
@only(Role.MANAGER)
def wave(request: HttpRequest, key: int) -> HttpResponse:
    """What a wave will show, or how far it is; while it runs, that part asks for itself again."""
    found, now = _wave(key), timezone.now()
    context = {
        "page": "surveys",
        "wave": found,
        "steps": selectors.steps_of(found),
        "events": selectors.history_of(found),
        "until": waves.open_until(found, at=now),
    }
    if found.state in UNSENT_STATES:
        context["outlook"] = selectors.outlook(found, on=timezone.localdate(now))
    else:
        context["progress"] = selectors.progress_of(found)
    if found.paused_at:
        context["closes_by_itself"] = found.paused_at + waves.PAUSED_AT_MOST
    is_part = request.htmx and "progress" in context  # type: ignore[attr-defined]
    template = "surveys/wave.html#progress" if is_part else "surveys/wave.html"
    response = render(request, template, context)
    patch_vary_headers(response, ["HX-Request"])
    return response


STEPS: dict[Step, Callable[..., object]] = {
    Step.DRAW: waves.draw_sample,
    Step.START: waves.start,
    Step.PAUSE: waves.pause,
    Step.RESUME: waves.resume,
    Step.CLOSE: waves.close,
    Step.ABANDON: waves.abandon,
    Step.RETRY: waves.try_again,
}


@require_POST
@only(Role.MANAGER)
def step(request: HttpRequest, key: int, step: str) -> HttpResponse:
    """Draw, send, pause, go on, close, abandon, try again."""
    found = _wave(key)
    if step not in Step.values:
        raise Http404
    try:
        STEPS[Step(step)](wave=found, by=cast("User", request.user), at=timezone.now())
    except WaveRefused as refused:
        messages.warning(request, str(refused))
    return redirect("surveys:wave", found.pk)


@require_POST
@only(Role.MANAGER)
def discard(request: HttpRequest, key: int) -> HttpResponse:
    found = _wave(key)
    try:
        waves.discard(wave=found, by=cast("User", request.user), at=timezone.now())
    except WaveRefused as refused:
        messages.warning(request, str(refused))
        return redirect("surveys:wave", found.pk)
    messages.success(request, _("The plan was taken back."))
    return redirect("surveys:waves")


def _frame_name(wave: Wave) -> str:
    return f"frame-{wave.month:%Y-%m}-{wave.kind}.csv"


@require_GET
@never_cache
@only(Role.MANAGER)
def check(request: HttpRequest, key: int) -> HttpResponse:
    """Draw once more from the archived frame, and compare."""
    found = _wave(key)
    if found.state == State.PLANNED:
        raise Http404
    if found.forgotten_at:
        context = {"page": "surveys", "wave": found}
        return render(request, "surveys/check.html", context)
    now, then = waves.draws_again(found)
    example = found.frame.filter(is_drawn=True).order_by("key").first()
    context = {
        "page": "surveys",
        "wave": found,
        "now": len(now),
        "then": len(then),
        "both": len(now & then),
        "is_same": now == then,
        "example": example,
        "command": f"printf '{found.seed}:{example.key}' | sha256sum" if example else "",
        "script": f"python3 docs/examples/draw_again.py {_frame_name(found)}",
        "place": selectors.place_in_draw(found, example) if example else "",
    }
    return render(request, "surveys/check.html", context)


@require_GET
@never_cache
@only(Role.MANAGER)
def frame(request: HttpRequest, key: int) -> HttpResponse:  # noqa: ARG001
    """The archived frame as CSV: keys without names, enough to draw again elsewhere."""
    found = _wave(key)
    if found.state == State.PLANNED or found.forgotten_at:
        raise Http404
    return attachment(
        as_csv(frame_table.frame_table(found)),
        name=_frame_name(found),
        content_type="text/csv; charset=utf-8",
    )
