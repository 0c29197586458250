"""Whether anything has happened at a desk: asked every few seconds by every open desk.

The answer is one query over the living requests of the office. It reads what is committed and
nothing else: a counter that writers bump would make them wait for each other, and the highest
number of an event misses one that another transaction commits later with a lower number.
"""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.db.models import (
    BigIntegerField,
    Count,
    F,
    Func,
    OuterRef,
    Q,
    Subquery,
    Sum,
    TextField,
    Value,
)
from django.db.models.functions import Cast
from django.utils.formats import date_format
from django.utils.timezone import localdate, localtime
from django.utils.translation import gettext as _

from people.models import Posting, User
from requests_app.asked_models import AskedDocument
from requests_app.enums import Action
from requests_app.models import MemberRequest, RequestEvent

# Clocks move without an event: so many seconds later a desk is drawn anew in any case.
STALE_AFTER = 5 * 60


@dataclass(frozen=True)
class Opened:
    """The request that an adviser is reading, and the version on the screen."""

    reference: str
    version: int


def pulse_of(user: User, *, at: datetime, drawn: str, opened: Opened | None) -> str:
    """A text that changes when the desk of this adviser looks different, in 1 query.

    `drawn` says what is on the screen (view, page, language). Reading another request changes
    nothing, unless somebody has acted on that one since.
    """
    found = (
        Posting.objects.on(localdate(at))
        .filter(adviser=user)
        .annotate(living=_living(at), reviews=_reviews(), version=_version(opened))
        .values_list("office", "branch", "living", "reviews", "version")
        .first()
    )
    version = found[4] if found else None
    news = version if opened and version != opened.version else ""
    slot = int(at.timestamp()) // STALE_AFTER
    said = repr((user.pk, drawn, slot, news, found and found[:4]))
    return sha256(said.encode()).hexdigest()[:32]


def _living(at: datetime) -> Subquery:
    """A digest of every living request of the office with its version, whatever their order."""
    versions: Any = Func(F("id"), Cast("version", BigIntegerField()), function="hashint8extended")
    late = Count("pk", filter=Q(first_responded_at=None, promise_due_at__lt=at))
    parts = (Value(" "), Count("pk"), Sum(versions, output_field=BigIntegerField()), late)
    digest: Any = Func(*parts, function="concat_ws", output_field=TextField())
    here = MemberRequest.objects.alive().filter(office=OuterRef("office"))
    return Subquery(here.order_by().values("office").annotate(digest=digest).values("digest"))


def _reviews() -> Subquery:
    """The same of the documents that wait for the office: a check leaves the request as it is."""
    versions: Any = Func(F("id"), Cast("version", BigIntegerField()), function="hashint8extended")
    parts = (Value(" "), Count("pk"), Sum(versions, output_field=BigIntegerField()))
    digest: Any = Func(*parts, function="concat_ws", output_field=TextField())
    here = AskedDocument.objects.to_review().filter(member_request__office=OuterRef("office"))
    grouped = here.order_by().values("member_request__office").annotate(digest=digest)
    return Subquery(grouped.values("digest"))


def _version(opened: Opened | None) -> Subquery:
    reference = opened.reference if opened else ""
    return Subquery(MemberRequest.objects.filter(reference=reference).values("version"))


def news_of(user: User, *, at: datetime, opened: Opened | None) -> str:
    """What happened to the open request since it was drawn, as a sentence; "" for nothing."""
    if opened is None:
        return ""
    visible = MemberRequest.objects.visible_to(user, on=localdate(at))
    version = visible.filter(reference=opened.reference).values_list("version", flat=True).first()
    if version is None:
        return _("You can no longer open this request.")
    return _last_event(opened.reference) if version > opened.version else ""


def _last_event(reference: str) -> str:
    events = RequestEvent.objects.select_related("actor").filter(
        member_request__reference=reference
    )
    last = events.latest("position")
    return _("%(action)s by %(who)s at %(time)s.") % {
        "action": Action(last.action).label,
        "who": last.actor.name if last.actor else _("the system"),
        "time": date_format(localtime(last.at), "TIME_FORMAT"),
    }
