"""What a member fills in, and what a manager plans."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from branches.models import Office
from people.plain_text import clean_text, mask_register_numbers
from surveys.answer_models import COMMENT_LENGTH
from surveys.enums import Kind
from surveys.questionnaires import CONTACT, NO, NOT_APPLICABLE, YES, Form

Choice = tuple[str, str]


@dataclass(frozen=True)
class Question:
    """One question as the page shows it."""

    field: forms.BoundField
    text: str
    needs_contact: bool


class AnswerForm(forms.Form):
    """The questionnaire in one language. Every question may be left out; all of them may not."""

    def __init__(self, *args: Any, form: Form, language: str, side: str, **kwargs: Any) -> None:
        self.questionnaire = form
        super().__init__(*args, **kwargs)
        na = (NOT_APPLICABLE, form.not_applicable[language])
        if form.contact:
            yes_no = [(str(YES), _("Yes")), (str(NO), _("No"))]
            self._add(CONTACT, form.contact[language], [*yes_no, na])
        for item in form.items:
            words = item.scale[language]
            steps = [(str(step), word) for step, word in zip(item.steps, words, strict=True)]
            self._add(item.code, item.text(language, side), [*steps, na])
        if form.comment:
            self.fields["comment"] = forms.CharField(
                required=False,
                strip=False,
                label=form.comment[language],
                widget=forms.Textarea(attrs={"rows": 3, "maxlength": COMMENT_LENGTH}),
            )

    def _add(self, code: str, text: str, choices: Sequence[Choice]) -> None:
        self.fields[code] = forms.ChoiceField(
            required=False, label=text, choices=choices, widget=forms.RadioSelect
        )

    def questions(self) -> Iterator[Question]:
        codes = [CONTACT] if self.questionnaire.contact else []
        codes += [item.code for item in self.questionnaire.items]
        always = {CONTACT} | {item.code for item in self.questionnaire.asked(NO)}
        for code in codes:
            needs = bool(self.questionnaire.contact) and code not in always
            yield Question(self[code], str(self.fields[code].label), needs)

    def as_text(self) -> str:
        """What was chosen and written, in words, for somebody to keep: it could not be sent."""
        typed = typed_in(self.data, self.questionnaire)
        lines = []
        for question in self.questions():
            labels = dict(self.fields[question.field.name].choices)  # type: ignore[attr-defined]
            if label := labels.get(typed[question.field.name]):
                lines.append(f"{question.text}\n{label}")
        return "\n\n".join([*lines, *filter(None, [typed["comment"]])])

    def clean_comment(self) -> str:
        return mask_register_numbers(clean_text(self.cleaned_data["comment"], limit=COMMENT_LENGTH))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors and not any(self.choices.values()):
            raise ValidationError(_("Please choose an answer to at least one question."))
        return cleaned

    @property
    def choices(self) -> dict[str, int | str | None]:
        """The answer as it is stored; questions that the first one rules out are left empty."""
        contact = _stored(self.cleaned_data.get(CONTACT, ""))
        asked = {item.code for item in self.questionnaire.asked(contact)}
        stored = {
            item.code: _stored(self.cleaned_data.get(item.code, "")) if item.code in asked else None
            for item in self.questionnaire.items
        }
        return ({CONTACT: contact} if self.questionnaire.contact else {}) | stored


def _stored(value: str) -> int | str | None:
    return value if value == NOT_APPLICABLE else int(value) if value else None


def typed_in(data: Mapping[str, Any], form: Form) -> dict[str, str]:
    """What a draft keeps: the choices that exist, and the comment as far as it fits."""
    names = [CONTACT, *(item.code for item in form.items)]
    typed = {name: str(data.get(name, ""))[:3] for name in names}
    try:
        typed["comment"] = clean_text(str(data.get("comment", ""))[: COMMENT_LENGTH + 500])
    except ValidationError:
        # A draft keeps what can be kept; sending says what is wrong.
        typed["comment"] = ""
    return typed


class WaveForm(forms.Form):
    """A wave to plan. Offices and months are those of the pilot."""

    kind = forms.ChoiceField(
        label=gettext_lazy("Who is asked"),
        choices=Kind,
        widget=forms.RadioSelect,
        initial=Kind.MEMBER,
    )
    month = forms.TypedChoiceField(label=gettext_lazy("Month"), coerce=date.fromisoformat)
    offices = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Offices"),
        queryset=Office.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Without the comparison offices, the pilot has no reference."),
    )
    margin = forms.DecimalField(
        label=gettext_lazy("Precision for each office and month, in points"),
        min_value=Decimal(1),
        max_value=Decimal(30),
        max_digits=3,
        decimal_places=1,
        initial=10,
        help_text=gettext_lazy(
            "10 means: when half are satisfied, the truth lies between 40 and 60 %."
        ),
    )
    expected_response = forms.IntegerField(
        label=gettext_lazy("Expected to answer, in percent"),
        min_value=1,
        max_value=100,
        initial=25,
        help_text=gettext_lazy("One in four is usual; the last wave is the best guide."),
    )

    def __init__(
        self, *args: Any, months: Sequence[date], offices: Sequence[Office], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["month"].choices = [  # type: ignore[attr-defined]
            (month.isoformat(), date_format(month, "YEAR_MONTH_FORMAT")) for month in months
        ]
        keys = [office.pk for office in offices]
        self.fields["offices"].queryset = (  # type: ignore[attr-defined]
            Office.objects.filter(pk__in=keys).order_by("name", "id")
        )
        self.fields["offices"].initial = keys
