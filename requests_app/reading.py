"""How far each adviser has read: what came later from somebody else is new to them."""

from datetime import datetime

from django.db.models import Exists, OuterRef, Subquery

from people.models import User
from requests_app.models import MemberRequest, RequestEvent
from requests_app.reading_models import Reading


def seen_by(reader: User) -> Subquery:
    """The version of a request that this adviser saw last; None for one never opened."""
    readings = Reading.objects.filter(reader=reader, member_request=OuterRef("pk"))
    return Subquery(readings.values("version"))


def unread_by(reader: User) -> Exists:
    """Whether somebody else has said something since this adviser last opened the request.

    What was never opened is not unread but new to everybody: the queue shows it as it is.
    """
    seen = Reading.objects.filter(reader=reader, member_request=OuterRef("member_request"))
    said = RequestEvent.objects.filter(member_request=OuterRef("pk"), message__isnull=False)
    return Exists(said.filter(position__gt=Subquery(seen.values("version"))).exclude(actor=reader))


def record_reading(*, member_request: MemberRequest, by: User, at: datetime) -> None:
    """This version is on the screen of `by` now, in 1 query."""
    Reading.objects.bulk_create(
        [
            Reading(
                reader=by, member_request=member_request, version=member_request.version, read_at=at
            )
        ],
        update_conflicts=True,
        unique_fields=["member_request", "reader"],
        update_fields=["version", "read_at"],
    )


def has_read(*, reader: User, reference: str) -> MemberRequest | None:
    """The request of this reference, if this adviser has ever opened it."""
    found = Reading.objects.filter(reader=reader, member_request__reference=reference)
    reading = found.select_related("member_request").first()
    return reading.member_request if reading else None
