"""Fields for what people write and upload. Their errors name the reason; what was typed stays."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from people.plain_text import clean_text, mask_register_numbers
from requests_app.documents import ACCEPT


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


class FilesInput(forms.FileInput):
    """A file input that takes several files."""

    allow_multiple_selected = True

    def __init__(self) -> None:
        super().__init__(attrs={"accept": ACCEPT})

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[UploadedFile]:
        return list(files.getlist(name)) if hasattr(files, "getlist") else []


class FilesField(forms.FileField):
    """Several uploaded files, as a list. `composing` checks each one and keeps the good ones."""

    widget = FilesInput

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, **kwargs)

    def clean(self, data: Sequence[UploadedFile], _initial: Any = None) -> list[UploadedFile]:
        return list(data)
