"""What a member writes: a new request, and a message in one."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import gettext_lazy as _

from branches.models import Branch, Topic
from requests_app.expectation_models import Expectation
from requests_app.forms.fields import CleanTextField, FilesField
from requests_app.models import BODY_LENGTH, SUBJECT_LENGTH

DONT_KNOW = "dont_know"


class MessageForm(forms.Form):
    """Something more that the member writes in a request."""

    body = CleanTextField(
        limit=BODY_LENGTH,
        label=_("Write again"),
        error_messages={"required": _("Write your message first.")},
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    documents = FilesField(label=_("Documents"))


@dataclass(frozen=True)
class Choice:
    """One card of the form: a branch in the member's own words, or (None) “I don't know”."""

    branch: Branch | None
    value: str
    is_chosen: bool
    topics: BoundField | None
    expectation: Expectation | None

    @property
    def css_class(self) -> str:
        return self.branch.css_class if self.branch else "dont-know"


class RequestForm(forms.Form):
    """A new request. The branches are offered in the member's own words, topics within them."""

    about = forms.ChoiceField(
        label=_("What is it about?"),
        error_messages={"required": _("Choose what it is about, or “I don't know”.")},
    )
    subject = CleanTextField(
        limit=SUBJECT_LENGTH,
        one_line=True,
        label=_("Your request in one sentence"),
        error_messages={"required": _("Say in one sentence what you need.")},
    )
    body = CleanTextField(
        limit=BODY_LENGTH,
        label=_("Tell us more"),
        help_text=_("Dates, amounts and what you have tried already help us to answer at once."),
        error_messages={"required": _("Tell us what happened, or what you want to know.")},
        widget=forms.Textarea(attrs={"rows": 7}),
    )
    documents = FilesField(label=_("Documents"))

    def __init__(self, *args: Any, branches: Sequence[Branch], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.branches = {branch.code: branch for branch in branches}
        self.fields["about"].choices = [  # type: ignore[attr-defined]
            *((branch.code, branch.invitation) for branch in branches),
            (DONT_KNOW, _("I don't know")),
        ]
        for branch in branches:
            self.fields[f"topic_{branch.code}"] = forms.ChoiceField(
                required=False,
                label=_("More precisely"),
                choices=[
                    ("", _("Something else")),
                    *((topic.code, topic.title) for topic in branch.topics.all()),
                ],
            )

    def choices(
        self, *, works_by_branch: bool, expectations: dict[int | None, Expectation]
    ) -> Iterator[Choice]:
        """The cards, each with the waiting time of who would answer it."""
        chosen = self["about"].value()
        for code, branch in [*self.branches.items(), (DONT_KNOW, None)]:
            answers = branch.pk if branch and works_by_branch else None
            yield Choice(
                branch=branch,
                value=code,
                is_chosen=chosen == code,
                topics=self[f"topic_{code}"] if branch else None,
                expectation=expectations.get(answers),
            )

    @property
    def content(self) -> dict[str, Any]:
        """What `submission.submit` stores. Only the topic within the chosen branch counts."""
        branch = self.branches.get(self.cleaned_data["about"])
        return {
            "subject": self.cleaned_data["subject"],
            "body": self.cleaned_data["body"],
            "branch": branch,
            "topic": self._topic_in(branch) if branch else None,
        }

    def _topic_in(self, branch: Branch) -> Topic | None:
        code = self.cleaned_data[f"topic_{branch.code}"]
        return next((topic for topic in branch.topics.all() if topic.code == code), None)
