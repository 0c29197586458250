"""What `import_history` refuses, how it says so, and what it leaves as it was."""

from pathlib import Path

import pytest
from django.core.management import CommandError

from people.models import Member, User
from requests_app.importing import staging
from tests.requests_app.foreign_history import (
    GOOD,
    HEADER,
    MAPPING,
    Import,
    Reported,
    assert_nothing_stored,
    stored,
)

pytestmark = pytest.mark.django_db

BAD = [
    ("c1,Taken,ann,yesterday,x,,", "time: “yesterday” is not readable"),
    ("c1,Taken,ann,2023-03-01,x,,", "time: “2023-03-01” is not readable"),
    ("c1,Taken,ann,2023-03-01T10:00:00,x,,", "time: has no time zone, and the mapping gives none"),
    ("c1,Taken,ann,2923-03-01T10:00:00Z,x,,", "is before 1980 or in the future"),
    ("c1,Taken,ann,0001-01-01T00:00:00+14:00,x,,", "is not readable"),
    ("c1,Danced,ann,2023-03-01T10:00:00Z,x,,", "activity: “Danced” is unknown"),
    ("c1,Taken,ann,2023-03-01T10:00:00Z,x,Z,", "group: “Z” is unknown"),
    ("c1,Taken,ann,2023-03-01T10:00:00Z,,,", "customer: is missing"),
    (",Taken,ann,2023-03-01T10:00:00Z,x,,", "case: is missing"),
    ("c1,Taken,ann,,x,,", "time: is missing"),
    ("c1,Taken,ann", "The row has 3 fields, the header has 7."),
    ("c1,Taken,ann,2023-03-01T10:00:00Z,x,,,,", "The row has 9 fields, the header has 7."),
    ("c1,Taken,a\x00n,2023-03-01T10:00:00Z,x,,", "The row holds a null character."),
    (f"c1,Taken,ann,2023-03-01T10:00:00Z,x,,{'s' * 151}", "at most 150 fit"),
    (f"c1,Taken,ann,2023-03-01T10:00:00Z,x,,{'s' * 140_000}", "A field is longer than 131072"),
    (f"c1,Taken,ann,2023-03-01T10:00:00Z,x,,{'s' * 1_000_000}", "longer than 262144 bytes"),
    ('c1,Taken,"an"n,2023-03-01T10:00:00Z,x,,', "not readable as CSV"),
    ("c1,Taken,ann,2023-03-01T10:00:00Z,85.07.30-033.28,,", "a national register number"),
    (GOOD[2], "The same row stands in line 4."),
]


@pytest.mark.parametrize(("row", "reason"), BAD, ids=[reason for _row, reason in BAD])
def test_a_bad_row_is_named_and_nothing_is_written(
    bring: Import, reported: Reported, row: str, reason: str
) -> None:
    with pytest.raises(CommandError, match=r"1 bad rows; nothing was stored.*log\.csv\.bad\.csv"):
        bring([*GOOD[:3], row, *GOOD[3:]])
    lines = dict(reported())
    assert reason in lines[5]
    assert_nothing_stored()


def test_a_row_in_another_encoding_is_named(bring: Import, reported: Reported) -> None:
    with pytest.raises(CommandError, match="1 bad rows"):
        bring("\n".join([HEADER, "c1,Opened,Chloé,2023-03-01T10:00:00Z,x,,"]).encode("latin-1"))
    assert reported() == [(2, "Wrong encoding: this is not utf-8 text.")]


def test_the_mapping_may_name_another_encoding(bring: Import) -> None:
    rows = "\n".join([HEADER, "c1,Taken,Chloé,2023-03-01T10:00:00Z,x,,"]).encode("latin-1")
    bring(rows, mapping=MAPPING.replace("[file]", '[file]\nencoding = "latin-1"'))
    assert User.objects.filter(name="Chloé (old-desk)").exists()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "The file is empty."),
        (HEADER.encode("utf-16"), "Wrong encoding"),
        (HEADER.replace("time", "when").encode(), "The column “time” is missing"),
        (HEADER.replace("subject", "case").encode(), "names a column twice: case"),
    ],
)
def test_a_file_without_a_usable_header_is_refused(
    bring: Import, reported: Reported, content: bytes, reason: str
) -> None:
    with pytest.raises(CommandError, match=reason):
        bring(content, skip_bad=True)
    assert reason in dict(reported())[1]


def test_with_skip_bad_the_whole_case_of_a_bad_row_is_left_out(
    bring: Import, reported: Reported
) -> None:
    said = bring([*GOOD, "c1,Danced,ann,2023-03-06T10:00:00Z,x,,"], skip_bad=True)
    assert set(stored()) == {"c2"}
    assert "Good rows left out with the bad ones: 4" in said
    assert [line for line, _reason in reported()] == [2, 4, 5, 7, 8]
    assert not Member.objects.filter(number="old-desk:x").exists()


def test_the_report_runs_no_formula(bring: Import, tmp_path: Path) -> None:
    with pytest.raises(CommandError):
        bring(["=HYPERLINK(1),Danced,ann,2023-03-01T10:00:00Z,x,,"])
    assert ",'=HYPERLINK(1),Danced" in (tmp_path / "log.csv.bad.csv").read_text().replace('"', "")


def test_an_old_report_does_not_outlive_a_good_import(bring: Import, reported: Reported) -> None:
    with pytest.raises(CommandError):
        bring([*GOOD, "c3"])
    bring(GOOD)
    assert reported() == []


def test_with_an_explicit_arrival_an_earlier_event_is_bad(
    bring: Import, reported: Reported
) -> None:
    rows = [*GOOD, "c1,Taken,ann,2023-02-28T10:00:00Z,x,,", "c3,Taken,,2023-03-01T10:00:00Z,x,,"]
    rows += ["c2,Seen,,2023-02-01T10:00:00Z,y,,"]
    bring(rows, mapping='arrival = "submit"\n' + MAPPING, skip_bad=True)
    assert dict(reported())[8] == "time: this is before the arrival of the case"
    assert dict(reported())[9] == "The case has no arrival."
    assert set(stored()) == {"c2"}


def test_a_case_without_end_is_bad(
    bring: Import,
    reported: Reported,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(staging, "MAX_EVENTS_OF_A_CASE", 3)
    bring(GOOD, skip_bad=True)
    assert dict(reported())[2] == "The case has more than 3 events."
    assert set(stored()) == {"c2"}


def test_a_report_that_cannot_be_written_is_an_error(bring: Import, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="nowhere"):
        bring([*GOOD, "c3"], report=tmp_path / "nowhere" / "bad.csv")
    assert_nothing_stored()
