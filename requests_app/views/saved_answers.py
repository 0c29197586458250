"""Saved answers: the page where they are looked after, and their use in a reply."""

from http import HTTPStatus

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.timezone import localdate
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from people.access import only
from people.models import User
from people.roles import Role
from requests_app import composing, drafts, replying, saved_answers
from requests_app.drafts import find_draft
from requests_app.forms.fields import typed_in
from requests_app.forms.saved_answers import SavedAnswerForm
from requests_app.models import Draft, MemberRequest
from requests_app.placeholders import NAMES
from requests_app.saved_answers import SavedAnswerRefused, branches_to_edit
from requests_app.saved_models import SavedAnswer
from requests_app.selectors.saved_answers import answers_begun, offered, shelves
from requests_app.views.drafts import kept_out_of_sight, save_or_discard
from requests_app.views.panes import adviser_of, branch_of, came_from

STAFF = (Role.ADVISER, Role.MANAGER, Role.ADMINISTRATOR)


def _user(request: HttpRequest) -> User:
    """Who is signed in; `only` has asked before."""
    assert isinstance(request.user, User)  # noqa: S101
    return request.user


@only(*STAFF)
@require_GET
def all_saved_answers(request: HttpRequest) -> HttpResponse:
    editable = branches_to_edit(_user(request), at=timezone.now())
    found = shelves(language=get_language() or "fr", editable=editable)
    context = {
        "page": "saved_answers",
        "shelves": found,
        "may_write": bool(editable),
        "drafts": answers_begun(_user(request)),
    }
    return render(request, "requests_app/all_saved_answers.html", context)


def _editable(request: HttpRequest, key: int) -> SavedAnswer:
    """One that this person may change; 404 for what others write."""
    branches = branches_to_edit(_user(request), at=timezone.now())
    found = SavedAnswer.objects.select_related("branch").prefetch_related("texts")
    return get_object_or_404(found, pk=key, branch__in=branches)


def _draft(request: HttpRequest, saved_answer: SavedAnswer | None) -> Draft | None:
    place = drafts.saved_answer_of(saved_answer.pk if saved_answer else None)
    return find_draft(author=_user(request), member_request=None, place=place)


def _form(
    request: HttpRequest, saved_answer: SavedAnswer | None, draft: Draft | None
) -> SavedAnswerForm:
    at = timezone.now()
    branches = branches_to_edit(_user(request), at=at)
    if not branches:
        raise Http404
    if request.method == "POST":
        return SavedAnswerForm(request.POST, branches=branches, at=at)
    initial = SavedAnswerForm.initial_of(saved_answer) if saved_answer else {}
    typed = draft.fields if draft else {}
    return SavedAnswerForm(initial=initial | typed, branches=branches, at=at)


def _page(
    request: HttpRequest,
    form: SavedAnswerForm,
    saved_answer: SavedAnswer | None,
    *,
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    is_older = saved_answer is not None and form.is_older_than(saved_answer)
    context = {
        "page": "saved_answers",
        "form": form,
        "parts": list(form.parts()),
        "saved_answer": saved_answer,
        "based_on": saved_answer.version if saved_answer else "",
        # Who has this before their eyes may save: the page carries the new version from here on.
        "changed_meanwhile": list(saved_answer.texts.all()) if saved_answer and is_older else [],
        "draft": _draft(request, saved_answer),
        "placeholders": _meanings(),
    }
    return render(request, "requests_app/saved_answer.html", context, status=status)


def _meanings() -> list[tuple[str, str]]:
    meanings = {
        "first_name": _("the member's first name"),
        "reference": _("the reference of the request"),
        "subject": _("the subject of the request"),
        "adviser": _("your name"),
        "office": _("the office of the request"),
        "reply_by": _("the day on which a request without a reply is closed"),
    }
    return [(f"{{{name}}}", meanings[name]) for name in NAMES]


@only(*STAFF)
@require_http_methods(["GET", "HEAD", "POST"])
def new_saved_answer(request: HttpRequest) -> HttpResponse:
    return _edit(request, None)


@only(*STAFF)
@require_http_methods(["GET", "HEAD", "POST"])
def saved_answer(request: HttpRequest, key: int) -> HttpResponse:
    return _edit(request, _editable(request, key))


def _edit(request: HttpRequest, one: SavedAnswer | None) -> HttpResponse:
    form = _form(request, one, _draft(request, one))
    if request.method != "POST":
        return _page(request, form, one)
    if form.is_valid() and "preview" not in request.POST:
        try:
            _save(request, form, one)
        except SavedAnswerRefused as refused:
            form.add_error(None, str(refused))
            # As it is now, whoever has changed it.
            return _sent_back(request, form, one and _editable(request, one.pk))
        messages.success(request, _("The answer is saved."))
        return redirect("requests_app:all_saved_answers")
    return _sent_back(request, form, one)


def _save(request: HttpRequest, form: SavedAnswerForm, one: SavedAnswer | None) -> None:
    by, at, branch = _user(request), timezone.now(), form.cleaned_data["branch"]
    if one is None:
        saved_answers.write_new(branch=branch, texts=form.texts, by=by, at=at)
        return
    version = form.cleaned_data["based_on"] or 0
    saved_answers.change(
        saved_answer=one, branch=branch, texts=form.texts, version=version, by=by, at=at
    )


def _sent_back(
    request: HttpRequest, form: SavedAnswerForm, one: SavedAnswer | None
) -> HttpResponse:
    """The page again, with what is wrong or how it will read; what was typed is kept first."""
    # The preview that follows one's typing is no draft: that saves itself beside it.
    if not request.htmx:  # type: ignore[attr-defined]
        typed = typed_in(request, drafts.saved_answer_of(one.pk if one else None))
        composing.keep(member_request=None, by=_user(request), at=timezone.now(), typed=typed)
    if form.non_field_errors() and one is not None and form.is_older_than(one):
        return _page(request, form, one, status=HTTPStatus.CONFLICT)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return _page(request, form, one, status=status)


@only(*STAFF)
@require_POST
def save_answer_draft(request: HttpRequest, key: int | None) -> HttpResponse:
    one = _editable(request, key) if key else None
    by, at = _user(request), timezone.now()
    if not branches_to_edit(by, at=at):
        raise Http404
    name = "saved_answer" if one else "new_saved_answer"
    page = reverse(f"requests_app:{name}", args=[key] if one else [])
    typed = typed_in(request, drafts.saved_answer_of(key))
    return save_or_discard(request, None, typed, by=by, at=at, page=page)


@only(*STAFF)
@require_POST
def throw_away_answer(request: HttpRequest, key: int) -> HttpResponse:
    one = _editable(request, key)
    saved_answers.throw_away(saved_answer=one, by=_user(request), at=timezone.now())
    messages.success(request, _("The answer is thrown away."))
    return redirect("requests_app:all_saved_answers")


def _visible(request: HttpRequest, reference: str) -> MemberRequest:
    visible = MemberRequest.objects.visible_to(adviser_of(request), on=localdate())
    found = visible.select_related("office", "branch", "member__user")
    return get_object_or_404(found, reference=reference)


@only(Role.ADVISER)
@require_GET
def answers_for(request: HttpRequest, reference: str) -> HttpResponse:
    """The saved answers for this request, filled in, for the list that opens with a slash."""
    reader, at = adviser_of(request), timezone.now()
    branch = branch_of(reader, at=at)
    found = offered(_visible(request, reference), branch=branch, reader=reader, at=at)
    response = render(request, "requests_app/_answers_for.html", {"answers": found})
    response.headers["Cache-Control"] = "private, no-store"
    return response


@only(Role.ADVISER)
@require_POST
def insert_answer(request: HttpRequest, reference: str) -> HttpResponse:
    """Without a script: put a saved answer behind what is typed, and keep all of it."""
    try:
        member_request = _visible(request, reference)
    except Http404:
        return kept_out_of_sight(request, reference)
    by, at = adviser_of(request), timezone.now()
    chosen = request.POST.get("saved", "")
    offers = offered(member_request, branch=branch_of(by, at=at), reader=by, at=at)
    one = next((one for one in offers if str(one.key) == chosen), None)
    typed = typed_in(request)
    text = one.text if one else ""
    problems = replying.insert(member_request=member_request, by=by, at=at, typed=typed, text=text)
    for problem in problems:
        messages.error(request, problem)
    if one is None:
        messages.error(request, _("Choose a saved answer first."))
    elif one.is_fallback:
        messages.warning(
            request,
            _("“%(title)s” is in %(language)s: it does not exist in the member's language.")
            % {"title": one.title, "language": one.language.upper()},
        )
    address = reverse("requests_app:detail", args=[reference])
    return redirect(f"{address}{came_from(request)}#reply")
