"""What every page knows."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def surroundings(request: HttpRequest) -> dict[str, Any]:
    """The languages to choose from, and whether this is only a demo."""
    return {"DEMO": settings.DEMO, "LANGUAGES": settings.LANGUAGES, "page_path": request.path}
