"""Questionnaires and their versions: administrators write them, managers may look at them."""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone, translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from branches.models import LANGUAGES
from people.access import only
from people.models import User
from people.roles import Role
from surveys import questions, versions
from surveys.enums import Kind, Side
from surveys.forms import AnswerForm
from surveys.models import Questionnaire
from surveys.questionnaire_form import QuestionnaireForm
from surveys.questionnaires import gaps, parse, with_marks
from surveys.questions import MOST_QUESTIONS, MOST_SCALES
from surveys.selectors import shelves_of_questionnaires
from surveys.versions import Overtaken, QuestionnaireRefused

PAGE = "questionnaires"


def _user(request: HttpRequest) -> User:
    return cast("User", request.user)


@require_GET
@never_cache
@only(Role.ADMINISTRATOR, Role.MANAGER)
def questionnaires(request: HttpRequest) -> HttpResponse:
    """Every version of both questionnaires, the newest first."""
    context = {
        "page": PAGE,
        "shelves": shelves_of_questionnaires(),
        "may_write": _user(request).role == Role.ADMINISTRATOR,
    }
    return render(request, "surveys/questionnaires.html", context)


def _draft(key: int) -> Questionnaire:
    return get_object_or_404(Questionnaire, pk=key, released_at=None)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@only(Role.ADMINISTRATOR)
def questionnaire(request: HttpRequest, key: int) -> HttpResponse:
    """Write a draft: its texts, its scales, its list of questions."""
    draft = _draft(key)
    if request.method != "POST":
        initial = QuestionnaireForm.initial_of(draft.content, revision=draft.revision)
        return _page(request, draft, QuestionnaireForm(initial=initial, content=draft.content))
    form = QuestionnaireForm(request.POST, content=draft.content)
    if not form.is_valid():
        return _page(request, draft, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        content, place = _then(request.POST.get("then", ""), form.content, draft.kind)
        revision = form.cleaned_data["revision"]
        by, at = _user(request), timezone.now()
        versions.change(questionnaire=draft, content=content, revision=revision, by=by, at=at)
    except Overtaken as overtaken:
        return _overtaken(request, key, str(overtaken))
    except QuestionnaireRefused as refused:
        form.add_error(None, str(refused))
        return _page(request, draft, form, status=HTTPStatus.CONFLICT)
    if request.POST.get("then") == "release":
        return _release(request, draft)
    messages.success(request, _("The draft is saved."))
    return redirect(f"{request.path}{place}")


def _overtaken(request: HttpRequest, key: int, reason: str) -> HttpResponse:
    """What was typed, on top of what a colleague saved: the next saving is a decision."""
    draft = _draft(key)
    typed = request.POST.copy()
    typed["revision"] = str(draft.revision)
    form = QuestionnaireForm(typed, content=draft.content)
    form.full_clean()
    form.add_error(None, reason)
    return _page(request, draft, form, status=HTTPStatus.CONFLICT)


def _then(step: str, content: Mapping[str, Any], kind: str) -> tuple[Mapping[str, Any], str]:
    """What a button changes in the list beside saving, and where on the page one goes on."""
    name, _colon, code = step.partition(":")
    if name == "add":
        if len(content["items"]) >= MOST_QUESTIONS:
            raise QuestionnaireRefused(
                _("At most %(count)s questions: more are not answered in two minutes.")
                % {"count": MOST_QUESTIONS}
            )
        code = questions.new_code(kind[0], versions.codes_ever_used(kind))
        return questions.with_question(content, code=code), f"#question-{code}"
    if name == "scale" and len(content["scales"]) < MOST_SCALES:
        return questions.with_scale(content), "#scales"
    changes: dict[str, Callable[..., Mapping[str, Any]]] = {
        "remove": questions.without_question,
        "up": questions.moved_up,
    }
    if name in changes:
        return changes[name](content, code=code), f"#question-{code}" if name == "up" else ""
    return content, ""


def _release(request: HttpRequest, draft: Questionnaire) -> HttpResponse:
    try:
        versions.release(questionnaire=draft, by=_user(request), at=timezone.now())
    except QuestionnaireRefused as refused:
        messages.warning(request, _("Saved, but not released: %(why)s") % {"why": refused})
        return redirect("surveys:questionnaire", draft.pk)
    messages.success(request, _("Released: waves that are planned from now on ask this version."))
    return redirect("surveys:questionnaires")


def _page(
    request: HttpRequest,
    draft: Questionnaire,
    form: QuestionnaireForm,
    *,
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    context = {
        "page": PAGE,
        "form": form,
        "questionnaire": draft,
        "gaps": gaps(draft.content),
        "may_add": len(draft.content["items"]) < MOST_QUESTIONS,
    }
    return render(request, "surveys/questionnaire.html", context, status=status)


@require_POST
@only(Role.ADMINISTRATOR)
def copy_questionnaire(request: HttpRequest, key: int) -> HttpResponse:
    """A new draft with the texts of this version."""
    found = get_object_or_404(Questionnaire, pk=key)
    try:
        draft = versions.copy(questionnaire=found, by=_user(request), at=timezone.now())
    except QuestionnaireRefused as refused:
        messages.warning(request, str(refused))
        return redirect("surveys:questionnaires")
    return redirect("surveys:questionnaire", draft.pk)


@require_POST
@only(Role.ADMINISTRATOR)
def discard_questionnaire(request: HttpRequest, key: int) -> HttpResponse:
    try:
        versions.discard(questionnaire=_draft(key), by=_user(request), at=timezone.now())
    except QuestionnaireRefused as refused:
        messages.warning(request, str(refused))
    else:
        messages.success(request, _("The draft is thrown away."))
    return redirect("surveys:questionnaires")


@require_GET
@never_cache
@only(Role.ADMINISTRATOR, Role.MANAGER)
def preview(request: HttpRequest, key: int) -> HttpResponse:
    """The questions as they will be asked: in each language, and in offices of either side."""
    found = get_object_or_404(Questionnaire, pk=key)
    language = request.GET.get("language") or get_language() or "fr"
    side = request.GET.get("side") or Side.PILOT
    if language not in LANGUAGES or side not in Side.values:
        raise Http404
    with translation.override(language):
        asked = parse(with_marks(found.content))
        form = AnswerForm(form=asked, language=language, side=side)
        questions_shown = list(form.questions())
    context = {
        "page": PAGE,
        "questionnaire": found,
        "form": form,
        "questions": questions_shown,
        "language": language,
        "side": side,
        "sides": Side.choices,
        "differs": any(any(item.texts_elsewhere.values()) for item in asked.items),
        "is_of_advisers": found.kind == Kind.ADVISER,
        "gaps": gaps(found.content),
    }
    return render(request, "surveys/preview.html", context)
