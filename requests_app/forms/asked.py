"""What an adviser asks and decides about documents, and what a member says when handing one in."""

from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from requests_app.asked_models import LINE_LENGTH, AskedDocument
from requests_app.document_rules import CorrectionReason, DocumentKind, RefusalReason
from requests_app.forms.adviser import ActionForm
from requests_app.forms.fields import CleanTextField, FilesField

MEMBERS_WORDS = 2_000


def _line_field() -> CleanTextField:
    return CleanTextField(
        limit=LINE_LENGTH,
        required=False,
        label=_("A line to the member"),
        widget=forms.Textarea(attrs={"rows": 2}),
    )


def _choice(label: Any, choices: list[tuple[str, Any]], missing: Any) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label,
        choices=[("", _("Choose")), *choices],
        error_messages={"required": missing, "invalid_choice": missing},
    )


def _day_field() -> forms.DateField:
    return forms.DateField(
        label=_("Due on"),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        error_messages={"invalid": _("Choose a day, for example 2023-06-30.")},
    )


class AskForm(ActionForm):
    """Ask the member for a document. Its key stays out of drafts: it is nothing that was typed."""

    menu = "ask_document"

    kind = _choice(_("Document"), DocumentKind.choices, _("Choose which document."))
    due_on = _day_field()
    line = _line_field()
    key = forms.UUIDField(widget=forms.HiddenInput)
    waits = forms.BooleanField(required=False, widget=forms.HiddenInput)

    def add_prefix(self, field_name: str) -> str:
        return "ask_key" if field_name == "key" else super().add_prefix(field_name)


class DecisionForm(forms.Form):
    """One decision on a document. It carries the version that its reader saw."""

    version = forms.IntegerField(
        min_value=1,
        widget=forms.HiddenInput,
        error_messages={"required": _("Open the document again before you act.")},
    )

    def __init__(self, *args: Any, asked: AskedDocument, **kwargs: Any) -> None:
        kwargs.setdefault("auto_id", f"{type(self).__name__.lower()}-%s")
        kwargs.setdefault("initial", {"version": asked.version})
        super().__init__(*args, **kwargs)

    @property
    def given(self) -> dict[str, Any]:
        """What the function of the domain takes."""
        return self.cleaned_data


class CheckForm(DecisionForm):
    line = _line_field()
    answers = forms.BooleanField(required=False, widget=forms.HiddenInput)


class CorrectForm(DecisionForm):
    reason = _choice(_("Reason"), CorrectionReason.choices, _("Choose a reason."))
    due_on = _day_field()
    line = _line_field()


class RefuseForm(DecisionForm):
    reason = _choice(_("Reason"), RefusalReason.choices, _("Choose a reason."))
    line = _line_field()


class HandInForm(forms.Form):
    """The files for one document, and what the member wants to say with them."""

    documents = FilesField(label=_("Files"))
    body = CleanTextField(
        limit=MEMBERS_WORDS,
        required=False,
        label=_("Something to say with it"),
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args: Any, number: int, key: UUID, **kwargs: Any) -> None:
        self.number, self.key = number, key
        kwargs.setdefault("auto_id", f"asked-{number}-%s")
        super().__init__(*args, **kwargs)
