"""What an adviser fills in for a call or a visit, and how a member is looked for."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from branches.models import Branch
from people.models import Member, User
from requests_app.calls import BACKDATED_AT_MOST, CHANNELS, CallRefused, Outcome, refuse_time
from requests_app.forms.fields import CleanTextField
from requests_app.models import BODY_LENGTH, SUBJECT_LENGTH
from requests_app.selectors.people import found_members, known_member

FIND_LENGTH = 100
TOPIC, BRANCH = "topic", "branch"


class FindForm(forms.Form):
    """A few letters of a name, a member number or an e-mail address."""

    find = CleanTextField(
        limit=FIND_LENGTH,
        one_line=True,
        required=False,
        label=_("Member"),
        help_text=_("Name, number or e-mail address"),
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )


class Moment(forms.DateTimeInput):
    """A date and a time of day, as browsers take them."""

    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%dT%H:%M")


class CallForm(FindForm):
    # The number of the one who was chosen among those found.
    member = forms.CharField(
        label=_("Member"),
        error_messages={"required": _("Choose the member.")},
        required=False,
    )
    channel = forms.ChoiceField(
        label=_("How the member came"),
        choices=[(channel.value, channel.label) for channel in CHANNELS],
        error_messages={"required": _("Choose one."), "invalid_choice": _("Choose one.")},
    )
    arrived_at = forms.DateTimeField(
        required=False,
        label=_("When the member came"),
        help_text=_("Empty: now. At most 7 days ago."),
        error_messages={"invalid": _("Give a date and a time.")},
        widget=Moment(),
    )
    about = forms.ChoiceField(
        required=False,
        label=_("Topic"),
        error_messages={"invalid_choice": _("Choose a topic.")},
    )
    subject = CleanTextField(
        limit=SUBJECT_LENGTH,
        one_line=True,
        label=_("Subject"),
        error_messages={"required": _("Say in one sentence what the member needs.")},
    )
    body = CleanTextField(
        limit=BODY_LENGTH,
        required=False,
        label=_("What the member said"),
        help_text=_("Empty: the subject says it all."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    answer = CleanTextField(
        limit=BODY_LENGTH,
        required=False,
        label=_("What you answered"),
        help_text=_("The member reads it in the request."),
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    outcome = forms.ChoiceField(
        label=_("What became of it"),
        choices=Outcome.choices,
        error_messages={"required": _("Choose one."), "invalid_choice": _("Choose one.")},
    )

    def __init__(
        self, *args: Any, by: User, at: datetime, branches: Sequence[Branch], **kwargs: Any
    ) -> None:
        self.by, self.at, self.branches = by, at, branches
        super().__init__(*args, **kwargs)
        self.fields["about"].choices = list(self._topics())  # type: ignore[attr-defined]
        self.fields["arrived_at"].widget.attrs |= {
            "min": f"{localtime(at - BACKDATED_AT_MOST):%Y-%m-%dT%H:%M}",
            "max": f"{localtime(at):%Y-%m-%dT%H:%M}",
        }

    def _topics(self) -> Iterator[tuple[str, Any]]:
        yield "", _("I don't know")
        for branch in self.branches:
            topics = [(f"{TOPIC}:{topic.code}", topic.title) for topic in branch.topics.all()]
            yield branch.name, [(f"{BRANCH}:{branch.code}", branch.name), *topics]

    @cached_property
    def members(self) -> list[Member]:
        """Who is offered: who was chosen, else who is found by what is typed."""
        if chosen := self.chosen:
            return [chosen]
        typed = str(self["find"].value() or "")
        return found_members(typed, reader=self.by, at=self.at)

    @cached_property
    def chosen(self) -> Member | None:
        number = str(self["member"].value() or "")
        return known_member(number, reader=self.by, at=self.at) if number else None

    def clean_member(self) -> Member:
        number = self.cleaned_data["member"]
        found = self.members
        # Without a choice, whoever is the only one found is meant.
        if len(found) != 1 or (number and found[0].number != number):
            raise ValidationError(_("Choose the member."), "required")
        return found[0]

    def clean_arrived_at(self) -> datetime:
        arrived_at: datetime = self.cleaned_data["arrived_at"] or self.at
        try:
            refuse_time(arrived_at, at=self.at)
        except CallRefused as refused:
            raise ValidationError(str(refused), "out_of_bounds") from refused
        return arrived_at

    def clean(self) -> None:
        super().clean()
        outcome, answer = self.cleaned_data.get("outcome"), self.cleaned_data.get("answer")
        if outcome in {Outcome.CLOSED, Outcome.ANSWERED} and answer == "":
            self.add_error("answer", _("Write what you answered, or choose “To be answered”."))
        if outcome == Outcome.TO_ANSWER and answer:
            self.add_error("outcome", _("You wrote an answer: say that it is answered."))

    @property
    def content(self) -> dict[str, Any]:
        """What `calls.log_call` stores."""
        taken = ("member", "arrived_at", "channel", "outcome", "subject", "answer")
        kind, _colon, code = self.cleaned_data["about"].partition(":")
        topics = [topic for branch in self.branches for topic in branch.topics.all()]
        return {name: self.cleaned_data[name] for name in taken} | {
            "body": self.cleaned_data["body"] or self.cleaned_data["subject"],
            "topic": next((t for t in topics if (kind, t.code) == (TOPIC, code)), None),
            "branch": next((b for b in self.branches if (kind, b.code) == (BRANCH, code)), None),
        }
