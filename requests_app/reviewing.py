"""A decision on a document beside which somebody types: their other words stay."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from people.models import User
from requests_app import composing, drafts
from requests_app.asked_models import AskedDocument
from requests_app.composing import Typed


def keep(*, asked: AskedDocument, by: User, at: datetime, typed: Typed) -> None:
    """Store what is typed, if anything is."""
    if drafts.still_typed(typed.fields, sent=""):
        composing.keep(member_request=asked.member_request, by=by, at=at, typed=typed)


def decide(
    act: Callable[..., Any],
    *,
    asked: AskedDocument,
    by: User,
    at: datetime,
    typed: Typed,
    menu: str,
    **given: Any,
) -> None:
    """Decide once. Only what stood in the `menu` of this decision is done with it.

    Raises what `act` raises, with everything kept.
    """
    keep(asked=asked, by=by, at=at, typed=typed)
    act(asked=asked, by=by, at=at, **given)
    rest = drafts.still_typed(typed.fields, sent=menu)
    drafts.keep_rest(
        author=by, member_request=asked.member_request, fields=rest, at=at, place=typed.place
    )
