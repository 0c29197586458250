"""The three panes of the desk: its views, the list of one of them, and where one goes on."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.timezone import localdate
from django_htmx.middleware import HtmxDetails

from branches.models import Branch
from people.models import User
from requests_app.models import MemberRequest
from requests_app.selectors.filters import counted_apart, saved_of, view_named
from requests_app.selectors.queue import (
    REVIEW,
    Desk,
    Place,
    View,
    counted,
    desk_of,
    home_of,
    views_of,
)
from requests_app.selectors.review import review_page
from requests_app.selectors.rows import next_of, page_of
from requests_app.whereabouts import just_done_by


def adviser_of(request: HttpRequest) -> User:
    """Who is signed in; `only` has asked before."""
    assert isinstance(request.user, User)  # noqa: S101
    return request.user


def asks_for_the_pane(request: HttpRequest) -> bool:
    """Whether the list stands beside it already, so that only what is opened is wanted."""
    htmx: HtmxDetails = request.htmx  # type: ignore[attr-defined]
    return bool(htmx) and not htmx.history_restore_request


def branch_of(user: User, *, at: datetime) -> Branch | None:
    """The branch in which this adviser works today; None in a team."""
    posting = user.posting_on(day=localdate(at))
    return posting.branch if posting else None


def _asked(request: HttpRequest, name: str) -> str:
    """A page has its view in its address, an action that is taken from there in its form."""
    return str(request.POST.get(name) or request.GET.get(name, ""))


def chosen_view(request: HttpRequest, desk: Desk) -> View | None:
    """The view from which the adviser comes; None who came by a link from elsewhere."""
    return view_named(desk, _asked(request, "view"))


def came_from(request: HttpRequest) -> str:
    """The view and the page from which somebody acted, as part of an address; "" for none."""
    named = {name: said for name in ("view", "after") if (said := _asked(request, name))}
    return f"?{urlencode(named)}" if named else ""


def whence_in(fields: Mapping[str, str]) -> str:
    """The same, of a form that was sent earlier."""
    named = {name: said for name in ("view", "after") if (said := fields.get(name, ""))}
    return f"?{urlencode(named)}" if named else ""


def _query(view: View, place: Place | None = None) -> str:
    """The part of an address that names a view and the place where its page begins."""
    named = {"view": view.key} | ({"after": str(place)} if place else {})
    return f"?{urlencode(named)}"


def whence(request: HttpRequest, desk: Desk) -> dict[str, Any]:
    """What a request needs to know of the list beside it, for the templates."""
    chosen, place = chosen_view(request, desk), Place.read(_asked(request, "after"))
    return {
        "page": "queue",
        "desk": desk,
        "query": _query(chosen or home_of(views_of(desk)), place),
        # Only who came from a view goes on in it after an action.
        "from_view": chosen.key if chosen else "",
        "from_place": str(place or ""),
    }


def panes(request: HttpRequest, desk: Desk, *, opened: str = "") -> dict[str, Any]:
    """The views with their counts and the list beside the request `opened`, for the templates."""
    chosen, place = chosen_view(request, desk), Place.read(_asked(request, "after"))
    views = counted(desk, views_of(desk))
    named = saved_of(desk)
    known = {one.key for one in (*views, *named)}
    apart = counted_apart(desk, [*named, *([chosen] if chosen and chosen.key not in known else [])])
    everything = [*views, *apart]
    view = next((one for one in everything if chosen and one.key == chosen.key), home_of(views))
    return whence(request, desk) | {
        "views": [one for one in views if one.branch is None],
        "branch_views": [one for one in views if one.branch],
        "saved_views": apart[: len(named)],
        # The documents to review are no list of requests.
        "may_narrow": view.key != REVIEW,
        "view": view,
        "found": review_page(desk, after=place)
        if view.key == REVIEW
        else page_of(desk, view, after=place),
        "is_first_page": place is None,
        "opened": opened,
        "undo": _may_be_undone(request, desk),
    }


def _may_be_undone(request: HttpRequest, desk: Desk) -> MemberRequest | None:
    """The request in which this adviser did something a moment ago, while the next one is open.

    It may have gone where they cannot read it: only its reference is shown.
    """
    done = request.GET.get("done", "")
    if not done.isascii() or not done.isprintable() or not done:
        return None
    here = MemberRequest.objects.filter(office=desk.office, reference=done)
    return here.filter(just_done_by(desk.user, at=desk.at)).first()


@dataclass(frozen=True)
class Standing:
    """Where in its view a request stands before somebody acts on it."""

    desk: Desk
    view: View
    reference: str
    place: Place

    def is_held(self) -> bool:
        return self.desk.holding(self.view).filter(reference=self.reference).exists()


def standing_of(request: HttpRequest, member_request: MemberRequest) -> Standing | None:
    """None when the adviser came from no view, or from one that does not hold the request."""
    desk = desk_of(adviser_of(request), at=timezone.now())
    view = chosen_view(request, desk) if desk else None
    if desk is None or view is None:
        return None
    place = Place(member_request.waiting_since, member_request.pk)
    standing = Standing(desk, view, member_request.reference, place)
    return standing if standing.is_held() else None


def way_on(request: HttpRequest, standing: Standing, *, undoable: bool) -> str | None:
    """Where an action leads that took the request out of its view; None when it did not.

    To the next one there, behind the last to the first, and to the empty view after the only one.
    """
    if standing.is_held():
        return None
    desk, view, place = standing.desk, standing.view, Place.read(_asked(request, "after"))
    done = f"&{urlencode({'done': standing.reference})}" if undoable else ""
    reference = next_of(desk, view, after=standing.place) or next_of(desk, view, after=None)
    if reference is None:
        return reverse("requests_app:queue") + _query(view) + done
    return reverse("requests_app:detail", args=[reference]) + _query(view, place) + done
