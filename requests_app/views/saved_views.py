"""The views that an adviser has named: narrow a list, name it, rename it, delete it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from people.access import only
from people.roles import Role
from requests_app import saved_lists
from requests_app.forms.saved_views import NameForm
from requests_app.saved_lists import SavedViewRefused
from requests_app.saved_models import SavedView
from requests_app.selectors.filters import Filter, narrowed, view_named
from requests_app.selectors.queue import Desk, View, desk_of
from requests_app.views.panes import adviser_of


def _to_list(key: str) -> HttpResponse:
    return redirect(reverse("requests_app:queue") + (f"?view={key}" if key else ""))


@only(Role.ADVISER)
@require_GET
def narrow(request: HttpRequest) -> HttpResponse:
    """The fields of the filter; filled in, they lead to the one address that says the same."""
    names = ("view", "topic", "lang", "who", "turn")
    desk = desk_of(adviser_of(request), at=timezone.now())
    if (
        desk
        and "topic" not in request.GET
        and (view := view_named(desk, request.GET.get("view", "")))
    ):
        return _fields(request, desk, view)
    asked = Filter(*(request.GET.get(name, "") for name in names))
    if desk is None or narrowed(desk, str(asked)) is None:
        messages.error(request, _("There is no such list."))
        return _to_list("")
    return _to_list(str(asked))


def _fields(request: HttpRequest, desk: Desk, view: View) -> HttpResponse:
    saved = next((one for one in desk.saved if view.key == f"saved-{one.pk}"), None)
    context = {
        "page": "queue",
        "view": view,
        "saved": saved,
        "asked": Filter.read(saved.key if saved else view.key),
        "topics": desk.topics.values(),
    }
    return render(request, "requests_app/narrow.html", context)


@only(Role.ADVISER)
@require_POST
def save_view(request: HttpRequest) -> HttpResponse:
    by, key = adviser_of(request), request.POST.get("view", "")
    form = NameForm(request.POST)
    desk = desk_of(by, at=timezone.now())
    if desk is None or narrowed(desk, key) is None:
        messages.error(request, _("There is no such list."))
        return _to_list("")
    if not form.is_valid():
        return _refused(request, " ".join(map(str, form.errors["name"])), key)
    try:
        saved = saved_lists.save_view(by=by, name=form.cleaned_data["name"], key=key)
    except SavedViewRefused as refused:
        return _refused(request, str(refused), key)
    messages.success(request, _("The view “%(name)s” is saved.") % {"name": saved.name})
    return _to_list(f"saved-{saved.pk}")


def _refused(request: HttpRequest, why: str, key: str) -> HttpResponse:
    messages.error(request, why)
    return _to_list(key)


def _own(request: HttpRequest, key: int) -> SavedView:
    return get_object_or_404(SavedView, owner=adviser_of(request), pk=key)


@only(Role.ADVISER)
@require_POST
def rename_view(request: HttpRequest, key: int) -> HttpResponse:
    saved, form = _own(request, key), NameForm(request.POST)
    address = f"saved-{saved.pk}"
    if not form.is_valid():
        return _refused(request, " ".join(map(str, form.errors["name"])), address)
    try:
        saved_lists.rename_view(
            saved_view=saved, by=adviser_of(request), name=form.cleaned_data["name"]
        )
    except SavedViewRefused as refused:
        return _refused(request, str(refused), address)
    messages.success(request, _("The view has its new name."))
    return _to_list(address)


@only(Role.ADVISER)
@require_POST
def delete_view(request: HttpRequest, key: int) -> HttpResponse:
    saved_lists.delete_view(saved_view=_own(request, key), by=adviser_of(request))
    messages.success(request, _("The view is deleted; its requests stay where they are."))
    return _to_list("")
