"""How people sign in: nobody opens an account here, and codes are for members."""

import secrets
from smtplib import SMTPException
from typing import Any

import structlog
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.stages import LoginByCodeStage, LoginStage
from allauth.account.views import ConfirmLoginCodeView, LoginView, RequestLoginCodeView
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from people.models import User

log = structlog.get_logger()


def _language_of(address: str) -> str:
    """The language of who has this address; for a stranger, that of the page."""
    known = User.objects.filter(email=address.lower()).values_list("language", flat=True)
    return known.first() or translation.get_language() or settings.LANGUAGE_CODE


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Accounts come from the member list and from administrators, never from a form."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "incorrect_code": gettext_lazy(
            "This code is not right. Type the one from the newest mail, or ask for another."
        ),
        "too_many_login_attempts": gettext_lazy(
            "Too many attempts. Wait a few minutes, then try again."
        ),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002
        return False

    def generate_login_code(self) -> str:
        """Eight digits: easy on a phone, and hopeless to guess in five attempts."""
        number = f"{secrets.randbelow(10**8):08d}"
        return f"{number[:4]} {number[4:]}"

    def format_email_subject(self, subject: str) -> str:
        return " ".join(subject.split())

    def get_reset_password_from_key_url(self, key: str) -> str:
        """Built from our own address: the Host header of a request is not to be trusted."""
        person, _dash, secret = key.partition("-")
        path = reverse("account_reset_password_from_key", args=[person, secret])
        return f"{settings.PUBLIC_URL}{path}"

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send in the reader's language. A mail server that is down changes no page.

        If it did, the page would tell for which addresses there is an account.
        """
        with translation.override(_language_of(email)):
            message = self.render_mail(
                template_prefix,
                email,
                {"email": email, "public_url": settings.PUBLIC_URL} | context,
                headers={"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"},
            )
        try:
            message.send()
        except (OSError, SMTPException):
            log.warning("sign_in_mail_failed", mail=template_prefix, exc_info=True)


class _StartsAgain:
    """Who waits for a code may ask for another, for another address, or use a password instead."""

    def _redirect_to_pending_stage(
        self, request: HttpRequest, stage: LoginStage
    ) -> HttpResponseBase | None:
        if stage.key == LoginByCodeStage.key:
            return None
        return super()._redirect_to_pending_stage(request, stage)  # type: ignore[misc,no-any-return]


class _AskForCode(_StartsAgain, RequestLoginCodeView):  # type: ignore[misc]
    pass


class _SignInWithPassword(_StartsAgain, LoginView):  # type: ignore[misc]
    pass


class _ConfirmCode(ConfirmLoginCodeView):  # type: ignore[misc]
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        # A code that is too old, or no code asked for in this browser: say why this is the start.
        if getattr(self, "_process", None) is None:
            messages.error(request, _("This code has expired: ask for a new one."))
        return response


ask_for_code = _AskForCode.as_view()
sign_in_with_password = _SignInWithPassword.as_view()
confirm_code = _ConfirmCode.as_view()


def no_such_page(_request: HttpRequest) -> HttpResponseBase:
    """Closed on purpose, whoever asks."""
    raise Http404
