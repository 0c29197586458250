"""What an adviser asks and decides about documents, and what a member says when handing one in."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from requests_app.asked_models import LINE_LENGTH, AskedDocument
from requests_app.document_rules import CorrectionReason, DocumentKind, RefusalReason
from requests_app.forms.adviser import ActionForm
from requests_app.forms.fields import CleanTextField, FilesField
from requests_app.models import Draft

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


# The HTML form of a review to which the fields and the buttons of its menus belong.
DECIDE = "decide"


class DecisionForm(forms.Form):
    """One decision on a document. It carries the version that its reader saw.

    All decisions of a page belong to one HTML form, so that whichever is made, what was typed for
    another one comes along; the fields of each carry its name: `correct-line`.
    """

    menu = ""

    version = forms.IntegerField(
        min_value=1,
        widget=forms.HiddenInput,
        error_messages={"required": _("Open the document again before you act.")},
    )

    def __init__(
        self,
        *args: Any,
        asked: AskedDocument,
        typed: Mapping[str, str] | None = None,
        **kwargs: Any,
    ) -> None:
        mine = f"{self.menu}-"
        kwargs.setdefault("auto_id", f"{type(self).__name__.lower()}-%s")
        kwargs.setdefault(
            "initial",
            {
                name.removeprefix(mine): text
                for name, text in (typed or {}).items()
                if name.startswith(mine)
            }
            | {"version": asked.version},
        )
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs["form"] = DECIDE

    def add_prefix(self, field_name: str) -> str:
        # The version is that of the page, and “answers” is said by the button that is pressed.
        is_shared = field_name in {"version", "answers"}
        return field_name if is_shared else f"{self.menu}-{field_name}"

    @property
    def given(self) -> dict[str, Any]:
        """What the function of the domain takes."""
        return self.cleaned_data

    @property
    def sent(self) -> str:
        """The menu whose words go out with this decision."""
        return self.menu


class CheckForm(DecisionForm):
    """Two buttons: that of the menu answers with its line, the other leaves the line typed."""

    menu = "check"

    line = _line_field()
    answers = forms.BooleanField(required=False, widget=forms.HiddenInput)

    @property
    def given(self) -> dict[str, Any]:
        return self.cleaned_data if self.sent else self.cleaned_data | {"line": ""}

    @property
    def sent(self) -> str:
        return self.menu if self.cleaned_data["answers"] else ""


class CorrectForm(DecisionForm):
    menu = "correct"

    reason = _choice(_("Reason"), CorrectionReason.choices, _("Choose a reason."))
    due_on = _day_field()
    line = _line_field()


class RefuseForm(DecisionForm):
    menu = "refuse"

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

    def __init__(
        self, *args: Any, number: int, key: UUID, draft: Draft | None = None, **kwargs: Any
    ) -> None:
        self.number, self.key, self.draft = number, key, draft
        kwargs.setdefault("auto_id", f"asked-{number}-%s")
        super().__init__(*args, **kwargs)
