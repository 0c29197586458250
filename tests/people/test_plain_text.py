"""What people type is made safe to store, and the law's number is kept out."""

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from people.plain_text import clean_text, mask_register_numbers


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("  Bonjour \r\nvous\r", "Bonjour \nvous"),
        ("e\u0301cole", "école"),
        ("a\x07b\x9fc", "abc"),
        ("\u200b\ufeff\u3164 \n", ""),
        ("👩‍🎨 peintre", "👩‍🎨 peintre"),
    ],
)
def test_text_is_cleaned_and_not_changed_otherwise(typed: str, stored: str) -> None:
    assert clean_text(typed) == stored


@pytest.mark.parametrize("typed", ["a\x00b", "a\ud800b"])
def test_what_cannot_be_stored_is_refused(typed: str) -> None:
    with pytest.raises(ValidationError) as refused:
        clean_text(typed)
    assert refused.value.code == "characters"


def test_a_limit_counts_what_is_left() -> None:
    assert clean_text(" aaa ", limit=3) == "aaa"
    with pytest.raises(ValidationError):
        clean_text("aaaa", limit=3)


def test_one_line_stays_one_line() -> None:
    assert clean_text("a\n\tb\u2028c", one_line=True) == "a b c"


@given(st.text())
def test_cleaning_twice_changes_nothing_more(typed: str) -> None:
    try:
        once = clean_text(typed)
    except ValidationError:
        return
    assert clean_text(once) == once


# The example of the official form, and one born in 2000 (check digits computed with a 2 in front).
@pytest.mark.parametrize(
    "number", ["85073003328", "85.07.30-033.28", "85 07 30 033 28", "17073003384"]
)
def test_a_register_number_is_masked(number: str) -> None:
    assert mask_register_numbers(f"n° {number}, merci") == "n° […], merci"


@pytest.mark.parametrize("number", ["85073003329", "12345678901", "850730033281", "BE0850730033"])
def test_another_number_stays(number: str) -> None:
    assert mask_register_numbers(number) == number
