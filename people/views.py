"""The front door: home by role, the language, what happens to a stale form."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import check_for_language
from django.views.decorators.http import require_GET, require_POST

from people import accounts
from people.held import hold, is_held_for
from people.roles import Role

FIRST_PAGES = {
    Role.MEMBER: "requests_app:my_requests",
    Role.ADVISER: "requests_app:queue",
    Role.MANAGER: "reports:pilot",
    Role.ADMINISTRATOR: "admin:index",
}


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Each role starts where its work is."""
    if request.user.is_authenticated:
        # Where the first page is not ours, what was typed before the sign-in is given back here.
        first = "requests_app:resume" if is_held_for(request) else None
        return redirect(first or FIRST_PAGES[Role(request.user.role)])
    return redirect("demo:start" if settings.DEMO else "account_request_login_code")


@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Remember the language: in the profile when signed in, and in a cookie for the next visit."""
    code = request.POST.get("language", "")
    target = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(target, {request.get_host()}, request.is_secure()):
        target = "/"
    response = redirect(target)
    if code in dict(settings.LANGUAGES) and check_for_language(code):
        if request.user.is_authenticated:
            accounts.choose_language(user=request.user, language=code)
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            code,
            max_age=365 * 24 * 60 * 60,
            samesite="Lax",
            secure=settings.LANGUAGE_COOKIE_SECURE,
            httponly=True,
        )
    return response


@require_GET
def privacy(request: HttpRequest) -> HttpResponse:
    return render(request, "people/privacy.html")


def stale_form(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001
    """A form whose protection has expired: say so; what was typed comes back where it can."""
    if hold(request) and "HX-Request" not in request.headers:
        return redirect("requests_app:resume")
    return render(request, "people/stale_form.html", status=403)
