"""What a manager types beside a sealed month."""

from typing import Any

from django import forms
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reports.models import MonthlyReport, Recomputation
from reports.seal_models import WORDS_LENGTH
from requests_app.forms.fields import CleanTextField


class PublishForm(forms.Form):
    """Words to the sealed figures, or to a version that stands beside them where there is one."""

    words = CleanTextField(
        label=gettext_lazy("Your words"),
        limit=WORDS_LENGTH,
        help_text=gettext_lazy(
            "They stand beside the sealed figures, with your name and the date."
        ),
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def __init__(self, *args: Any, report: MonthlyReport, **options: Any) -> None:
        super().__init__(*args, **options)
        versions = report.recomputations.order_by("-version")
        self.versions = {str(version.version): version for version in versions}
        named = [(number, _name(version)) for number, version in self.versions.items()]
        choices = [("", _("The sealed figures")), *named]
        self.fields["version"] = forms.ChoiceField(
            label=_("Which figures"), choices=choices, required=False
        )

    def clean_version(self) -> Recomputation | None:
        """The version itself; None: the sealed figures."""
        return self.versions.get(self.cleaned_data["version"])


def _name(version: Recomputation) -> str:
    return _("Version %(number)s, data until %(day)s") % {
        "number": version.version,
        "day": date_format(localtime(version.cut_off), "DATE_FORMAT"),
    }
