"""What somebody sends when their session has ended: held until they have signed in again.

Each form says in a signed field for whom it was made. Only with that is its text taken into the
session of a browser that nobody is signed in with, and only that person gets it back.
"""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.core.signing import BadSignature, Signer
from django.http import HttpRequest
from django.urls import reverse

from people.models import User

HELD = "held_form"
_SIGNER = Signer(salt="for whom a form was made")
# A form of ours is smaller than this, and nobody fills a session with more.
MOST_FIELDS, MOST_TEXT = 60, 200_000  # characters


@dataclass(frozen=True)
class Held:
    """A form that could not be received: where it went, what stood in it, and whose it is."""

    path: str
    fields: dict[str, str]
    author: int
    had_files: bool


def author_token(user: User | AnonymousUser) -> str:
    """For whom a form is made; "" where nobody is signed in."""
    return _SIGNER.sign(str(user.pk)) if user.is_authenticated else ""


def hold(request: HttpRequest) -> bool:
    """Take the form of this request into the session. Whether there was anything to hold.

    Nothing is held that this product did not make for a person, nor for another one than is
    signed in now.
    """
    try:
        author = int(_SIGNER.unsign(request.POST.get("author", "")))
    except (BadSignature, ValueError):
        return False
    if request.user.is_authenticated and request.user.pk != author:
        return False
    fields = {name: request.POST[name] for name in list(request.POST)[:MOST_FIELDS]}
    if sum(map(len, fields.values())) > MOST_TEXT:
        return False
    request.session[HELD] = {
        "path": request.path,
        "fields": fields,
        "author": author,
        "had_files": bool(request.FILES),
    }
    return True


def is_held_for(request: HttpRequest) -> bool:
    """Whether a person has come back to a page, and what they typed before waits for them."""
    return (
        HELD in request.session
        and request.path != reverse("requests_app:resume")
        and request.method == "GET"
        and "HX-Request" not in request.headers
        and "text/html" in request.headers.get("Accept", "")
    )


def give_back(request: HttpRequest) -> Held | None:
    """What was held, once; None where there is nothing, or it belongs to somebody else."""
    kept: dict[str, Any] | None = request.session.pop(HELD, None)
    held = Held(**kept) if kept else None
    return held if held and held.author == request.user.pk else None
