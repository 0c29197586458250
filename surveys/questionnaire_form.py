"""The page on which a questionnaire is written, in four languages: its fields, and what they give.

A draft may have gaps; what is typed must only be storable. What is missing is said beside it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from branches.models import LANGUAGES
from requests_app.forms.fields import CleanTextField

TEXT_LENGTH = 300
SCALE_LENGTH = 600
MOST_STEPS = 7


@dataclass(frozen=True)
class Box:
    """What is typed in one language."""

    language: str
    field: BoundField
    is_missing: bool


@dataclass(frozen=True)
class Part:
    """One question as it is edited."""

    code: str
    texts: Sequence[Box]
    elsewhere: Sequence[Box]
    scale: BoundField
    top: BoundField
    everybody: BoundField


@dataclass(frozen=True)
class ScalePart:
    name: str
    texts: Sequence[Box]


class QuestionnaireForm(forms.Form):
    """Every text of a draft. `content` gives what was typed, in the shape in which it is stored."""

    revision = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    asks_contact = forms.BooleanField(
        required=False,
        label=gettext_lazy("Ask first whether there was any contact"),
        help_text=gettext_lazy(
            "Who answers no is asked only the questions marked “without contact too”."
        ),
    )

    def __init__(self, *args: Any, content: Mapping[str, Any], **kwargs: Any) -> None:
        self.before = content
        super().__init__(*args, **kwargs)
        self._add_texts("contact")
        for item in content["items"]:
            self._add_question(item["code"], str(item["scale"]))
        for name in content["scales"]:
            self._add_texts(f"scale-{name}", limit=SCALE_LENGTH, rows=5)
        self._add_texts("not_applicable", rows=2)
        self._add_texts("comment")

    def _add_texts(self, name: str, *, limit: int = TEXT_LENGTH, rows: int = 3) -> None:
        for language in LANGUAGES:
            self.fields[f"{name}-{language}"] = CleanTextField(
                limit=limit,
                required=False,
                label=language.upper(),
                widget=forms.Textarea(attrs={"rows": rows, "lang": language}),
            )

    def _add_question(self, code: str, scale: str) -> None:
        self._add_texts(code)
        self._add_texts(f"{code}-elsewhere")
        self.fields[f"{code}-scale"] = forms.ChoiceField(
            label=_("Scale"), choices=[(name, self._words(name)) for name in self.before["scales"]]
        )
        self.fields[f"{code}-top"] = forms.TypedMultipleChoiceField(
            label=_("Counts as good"),
            required=False,
            coerce=int,
            choices=self._steps(scale),
            widget=forms.CheckboxSelectMultiple,
        )
        self.fields[f"{code}-everybody"] = forms.BooleanField(
            label=_("Without contact too"), required=False
        )

    def _words(self, scale: str) -> str:
        """A scale as one knows it again: its first and its last step."""
        words = self._in_some_language(scale)
        return f"{words[0]} … {words[-1]} ({len(words)})" if words else _("New scale")

    def _in_some_language(self, scale: str) -> list[str]:
        """The steps in the language of the page, else in the first one that has any."""
        texts = self.before["scales"][scale]
        order = [get_language() or "", *LANGUAGES]
        return next((texts[language] for language in order if texts.get(language)), [])

    def _steps(self, scale: str) -> list[tuple[int, str]]:
        words = self._in_some_language(scale)
        return [(step, f"{step} {word}") for step, word in enumerate(words[:MOST_STEPS], 1)]

    @classmethod
    def initial_of(cls, content: Mapping[str, Any], *, revision: int) -> dict[str, Any]:
        """What the fields show of a stored version."""
        initial: dict[str, Any] = {"revision": revision, "asks_contact": bool(content["contact"])}
        named = {name: content.get(name) or {} for name in ("contact", "not_applicable", "comment")}
        for item in content["items"]:
            code = item["code"]
            named |= {code: item["texts"], f"{code}-elsewhere": item.get("texts_elsewhere", {})}
            initial |= {
                f"{code}-scale": item["scale"],
                f"{code}-top": item["top_box"],
                f"{code}-everybody": item.get("ask_everyone", False),
            }
        for name, scale in content["scales"].items():
            named[f"scale-{name}"] = {key: "\n".join(words) for key, words in scale.items()}
        for name, texts in named.items():
            initial |= {f"{name}-{language}": text for language, text in texts.items()}
        return initial

    def clean(self) -> None:
        super().clean()
        for name in self.before["scales"]:
            for language in LANGUAGES:
                if len(self._lines(f"scale-{name}-{language}")) > MOST_STEPS:
                    self.add_error(
                        f"scale-{name}-{language}",
                        _("At most %(count)s steps, one a line.") % {"count": MOST_STEPS},
                    )

    def _lines(self, field: str) -> list[str]:
        text = str(self.cleaned_data.get(field, ""))
        return [line.strip() for line in text.splitlines() if line.strip()]

    @property
    def content(self) -> dict[str, Any]:
        """What was typed, as it is stored."""
        scales = {
            name: {key: self._lines(f"scale-{name}-{key}") for key in LANGUAGES}
            for name in self.before["scales"]
        }
        return {
            "scales": scales,
            "not_applicable": self._texts("not_applicable"),
            "contact": self._all_four("contact") if self.cleaned_data["asks_contact"] else {},
            "comment": self._texts("comment"),
            "items": [self._item(item) for item in self.before["items"]],
        }

    def _texts(self, name: str) -> dict[str, str]:
        """The texts by language; nothing at all when every box is empty."""
        texts = self._all_four(name)
        return texts if any(texts.values()) else {}

    def _all_four(self, name: str) -> dict[str, str]:
        return {key: str(self.cleaned_data[f"{name}-{key}"]).strip() for key in LANGUAGES}

    def _item(self, before: Mapping[str, Any]) -> dict[str, Any]:
        code = before["code"]
        item = {**before, "texts": self._texts(code)}
        item["scale"] = self.cleaned_data[f"{code}-scale"]
        item["top_box"] = sorted(self.cleaned_data[f"{code}-top"])
        item["ask_everyone"] = self.cleaned_data[f"{code}-everybody"]
        item["texts_elsewhere"] = self._texts(f"{code}-elsewhere")
        return item

    def boxes(self, name: str, *, may_be_empty: bool = False) -> list[Box]:
        """The four boxes of a text. One that may be empty lacks nothing while all four are."""
        fields = {language: self[f"{name}-{language}"] for language in LANGUAGES}
        typed = {key: str(field.value() or "").strip() for key, field in fields.items()}
        is_asked = any(typed.values()) or not may_be_empty
        return [Box(key, fields[key], is_asked and not typed[key]) for key in LANGUAGES]

    def parts(self) -> Iterator[Part]:
        for item in self.before["items"]:
            code = item["code"]
            yield Part(
                code=code,
                texts=self.boxes(code),
                elsewhere=self.boxes(f"{code}-elsewhere", may_be_empty=True),
                scale=self[f"{code}-scale"],
                top=self[f"{code}-top"],
                everybody=self[f"{code}-everybody"],
            )

    def scales(self) -> Iterator[ScalePart]:
        for name in self.before["scales"]:
            yield ScalePart(name, self.boxes(f"scale-{name}"))

    def contact_boxes(self) -> list[Box]:
        return self.boxes("contact", may_be_empty=not self["asks_contact"].value())

    def not_applicable_boxes(self) -> list[Box]:
        return self.boxes("not_applicable")

    def comment_boxes(self) -> list[Box]:
        return self.boxes("comment", may_be_empty=True)
