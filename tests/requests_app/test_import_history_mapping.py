"""Mapping files: what is understood, and that every mistake is named."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils import translation

from requests_app.enums import Action
from requests_app.importing.mapping import Arrival, MappingError, Step, read_mapping

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
SMALL = """
source = "x"
[columns]
case = "a"
activity = "b"
time = "c"
customer = "d"
[office]
code = "LIEGE"
[activities]
"New" = "submit"
"""


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


def test_the_mapping_of_the_help_desk_log_is_understood() -> None:
    mapping = read_mapping((EXAMPLES / "helpdesk_4tu.toml").read_text())
    assert mapping.activities["Closed"] == Step(Action.CLOSE, "answered")
    assert len(mapping.activities) == 14
    assert mapping.keeps_duplicates
    assert mapping.new_office
    assert mapping.new_office.prefix == "HELP"


def test_the_smallest_mapping_refuses_whatever_it_does_not_allow() -> None:
    mapping = read_mapping(SMALL)
    assert mapping.arrival is Arrival.FIRST_EVENT
    assert not mapping.keeps_duplicates
    assert not mapping.creates_people
    assert not mapping.creates_members


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (("source", "sauce"), "source: is missing"),
        (('"x"', '"Two Words"'), "source: up to 20 small letters"),
        (('"x"', "3"), "source: must be str"),
        (('customer = "d"', ""), "columns.customer: is missing"),
        (("customer", "client"), "columns.client: is not known here"),
        (('code = "LIEGE"', ""), "office: give a code"),
        (('"submit"', '"dance"'), "activities.New.action: must be one of: submit"),
        (('"submit"', '"close"'), "activities.New.reason: must be one of: answered"),
        (('"submit"', '{ action = "take", reason = "spam" }'), "activities.New.reason"),
        (('"submit"', '{ action = "take", asks_member = true }'), "belongs to an answer"),
        (("[activities]", "[activities]\n[moods]"), "moods: is not known here"),
        (("[office]", '[time]\nzone = "Mars/Base"\n[office]'), "time.zone: is not the name"),
        (("[office]", '[file]\ndelimiter = ";;"\n[office]'), "file.delimiter: must be one"),
        (("[office]", '[groups]\n"A" = "coop"\n[office]'), "columns.group: is missing"),
        (("[office]", "[office"), "This is not TOML"),
        (("[activities]", '[office.create]\ncode = "e"\n[activities]'), "office.create.name"),
    ],
)
def test_each_mistake_is_named(change: tuple[str, str], problem: str) -> None:
    with pytest.raises(MappingError) as refused:
        read_mapping(SMALL.replace(*change))
    assert problem in str(refused.value)


def test_all_mistakes_are_named_at_once() -> None:
    with pytest.raises(MappingError) as refused:
        read_mapping("[file]\nduplicates = 'maybe'")
    assert len(str(refused.value).splitlines()) >= 7


def test_the_mapping_in_the_documentation_is_understood() -> None:
    page = (EXAMPLES.parent / "importing.md").read_text(encoding="utf-8")
    first_toml = page.split("```toml\n")[1].split("```")[0]
    mapping = read_mapping(first_toml)
    assert mapping.activities["Question sent"] == Step(Action.ANSWER, asks_member=True)
    assert (mapping.delimiter, str(mapping.zone)) == (";", "Europe/Brussels")
