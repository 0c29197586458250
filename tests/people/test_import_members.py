"""The command `import_members`, from a file to members."""

import csv
from collections.abc import Callable, Iterator
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation

from people import importing
from people.models import Member, User
from people.roles import Role
from tests.factories import MemberFactory, OfficeFactory, UserFactory

pytestmark = pytest.mark.django_db

HEADER = "number,name,email,office,language,may_be_surveyed,joined_on"
ALINE = "20411,Aline Dumont,Aline@Example.org,LIEGE,fr,yes,2019-04-01"
BRAM = "20412,Bram Peeters,,LIEGE,nl,nee,15/06/2020"
Import = Callable[..., str]
Reported = Callable[[], dict[int, str]]


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def bring(tmp_path: Path) -> Import:
    """Writes the rows, runs the command, returns what it said."""
    OfficeFactory()

    def _bring(*rows: str, content: bytes | None = None, **options: Any) -> str:
        plain = "\n".join([HEADER, *rows]).encode()
        (tmp_path / "members.csv").write_bytes(plain if content is None else content)
        said = StringIO()
        call_command("import_members", tmp_path / "members.csv", stdout=said, **options)
        return said.getvalue()

    return _bring


@pytest.fixture
def reported(tmp_path: Path) -> Reported:
    def _reported() -> dict[int, str]:
        with (tmp_path / "members.csv.bad.csv").open(encoding="utf-8-sig", newline="") as file:
            return {int(row["line"]): row["reason"] for row in csv.DictReader(file)}

    return _reported


def test_members_are_made_with_their_person(bring: Import) -> None:
    assert "Members made: 2" in bring(ALINE, BRAM)
    aline = Member.objects.get(number="20411")
    assert (aline.user.name, aline.user.email) == ("Aline Dumont", "aline@example.org")
    assert (aline.user.role, aline.user.language) == (Role.MEMBER, "fr")
    assert (aline.office.code, aline.may_be_surveyed) == ("LIEGE", True)
    assert aline.joined_on == date(2019, 4, 1)


def test_a_member_without_address_may_not_sign_in(bring: Import) -> None:
    bring(ALINE, BRAM)
    bram = Member.objects.get(number="20412")
    assert (bram.user.email, bram.user.is_active, bram.may_be_surveyed) == (None, False, False)
    assert Member.objects.get(number="20411").user.is_active


@pytest.mark.parametrize("encode", ["utf-8", "utf-8-sig"])
def test_semicolons_and_the_mark_of_excel_are_understood(bring: Import, encode: str) -> None:
    text = f"{HEADER}\r\n{ALINE.replace('Dumont', 'Dumont-Œuvré')}\r\n\r\n".replace(",", ";")
    assert "Rows read: 1" in bring(content=text.encode(encode))
    assert User.objects.get().name == "Aline Dumont-Œuvré"


def test_the_same_file_twice_changes_nothing(bring: Import) -> None:
    bring(ALINE, BRAM)
    before = list(User.objects.order_by("id").values()), list(Member.objects.values())
    assert "Members unchanged: 2" in bring(ALINE, BRAM)
    assert (list(User.objects.order_by("id").values()), list(Member.objects.values())) == before


def test_what_is_different_is_changed(bring: Import) -> None:
    bring(ALINE, BRAM)
    said = bring(ALINE.replace("Dumont", "Dubois"), BRAM.replace(",,", ",bram@example.org,"))
    assert "Members changed: 2" in said
    assert set(User.objects.values_list("name", "email", "is_active")) == {
        ("Aline Dubois", "aline@example.org", True),
        ("Bram Peeters", "bram@example.org", True),
    }


def test_who_refused_surveys_here_stays_out_whatever_the_file_says(bring: Import) -> None:
    MemberFactory(number="20411", may_be_surveyed=False)
    assert "Not surveyed, because they said so here: 1" in bring(ALINE)
    assert Member.objects.get().may_be_surveyed is False


def test_who_was_shut_out_stays_out(bring: Import) -> None:
    bring(ALINE)
    User.objects.update(is_active=False)
    bring(ALINE.replace("Dumont", "Dubois"))
    assert User.objects.get().is_active is False


def test_members_that_the_file_does_not_list_stay(bring: Import) -> None:
    MemberFactory(number="1")
    bring(ALINE)
    assert set(Member.objects.values_list("number", flat=True)) == {"1", "20411"}


BAD = [
    (ALINE.replace("20411", ""), "number: This field is required."),
    (ALINE.replace("20411", "85.07.30-033.28"), "number: This holds a national register number."),
    (ALINE.replace("Aline", "Aline 85073003328"), "name: This holds a national register number."),
    (ALINE.replace("Aline@", "85073003328@"), "email: This holds a national register number."),
    (ALINE.replace("@", ""), "email: Enter a valid email address."),
    (ALINE.replace("LIEGE", "MARS"), "office: This office is unknown."),
    (ALINE.replace(",fr,", ",it,"), "language: Select a valid choice"),
    (ALINE.replace(",yes,", ",perhaps,"), "may_be_surveyed: Write yes or no."),
    (ALINE.replace(",yes,", ",,"), "may_be_surveyed: This field is required."),
    (ALINE.replace("2019-04-01", "2019-02-30"), "joined_on: Write the date as 2023-06-15"),
    (ALINE.replace("Aline D", "A" * 121), "at most 120 characters"),
    (ALINE.replace("Aline D", "\u200b").replace("umont", ""), "name: This field is required."),
    (ALINE.replace("Aline", "Al\x00ine"), "The row holds a null character."),
    (ALINE.replace("Aline", "A" * 1_000_000), "longer than 262144 bytes"),
    ("20411,Aline", "The row has 2 fields, the header has 7."),
    (BRAM.replace("Bram", "Aline"), "number: this stands in line 2 too."),
    (BRAM.replace("20412", "5").replace(",,", ",c@example.org,"), "this stands in line 3 too."),
    (ALINE.replace("Aline@", "staff@"), "email: this address belongs to somebody else here."),
]


@pytest.mark.parametrize(("row", "reason"), BAD, ids=[reason for _row, reason in BAD])
def test_a_bad_row_is_named_and_nothing_is_written(
    bring: Import, reported: Reported, row: str, reason: str
) -> None:
    UserFactory(email="staff@example.org", role=Role.ADVISER)
    chloe = "20413,Chloé Lambert,c@example.org,LIEGE,fr,oui,"
    with pytest.raises(CommandError, match="1 bad rows; nothing was stored"):
        bring(BRAM, chloe, row, "20414,Dries Claes,,LIEGE,nl,ja,")
    assert list(reported()) == [4]
    assert reason in reported()[4]
    assert not Member.objects.exists()


def test_the_good_rows_are_kept_if_asked(bring: Import, reported: Reported) -> None:
    said = bring(ALINE.replace("LIEGE", "MARS"), BRAM, skip_bad=True)
    assert "Bad rows: 1" in said
    assert list(reported()) == [2]
    assert list(Member.objects.values_list("number", flat=True)) == ["20412"]


def test_no_register_number_gets_into_the_report(bring: Import, tmp_path: Path) -> None:
    with pytest.raises(CommandError):
        bring(ALINE.replace("20411", "85073003328"))
    assert "85073003328" not in (tmp_path / "members.csv.bad.csv").read_text()


def test_another_encoding_is_named(bring: Import, reported: Reported) -> None:
    row = ALINE.replace("Aline", "Chloé")
    with pytest.raises(CommandError):
        bring(content=f"{HEADER}\n{row}".encode("cp1252"))
    assert reported() == {2: "Wrong encoding: this is not utf-8 text."}


def test_a_missing_column_is_named(bring: Import, reported: Reported) -> None:
    with pytest.raises(CommandError, match="The column “office” is missing"):
        bring(content=HEADER.replace("office", "city").encode())
    assert "The column “office” is missing" in reported()[1]


def test_a_trial_run_stores_nothing(bring: Import) -> None:
    assert "Members made: 1" in bring(ALINE, dry_run=True)
    assert not User.objects.exists()


def test_a_crash_in_the_middle_writes_nothing(
    bring: Import, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(_import: Any, _pairs: Any) -> None:
        assert Member.objects.count() == 1
        raise KeyboardInterrupt

    monkeypatch.setattr(importing, "BATCH", 1)
    monkeypatch.setattr(importing._Import, "_change", crash)
    with pytest.raises(KeyboardInterrupt):
        bring(ALINE, BRAM)
    assert not User.objects.exists()


def test_a_mapping_names_columns_and_offices(bring: Import, tmp_path: Path) -> None:
    mapping = tmp_path / "members.toml"
    mapping.write_text('[columns]\nnumber = "Membre"\n[offices]\n"Lüttich" = "LIEGE"\n')
    content = f"{HEADER}\n{ALINE}".replace("number", "Membre").replace("LIEGE", "Lüttich")
    bring(content=content.encode(), mapping=mapping)
    assert Member.objects.get().office.code == "LIEGE"


@pytest.mark.parametrize(
    "text", ["[columns", '[colums]\na = "b"', '[columns]\nage = "b"', '[offices]\n"L" = "MARS"']
)
def test_a_mapping_with_a_mistake_is_refused(bring: Import, tmp_path: Path, text: str) -> None:
    mapping = tmp_path / "members.toml"
    mapping.write_text(text)
    with pytest.raises(CommandError):
        bring(ALINE, mapping=mapping)
