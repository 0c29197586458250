"""The start page of the demo, entering as somebody, and the mailbox."""

from django.contrib.auth import login
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from demo import accounts, mailbox
from demo.forms import MailboxFilter

MAILS_ON_A_PAGE = 20


@never_cache
@require_GET
def start(request: HttpRequest) -> HttpResponse:
    """Whom one may become, and what each can do there."""
    return render(request, "demo/start.html", {"cards": accounts.offered()})


@require_POST
def enter(request: HttpRequest) -> HttpResponse:
    """Sign in as an offered person. Anybody may do this: that is why only the demo has it."""
    person = accounts.person_behind(request.POST.get("account", ""))
    login(request, person, backend="allauth.account.auth_backends.AuthenticationBackend")
    return redirect("home")


@never_cache
@require_GET
def mail(request: HttpRequest) -> HttpResponse:
    """Every mail that was kept, newest first, or those of one recipient."""
    form = MailboxFilter(request.GET)
    to = form.cleaned_data["to"] if form.is_valid() else ""
    # An address that cannot be one finds nothing; its field says why.
    found = mailbox.mails(to=to) if form.is_valid() else mailbox.mails().none()
    page = Paginator(found, MAILS_ON_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "demo/mail.html", {"form": form, "mails": page, "to": to})
