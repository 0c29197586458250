"""The page behind the link of an invitation. It asks for no account and knows no session.

The link is the key: who does not have it can send nothing, so no cookie guards the forms, and the
page works where a mail program shows it without cookies.
"""

from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from branches.models import LANGUAGES
from surveys import answering
from surveys.answering import AnswerRefused, Standing
from surveys.forms import AnswerForm, typed_in
from surveys.models import Invitation
from surveys.questionnaires import parse
from surveys.waves import open_until

READ_AND_SEND = ["GET", "HEAD", "POST"]


def _language(request: HttpRequest, invitation: Invitation | None) -> str:
    """The one just chosen, else that of the invitation, else that of the browser."""
    chosen = request.POST.get("language") or request.GET.get("language", "")
    if chosen in LANGUAGES:
        return chosen
    return invitation.language if invitation else (translation.get_language() or "fr")


def _page(
    request: HttpRequest,
    template: str,
    context: dict[str, Any],
    *,
    language: str,
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    with translation.override(language):
        response = render(request, template, context | {"language": language}, status=status)
    response.headers["Content-Language"] = language
    # The address is a key: it goes to nobody, not even to ourselves.
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _unknown(request: HttpRequest) -> HttpResponse:
    language = _language(request, None)
    return _page(
        request, "surveys/unknown.html", {}, language=language, status=HTTPStatus.NOT_FOUND
    )


@csrf_exempt
@never_cache
@require_http_methods(READ_AND_SEND)
def answer(request: HttpRequest, token: str) -> HttpResponse:
    """Show the questionnaire; send it."""
    invitation = answering.find(token)
    if invitation is None:
        return _unknown(request)
    language, at = _language(request, invitation), timezone.now()
    if answering.standing(invitation, at=at) != Standing.OPEN:
        return _done(request, token, invitation, language)
    with translation.override(language):
        form = _form(request, token, invitation, language)
        if request.method == "POST" and form.is_valid():
            try:
                comment = form.cleaned_data.get("comment", "")
                answering.send(token=token, choices=form.choices, comment=comment, at=at)
            except AnswerRefused:
                # The other tab was quicker, or the wave has closed: the page says which.
                found = answering.find(token)
                return _done(request, token, found or invitation, language)
            return _back(token, language)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    until = open_until(invitation.wave, at=at)
    context = {"form": form, "token": token, "invitation": invitation, "until": until}
    return _page(request, "surveys/answer.html", context, language=language, status=status)


def _form(request: HttpRequest, token: str, invitation: Invitation, language: str) -> AnswerForm:
    asked = parse(invitation.wave.questionnaire.content)
    is_sent = request.method == "POST"
    return AnswerForm(
        request.POST if is_sent else None,
        initial=None if is_sent else answering.draft_of(token),
        form=asked,
        language=language,
        side=invitation.stratum.side,
    )


def _back(token: str, language: str) -> HttpResponse:
    return redirect(reverse("surveys:answer", args=[token]) + f"?language={language}")


def _done(request: HttpRequest, token: str, invitation: Invitation, language: str) -> HttpResponse:
    """Answered, or too late: a page that says so and offers never to ask again.

    What was sent in vain is shown once more, so that nobody loses what they wrote.
    """
    at = timezone.now()
    is_spent = answering.standing(invitation, at=at) == Standing.SPENT
    with translation.override(language):
        is_sent = request.method == "POST"
        unsent = _form(request, token, invitation, language).as_text() if is_sent else ""
    context = {"is_spent": is_spent, "token": token, "invitation": invitation, "unsent": unsent}
    status = HTTPStatus.OK if is_spent else HTTPStatus.GONE
    return _page(request, "surveys/done.html", context, language=language, status=status)


@csrf_exempt
@never_cache
@require_POST
def keep(request: HttpRequest, token: str) -> HttpResponse:
    """Keep a draft: by itself while one chooses, or before changing the language."""
    invitation = answering.find(token)
    if invitation is None:
        return _unknown(request)
    typed = typed_in(request.POST, parse(invitation.wave.questionnaire.content))
    try:
        answering.keep_draft(token=token, typed=typed, at=timezone.now())
    except AnswerRefused:
        # The page says how the link stands.
        return _back(token, _language(request, invitation))
    if request.headers.get("X-Kept-By") == "script":
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    return redirect(
        reverse("surveys:answer", args=[token])
        + f"?language={_language(request, invitation)}&kept=1"
    )


@csrf_exempt
@never_cache
@require_http_methods(READ_AND_SEND)
def refuse(request: HttpRequest, token: str) -> HttpResponse:
    """Never to be asked again. Reading the page changes nothing: mail scanners open every link."""
    invitation = answering.find(token)
    if invitation is None:
        return _unknown(request)
    is_done = invitation.has_refused
    if request.method == "POST":
        is_done = answering.refuse(token=token, at=timezone.now())
    context = {"is_done": is_done, "token": token, "invitation": invitation}
    return _page(request, "surveys/refuse.html", context, language=_language(request, invitation))
