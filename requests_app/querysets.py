"""Which requests, for whom: every list, detail, count and download starts here."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

from people.models import Colleague, Posting, User
from people.roles import Role
from requests_app.consultation_models import Consultation
from requests_app.enums import MessageKind, Status

if TYPE_CHECKING:
    from requests_app.models import Document, MemberRequest, Message  # noqa: F401


def readable_at_the_desk(posting: Posting, user: User, *, on: date) -> Q:
    """What an adviser posted here may read: the office, less what is private to others.

    A sensitive request is read by the confidential branch and by the adviser who has it; while
    nobody who works here has it, by the branch that is accountable for it, where somebody must take
    it; and by a branch that is asked for its view, while the question stands. Where none of these
    works here, the whole office reads it: no request is ever readable by nobody.
    """
    here = posting.colleagues
    asked = Consultation.objects.readable_by(user, on=on).values("member_request")
    private_but_mine = Q(adviser=user) | Q(pk__in=asked)
    if not any(one.is_confidential for one in here):
        private_but_mine |= _abandoned(here)
    if posting.branch is not None:
        private_but_mine |= Q(branch=posting.branch) & _taken_by_nobody(here)
        if posting.branch.is_confidential:
            private_but_mine |= Q(is_sensitive=True)
    return Q(office=posting.office_id) & (Q(is_sensitive=False) | private_but_mine)


def _taken_by_nobody(here: Sequence[Colleague]) -> Q:
    """The requests whose adviser, if there is one, does not work here any more."""
    return ~Q(adviser__in=[one.adviser for one in here])


def _abandoned(here: Sequence[Colleague]) -> Q:
    """The requests whose branch and adviser are not among the people who work here."""
    staffed = {one.branch for one in here} - {None}
    return ~Q(branch__in=staffed) & _taken_by_nobody(here)


class MemberRequestQuerySet(models.QuerySet["MemberRequest"]):
    def visible_to(self, user: User, *, on: date) -> Self:
        """Limit to the requests this user may know exist on this day.

        Members see their own, advisers those of their posting. Managers and administrators see
        figures and settings, never a text: for them this is empty.
        """
        if not user.is_active:
            return self.none()
        if user.role == Role.MEMBER:
            return self.filter(member__user=user)
        posting = user.posting_on(day=on) if user.role == Role.ADVISER else None
        return self.filter(readable_at_the_desk(posting, user, on=on)) if posting else self.none()

    def alive(self) -> Self:
        return self.exclude(status=Status.CLOSED)

    def unanswered(self) -> Self:
        return self.alive().filter(first_responded_at=None)

    def to_answer(self) -> Self:
        """It is the office's turn: the member waits for us."""
        return self.alive().filter(waiting_since__isnull=False)

    def past_promise(self, *, at: datetime) -> Self:
        return self.unanswered().filter(promise_due_at__lt=at)

    def arrived_between(self, start: datetime, end: datetime) -> Self:
        """The cohort of a period: the start belongs to it, the end does not."""
        return self.filter(submitted_at__gte=start, submitted_at__lt=end)

    def for_queue(self) -> Self:
        """The oldest waiting first, with what a row of the queue shows and nothing more."""
        return self.select_related("branch", "topic", "adviser", "member__user").order_by(
            models.F("waiting_since").asc(nulls_last=True), "id"
        )


class MessageQuerySet(models.QuerySet["Message"]):
    def readable_by(self, user: User) -> Self:
        """A member never sees what advisers note among themselves."""
        return self.exclude(kind=MessageKind.NOTE) if user.role == Role.MEMBER else self


class DocumentQuerySet(models.QuerySet["Document"]):
    def visible_to(self, user: User, *, on: date) -> Self:
        """Own drafts, and the documents of visible requests; notes stay among advisers."""
        # The models import this module, so it can know them only when it runs.
        from requests_app.models import MemberRequest  # noqa: PLC0415

        requests = MemberRequest.objects.visible_to(user, on=on)
        visible = Q(member_request__in=requests)
        if user.role == Role.MEMBER:
            visible &= ~Q(message__kind=MessageKind.NOTE)
        return self.filter(visible | Q(draft__author=user))
