"""The life of a document that an adviser follows: its words and its workflow. Imports no model.

A document is asked for, or an attachment that came unasked is followed from then on. At every
moment it is the turn of one side: the member owes it, or the office owes its review, or it is done.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Protocol

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class DocumentKind(TextChoices):
    CONTRACT = "contract", _("Contract")
    INVOICE = "invoice", _("Invoice")
    ORDER_FORM = "order_form", _("Order form")
    EXPENSES = "expenses", _("Receipt for expenses")
    BANK_STATEMENT = "bank_statement", _("Bank statement")
    IDENTITY = "identity", _("Proof of identity")
    ACTIVITY = "activity", _("Proof of activity")
    UNEMPLOYMENT = "unemployment", _("Form for unemployment (C4, ONEM)")
    ARTS_WORK = "arts_work", _("Certificate of arts work")
    WORK_ABROAD = "work_abroad", _("Certificate for work abroad (A1)")
    OTHER = "other", _("Other document")


class DocumentState(TextChoices):
    ASKED = "asked", _("Asked for")
    RECEIVED = "received", _("Handed in")
    TO_CORRECT = "to_correct", _("To correct")
    CHECKED = "checked", _("Checked")
    REFUSED = "refused", _("Refused")
    NOT_NEEDED = "not_needed", _("No longer needed")


class DocumentAction(TextChoices):
    ASK = "ask", _("Asked for")
    FOLLOW = "follow", _("Followed from now on")
    RECEIVE = "receive", _("Handed in")
    CHECK = "check", _("Checked")
    CORRECT = "correct", _("To correct")
    REFUSE = "refuse", _("Refused")
    DROP = "drop", _("No longer needed")
    REMIND = "remind", _("Member reminded")


class CorrectionReason(TextChoices):
    UNREADABLE = "unreadable", _("It cannot be read well")
    INCOMPLETE = "incomplete", _("A page or a part is missing")
    NOT_SIGNED = "not_signed", _("The signature is missing")
    OUT_OF_DATE = "out_of_date", _("It is too old or no longer valid")
    WRONG_DETAILS = "wrong_details", _("A date, a name or an amount is not right")
    WRONG_DOCUMENT = "wrong_document", _("It is another document")


class RefusalReason(TextChoices):
    NOT_ACCEPTED = "not_accepted", _("We may not accept this document")
    SOMEBODY_ELSES = "somebody_elses", _("It belongs to somebody else")
    NOT_FOR_US = "not_for_us", _("It has to go to another organisation")


class ReminderReason(TextChoices):
    BEFORE_DUE = "before_due", _("before the due date")
    AFTER_DUE = "after_due", _("after the due date")


class Turn(TextChoices):
    MEMBER = "member", _("the member's turn")
    OFFICE = "office", _("the office's turn")
    NOBODY = "nobody", _("done")


_ASKED, _RECEIVED, _TO_CORRECT = (
    DocumentState.ASKED,
    DocumentState.RECEIVED,
    DocumentState.TO_CORRECT,
)
OWED_BY_MEMBER = (_ASKED, _TO_CORRECT)
WITH_A_REASON = (_TO_CORRECT, DocumentState.REFUSED)

# Whose turn it is follows from the state alone.
TURNS: dict[DocumentState, Turn] = {
    _ASKED: Turn.MEMBER,
    _TO_CORRECT: Turn.MEMBER,
    _RECEIVED: Turn.OFFICE,
    DocumentState.CHECKED: Turn.NOBODY,
    DocumentState.REFUSED: Turn.NOBODY,
    DocumentState.NOT_NEEDED: Turn.NOBODY,
}

# With which state a document begins to be followed.
BEGINNINGS: dict[DocumentAction, DocumentState] = {
    DocumentAction.ASK: _ASKED,
    DocumentAction.FOLLOW: _RECEIVED,
}

# The whole workflow: for each action, from which state to which. Nothing else decides.
RULES: dict[DocumentAction, dict[DocumentState, DocumentState]] = {
    DocumentAction.ASK: {},
    DocumentAction.FOLLOW: {},
    # Another page may follow while the office has not looked yet: it stays the office's turn.
    DocumentAction.RECEIVE: dict.fromkeys((_ASKED, _TO_CORRECT, _RECEIVED), _RECEIVED),
    DocumentAction.CHECK: {_RECEIVED: DocumentState.CHECKED},
    DocumentAction.CORRECT: {_RECEIVED: _TO_CORRECT},
    DocumentAction.REFUSE: {_RECEIVED: DocumentState.REFUSED},
    DocumentAction.DROP: dict.fromkeys((_ASKED, _TO_CORRECT, _RECEIVED), DocumentState.NOT_NEEDED),
    DocumentAction.REMIND: {_ASKED: _ASKED, _TO_CORRECT: _TO_CORRECT},
}


class Step(Protocol):
    """What the fold needs of an event; `AskedEvent` has it."""

    @property
    def action(self) -> str: ...
    @property
    def at(self) -> datetime: ...
    @property
    def due_on(self) -> date | None: ...
    @property
    def reason(self) -> str: ...


class ImpossibleHistory(ValueError):
    """A step that the workflow does not allow in the state that the earlier ones led to."""


@dataclass(frozen=True)
class Standing:
    """What the columns of a followed document hold after its events, under the same names."""

    state: DocumentState
    # Since when it is the turn of the side whose turn it is; when it was done, once it is.
    turn_since: datetime
    due_on: date | None
    first_received_at: datetime | None = None
    # Why it is to be corrected or was refused; empty otherwise.
    reason: str = ""
    version: int = 1


def begin(step: Step) -> Standing:
    """The first standing. Raises ImpossibleHistory for anything but a beginning."""
    try:
        state = BEGINNINGS[DocumentAction(step.action)]
    except KeyError:
        raise ImpossibleHistory(f"Nothing begins with {step.action}.") from None
    received = step.at if state == DocumentState.RECEIVED else None
    return Standing(state, step.at, step.due_on, first_received_at=received)


def advance(standing: Standing, step: Step) -> Standing:
    """The standing after one more step. Raises ImpossibleHistory where the workflow says no."""
    action = DocumentAction(step.action)
    try:
        state = RULES[action][standing.state]
    except KeyError:
        raise ImpossibleHistory(f"{action} cannot follow in state {standing.state}.") from None
    version = standing.version + 1
    if action == DocumentAction.REMIND:
        return replace(standing, version=version)
    first = standing.first_received_at
    if state == DocumentState.RECEIVED and first is None:
        first = step.at
    return Standing(
        state=state,
        # A page that is added while the office has its turn does not make it wait less long.
        turn_since=standing.turn_since if state == standing.state else step.at,
        due_on=step.due_on if state == DocumentState.TO_CORRECT else standing.due_on,
        first_received_at=first,
        reason=step.reason if state in WITH_A_REASON else "",
        version=version,
    )


def rebuild(steps: Iterable[Step]) -> Standing:
    """The standing after all steps, in their order. Raises ImpossibleHistory for none at all."""
    standing: Standing | None = None
    for step in steps:
        standing = begin(step) if standing is None else advance(standing, step)
    if standing is None:
        raise ImpossibleHistory("What was never asked for was never followed.")
    return standing
