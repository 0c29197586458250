"""Who has opened a private request, for the member whose request it is."""

from django.db.models import QuerySet

from requests_app.models import MemberRequest
from requests_app.opening_models import Opening

SHOWN = 5


def openings_of(member_request: MemberRequest) -> QuerySet[Opening]:
    """All openings of a request, the latest first."""
    return (
        Opening.objects.filter(member_request=member_request)
        .select_related("reader")
        .order_by("-opened_at", "-id")
    )


def latest_openings(member_request: MemberRequest) -> list[Opening]:
    """The latest few; none, and no query, where the request is not private."""
    return list(openings_of(member_request)[:SHOWN]) if member_request.is_sensitive else []
