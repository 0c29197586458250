"""The balance: the manager's pages, and the public page of one that is published."""

from typing import cast

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from branches.exports import attachment
from branches.models import Pilot
from people.access import only
from people.models import User
from people.roles import Role
from reports.balance import drawing_up, files, selectors
from reports.balance.document import balance_document
from reports.balance.tables import named
from reports.balance_models import Balance
from reports.forms import WordsForm


@require_GET
@never_cache
@only(Role.MANAGER)
def balances(request: HttpRequest) -> HttpResponse:
    """Every balance of the pilot, newest first, and the way to a new one."""
    pilot = Pilot.objects.current(on=timezone.localdate())
    if pilot is None:
        return render(request, "reports/no_pilot.html", {"page": "balance"})
    found = selectors.balances_of(pilot)
    context = {
        "page": "balance",
        "pilot": pilot,
        "balances": found,
        "faults": selectors.faults(found),
        "is_running": any(balance.content is None for balance in found),
    }
    template = "reports/balances.html" + ("#list" if "HX-Request" in request.headers else "")
    response = render(request, template, context)
    response.headers["Vary"] = "HX-Request, Cookie"
    return response


@require_POST
@only(Role.MANAGER)
def ask_for_balance(request: HttpRequest) -> HttpResponse:
    """Have a balance drawn up as of now."""
    now = timezone.now()
    pilot = Pilot.objects.current(on=timezone.localdate(now))
    if pilot is None:
        raise Http404
    _balance, told = drawing_up.ask(pilot=pilot, at=now, by=_user(request))
    if told:
        messages.success(request, _("The balance is being drawn up. It appears here."))
    else:
        messages.warning(
            request, _("The worker cannot be reached now. The balance is drawn up when it is back.")
        )
    return redirect("reports:balances")


@require_GET
@never_cache
@only(Role.MANAGER)
def balance(request: HttpRequest, key: str) -> HttpResponse:
    """One balance as it will be read, and what the manager can do with it."""
    found = _computed(key)
    return _page(request, found, WordsForm(initial=found.words))


@require_GET
@never_cache
@only(Role.MANAGER)
def balance_file(
    _request: HttpRequest, key: str, name: str, language: str, ending: str
) -> HttpResponse:
    return _file(_computed(key), name, language, ending)


@require_POST
@only(Role.MANAGER)
def write_words(request: HttpRequest, key: str) -> HttpResponse:
    """Store what the manager adds, in any of the four languages."""
    found = _computed(key)
    form = WordsForm(request.POST)
    if not form.is_valid():
        return _page(request, found, form, status=422)
    try:
        drawing_up.write_words(balance=found, words=form.cleaned_data, by=_user(request))
    except (drawing_up.PublishingRefused, ValidationError) as error:
        form.add_error(None, error if isinstance(error, ValidationError) else str(error))
        return _page(request, found, form, status=409)
    messages.success(request, _("Your words stand in the balance."))
    return redirect("reports:balance", key=key)


@require_POST
@only(Role.MANAGER)
def publish(request: HttpRequest, key: str) -> HttpResponse:
    found = _computed(key)
    drawing_up.publish(balance=found, by=_user(request), at=timezone.now())
    messages.success(request, _("The balance is published: whoever has its address reads it."))
    return redirect("reports:balance", key=key)


@require_POST
@only(Role.MANAGER)
def withdraw(request: HttpRequest, key: str) -> HttpResponse:
    drawing_up.withdraw(balance=_computed(key), by=_user(request))
    messages.success(request, _("The public page is closed. Only managers read the balance now."))
    return redirect("reports:balance", key=key)


@require_GET
@never_cache
def public_balance(request: HttpRequest, key: str) -> HttpResponse:
    """A published balance, for everybody who has its address."""
    found = _published(key)
    context = {"balance": found, "document": balance_document(found), "tables": named(found)}
    response = render(request, "reports/public_balance.html", context)
    # Its address is given to members; search engines need not hand it on.
    response.headers["X-Robots-Tag"] = "noindex"
    return response


@require_GET
@never_cache
def public_balance_file(
    _request: HttpRequest, key: str, name: str, language: str, ending: str
) -> HttpResponse:
    return _file(_published(key), name, language, ending)


def _page(
    request: HttpRequest, found: Balance, form: WordsForm, *, status: int = 200
) -> HttpResponse:
    public = reverse("balance:public_balance", args=[found.key])
    context = {
        "page": "balance",
        "balance": found,
        "document": balance_document(found),
        "tables": named(found),
        "form": form,
        "public_address": request.build_absolute_uri(public),
    }
    return render(request, "reports/balance.html", context, status=status)


def _file(found: Balance, name: str, language: str, ending: str) -> HttpResponse:
    try:
        made = files.file_of(found, name=name, language=language, ending=ending)
    except files.NoSuchFile:
        raise Http404 from None
    return attachment(made.content, name=made.name, content_type=made.content_type)


def _computed(key: str) -> Balance:
    return get_object_or_404(selectors.computed(), key=key)


def _published(key: str) -> Balance:
    return get_object_or_404(selectors.computed(), key=key, published_at__isnull=False)


def _user(request: HttpRequest) -> User:
    return cast("User", request.user)
