"""What every page knows."""

from functools import partial
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from people.held import author_token


def surroundings(request: HttpRequest) -> dict[str, Any]:
    """The languages to choose from, and whether this is only a demo."""
    return {
        "DEMO": settings.DEMO,
        "LANGUAGES": settings.LANGUAGES,
        "page_path": request.path,
        "author_token": partial(_author_of, request),
    }


def _author_of(request: HttpRequest) -> str:
    """For whom the forms of this page are made; asked only where a page has one."""
    user = getattr(request, "user", None)
    return author_token(user) if user else ""
