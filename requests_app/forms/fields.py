"""Fields for what people write and upload. Their errors name the reason; what was typed stays."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest

from people.plain_text import clean_text, mask_register_numbers
from requests_app.composing import Typed
from requests_app.documents import ACCEPT
from requests_app.drafts import MESSAGE

# What a form posts beside what somebody typed.
_MACHINERY = frozenset(
    {
        "csrfmiddlewaretoken",
        "key",
        "announced",
        "documents",
        "version",
        "discard",
        "view",
        "after",
        "author",
        "ask_key",
        "document_version",
        "saved",
        "answers",
        "preview",
    }
)
# A form of ours has fewer fields than this: nobody fills a draft with thousands.
_MOST_FIELDS = 60


class CleanTextField(forms.CharField):
    """Text that is safe to store: cleaned, within its limit, without national register numbers.

    The limit is no `maxlength` where a text may be pasted: browsers would cut it without a word.
    """

    def __init__(self, *, limit: int, one_line: bool = False, **kwargs: Any) -> None:
        self.limit, self.one_line = limit, one_line
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> str:
        text = clean_text(str(value or ""), limit=self.limit, one_line=self.one_line)
        return mask_register_numbers(text)


class LetteredSelect(forms.Select):
    """A list that names the key of each choice, the same one whatever else is on offer."""

    def __init__(self, letters: Mapping[str, str]) -> None:
        self.letters = letters
        super().__init__()

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *args, **kwargs)
        if letter := self.letters.get(str(value)):
            option["attrs"]["data-choose"] = letter
        return option


class FilesInput(forms.FileInput):
    """A file input that takes several files."""

    allow_multiple_selected = True

    def __init__(self) -> None:
        super().__init__(attrs={"accept": ACCEPT})

    def value_from_datadict(self, _data: Any, files: Any, name: str) -> list[UploadedFile]:
        return list(files.getlist(name)) if hasattr(files, "getlist") else []


class FilesField(forms.FileField):
    """Several uploaded files, as a list. `composing` checks each one and keeps the good ones."""

    widget = FilesInput

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, **kwargs)

    def clean(self, data: Sequence[UploadedFile], _initial: Any = None) -> list[UploadedFile]:
        return list(data)


def storable(text: str) -> str:
    """The text as a draft may hold it: as typed, but for what the database or the law refuses."""
    text = text.replace("\x00", "").encode("utf-8", "ignore").decode()
    return mask_register_numbers(text)


def _key_in(posted: Mapping[str, str]) -> UUID:
    try:
        return UUID(posted.get("key", ""))
    except ValueError:
        return uuid4()


def typed_from(posted: Mapping[str, str], place: str = MESSAGE) -> Typed:
    """What stood in a form that came without its files; its draft is that of `place`."""
    names = [name for name in posted if name not in _MACHINERY][:_MOST_FIELDS]
    return Typed(
        fields={storable(name)[:40]: storable(posted[name]) for name in names},
        key=_key_in(posted),
        place=place,
    )


def typed_in(request: HttpRequest, place: str = MESSAGE) -> Typed:
    """What came with the form of this request, whichever form it is: text, files and its key."""
    return replace(
        typed_from(request.POST, place),
        files=request.FILES.getlist("documents"),
        announced=[storable(name) for name in request.POST.getlist("announced")],
    )
