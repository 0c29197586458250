"""The words of a survey, and what may follow what."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Kind(models.TextChoices):
    MEMBER = "member", _("Members")
    ADVISER = "adviser", _("Advisers")


class State(models.TextChoices):
    PLANNED = "planned", _("Planned")
    DRAWN = "drawn", _("Drawn")
    RUNNING = "running", _("Running")
    PAUSED = "paused", _("Paused")
    CLOSED = "closed", _("Closed")
    # Drawn and never sent. It stays, with its list: nobody draws until a sample pleases.
    ABANDONED = "abandoned", _("Abandoned")


class Contact(models.TextChoices):
    """How much contact a member had in the month before: with how many branches."""

    NONE = "none", _("no contact")
    ONE = "one", _("one branch")
    SEVERAL = "several", _("several branches")
    # Of advisers, who are not drawn by contact.
    ALL = "all", _("everybody")


class Side(models.TextChoices):
    PILOT = "pilot", _("Pilot offices")
    COMPARISON = "comparison", _("Comparison offices")


class Screening(models.TextChoices):
    WAITING = "waiting", _("to be read")
    SHOWN = "shown", _("may be shown")
    HIDDEN = "hidden", _("is not shown")


class Step(models.TextChoices):
    DRAW = "draw", _("Draw the sample")
    START = "start", _("Send the invitations")
    PAUSE = "pause", _("Pause")
    RESUME = "resume", _("Go on")
    CLOSE = "close", _("Close now")
    ABANDON = "abandon", _("Abandon")
    # Changes no state: what could not be delivered is tried at once.
    RETRY = "retry", _("Try again now")


# The whole life of a wave, readable in one place. Nothing else decides what may follow what.
RULES: dict[Step, tuple[frozenset[State], State]] = {
    Step.DRAW: (frozenset({State.PLANNED}), State.DRAWN),
    Step.START: (frozenset({State.DRAWN}), State.RUNNING),
    Step.PAUSE: (frozenset({State.RUNNING}), State.PAUSED),
    Step.RESUME: (frozenset({State.PAUSED}), State.RUNNING),
    Step.CLOSE: (frozenset({State.RUNNING, State.PAUSED}), State.CLOSED),
    Step.ABANDON: (frozenset({State.DRAWN}), State.ABANDONED),
}
# Before these nobody was asked anything, and there is nothing to mix.
UNSENT_STATES = (State.PLANNED, State.DRAWN, State.ABANDONED)
# While these hold, a link still takes an answer.
OPEN_STATES = (State.RUNNING, State.PAUSED)
