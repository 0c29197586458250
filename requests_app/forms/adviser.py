"""What an adviser decides and writes. Each form carries the version that its reader saw."""

from itertools import groupby
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from branches.models import Branch, Topic
from requests_app.enums import AfterAnswer, ClosingReason, SendBackReason, TransferReason
from requests_app.forms.fields import CleanTextField, FilesField, LetteredSelect
from requests_app.models import BODY_LENGTH, MemberRequest

LINE_LENGTH = 500
# The HTML form of a page to which every field and every button of its actions belong.
REPLY = "reply"
# By keyboard a letter closes at once: none of them is the one that opens the menu, held too long.
CLOSING_LETTERS = {
    ClosingReason.ANSWERED.value: "a",
    ClosingReason.NO_REPLY.value: "n",
    ClosingReason.WITHDRAWN.value: "w",
    ClosingReason.DUPLICATE.value: "d",
    ClosingReason.SPAM.value: "s",
}


class ActionForm(forms.Form):
    """An action that needs nothing but to know which version its reader saw.

    All actions of a page belong to one HTML form, that of the reply: whichever button is pressed,
    what was typed comes along. So the fields of a menu carry its name: `transfer-line`.
    """

    menu = ""

    version = forms.IntegerField(
        min_value=1,
        widget=forms.HiddenInput,
        error_messages={"required": _("Open the request again before you act.")},
    )

    def __init__(
        self,
        data: QueryDict | None = None,
        files: Any = None,
        *,
        member_request: MemberRequest,
        **kwargs: Any,
    ) -> None:
        self.member_request = member_request
        # Several forms stand on one page: each has its own names for labels and errors to point at.
        kwargs.setdefault("auto_id", f"{type(self).__name__.lower()}-%s")
        super().__init__(data and self._by_menu(data), files, **kwargs)
        if self.menu:
            for field in self.fields.values():
                field.widget.attrs["form"] = REPLY

    def add_prefix(self, field_name: str) -> str:
        return f"{self.menu}-{field_name}" if self.menu and field_name != "version" else field_name

    def _by_menu(self, data: QueryDict) -> QueryDict:
        """A button that says a value itself (`branch=coop`) comes before what its menu says."""
        if not self.menu:
            return data
        named = data.copy()
        for name in self.base_fields:
            if name in data:
                named.setlist(self.add_prefix(name), data.getlist(name))
        return named

    @classmethod
    def typed_before(cls, typed: dict[str, str]) -> dict[str, str]:
        """What a draft holds for this menu, by the names of its fields."""
        mine = f"{cls.menu}-"
        return {
            name.removeprefix(mine): text for name, text in typed.items() if name.startswith(mine)
        }

    @property
    def given(self) -> dict[str, Any]:
        """What the function of the domain takes."""
        return self.cleaned_data


class LineForm(ActionForm):
    line = CleanTextField(
        limit=LINE_LENGTH,
        required=False,
        label=_("A line for your colleagues"),
        widget=forms.Textarea(attrs={"rows": 2}),
    )


def _branch_field() -> "forms.ModelChoiceField[Branch]":
    """One of the branches, named by its code."""
    return forms.ModelChoiceField(
        queryset=Branch.objects.order_by("position"),
        to_field_name="code",
        label=_("Branch"),
        empty_label=_("Choose"),
        error_messages=_asks_for(_("Choose a branch.")),
    )


def _asks_for(words: Any) -> dict[str, Any]:
    """Nothing chosen, and something that is not on offer, are the same to who chooses."""
    return {"required": words, "invalid_choice": words}


def _topics_by_branch() -> list[tuple[str, Any]]:
    topics = Topic.objects.select_related("branch").order_by("branch__position", "position")
    groups = groupby(topics, key=lambda topic: topic.branch.name)
    named = [(name, [(topic.code, topic.title) for topic in group]) for name, group in groups]
    return [("", _("No topic")), *named]


class RouteForm(ActionForm):
    menu = "route"
    branch = _branch_field()
    topic = forms.ModelChoiceField(
        queryset=Topic.objects.select_related("branch"),
        to_field_name="code",
        required=False,
        label=_("Topic"),
        error_messages={"invalid_choice": _("Choose a topic.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["topic"].choices = _topics_by_branch  # type: ignore[attr-defined]

    def clean(self) -> None:
        super().clean()
        branch, topic = self.cleaned_data.get("branch"), self.cleaned_data.get("topic")
        if branch and topic and topic.branch_id != branch.pk:
            self.add_error(
                "topic",
                _("This topic belongs to “%(branch)s”.") % {"branch": topic.branch.name},
            )


class TransferForm(LineForm):
    menu = "transfer"
    branch = _branch_field()
    reason = forms.ChoiceField(
        label=_("Reason"),
        choices=[("", _("Choose")), *TransferReason.choices],
        error_messages=_asks_for(_("Choose a reason.")),
    )
    tell = forms.BooleanField(
        required=False,
        label=_("Tell the member who takes over"),
        widget=forms.CheckboxInput,
    )
    sentence = CleanTextField(
        limit=LINE_LENGTH,
        required=False,
        label=_("In your own words to the member"),
        help_text=_("Empty: our sentence, in the member's language."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    field_order = ["version", "branch", "reason", "line", "tell", "sentence"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = Branch.objects.exclude(requests=self.member_request).order_by("position")
        self.fields["branch"].queryset = others  # type: ignore[attr-defined]


class ConsultForm(ActionForm):
    """What another branch is asked. The key makes a double click one question."""

    menu = "consult"

    branch = _branch_field()
    question = CleanTextField(
        limit=BODY_LENGTH,
        label=_("Your question"),
        error_messages={"required": _("Write your question first.")},
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = Branch.objects.exclude(requests=self.member_request).order_by("position")
        self.fields["branch"].queryset = others  # type: ignore[attr-defined]
        if self.member_request.is_sensitive:
            self.fields["branch"].help_text = _(
                "This request is private: the branch you ask reads it while the question stands."
            )


class AdviseForm(ActionForm):
    """The view of the branch that was asked. Whatever happened meanwhile, it is welcome."""

    menu = "advise"

    # Not “body”: that is what the same page says to the member.
    advice = CleanTextField(
        limit=BODY_LENGTH,
        label=_("Our view"),
        help_text=_("Only advisers read it."),
        error_messages={"required": _("Write your view first.")},
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    key = forms.UUIDField(widget=forms.HiddenInput)

    @property
    def given(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ("advice", "key")}


class SendBackForm(LineForm):
    menu = "send_back"
    reason = forms.ChoiceField(
        label=_("Reason"),
        choices=[("", _("Choose")), *SendBackReason.choices],
        error_messages=_asks_for(_("Choose a reason.")),
    )
    field_order = ["version", "reason", "line"]


class CloseForm(ActionForm):
    menu = "close"
    reason = forms.ChoiceField(
        label=_("Reason"),
        widget=LetteredSelect(CLOSING_LETTERS),
        error_messages=_asks_for(_("Choose a reason.")),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        reasons = list(ClosingReason)
        if self.member_request.first_responded_at is None:
            reasons.remove(ClosingReason.ANSWERED)
        self.fields["reason"].choices = [  # type: ignore[attr-defined]
            ("", _("Choose")),
            *((reason.value, reason.label) for reason in reasons),
        ]


class ReopenForm(ActionForm):
    key = forms.UUIDField(widget=forms.HiddenInput)


class ReplyForm(ActionForm):
    """Two boxes: what goes to the member, and what stays among colleagues."""

    body = CleanTextField(
        limit=BODY_LENGTH,
        required=False,
        label=_("Answer"),
        error_messages={"required": _("Write your answer first.")},
        widget=forms.Textarea(attrs={"rows": 7}),
    )
    documents = FilesField(label=_("Documents"))
    note = CleanTextField(
        limit=BODY_LENGTH,
        required=False,
        label=_("Internal note"),
        help_text=_("Only advisers read it."),
        error_messages={"required": _("Write your note first.")},
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    then = forms.ChoiceField(required=False, choices=AfterAnswer.choices)


class AnswerForm(ReplyForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["body"].required = True

    def clean_then(self) -> AfterAnswer:
        return AfterAnswer(self.cleaned_data["then"] or AfterAnswer.STAY)

    @property
    def given(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ("version", "body", "then")}


class NoteForm(ReplyForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["note"].required = True

    @property
    def given(self) -> dict[str, Any]:
        return {"version": self.cleaned_data["version"], "body": self.cleaned_data["note"]}
