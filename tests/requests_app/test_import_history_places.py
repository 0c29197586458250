"""Whose hours, people and offices the rows of `import_history` mean."""

from datetime import UTC, datetime

import pytest
from django.core.management import CommandError

from branches.models import Office, OpeningHours
from people.roles import Role
from tests.factories import MemberFactory, OfficeFactory, UserFactory
from tests.requests_app.foreign_history import GOOD, MAPPING, Import, Reported, stored

pytestmark = pytest.mark.django_db

ZONE = MAPPING + '[time]\nzone = "Europe/Brussels"\nformat = "%d/%m/%Y %H:%M"\n'


@pytest.mark.parametrize(
    ("time", "reason"),
    [
        ("29/10/2023 02:30", "time: the clock showed this time twice that night"),
        ("26/03/2023 02:30", "time: the clock skipped this time that night"),
    ],
)
def test_a_local_time_that_was_not_one_moment_is_bad(
    bring: Import, reported: Reported, time: str, reason: str
) -> None:
    with pytest.raises(CommandError, match="1 bad rows"):
        bring([f"c1,Opened,ann,{time},x,,"], mapping=ZONE)
    assert reported() == [(2, reason)]


@pytest.mark.parametrize(("choice", "hour"), [("earlier", 0), ("later", 1)])
def test_the_mapping_may_decide_about_the_hour_shown_twice(
    bring: Import, choice: str, hour: int
) -> None:
    mapping = ZONE + f'ambiguous = "{choice}"\n'
    bring(["c1,Opened,ann,29/10/2023 02:30,x,,"], mapping=mapping)
    assert stored()["c1"].submitted_at == datetime(2023, 10, 29, hour, 30, tzinfo=UTC)


def test_persons_and_customers_may_be_ours(bring: Import) -> None:
    ours = MAPPING.replace("create = true", "create = false")
    ours += '[people.emails]\n"ann" = "Anne@example.org"\n'
    anne = UserFactory(email="anne@example.org", role=Role.ADVISER)
    member = MemberFactory(number="x")
    bring([row for row in GOOD if row.startswith("c1")], mapping=ours)
    assert (stored()["c1"].member, stored()["c1"].adviser) == (member, anne)


def test_unknown_persons_and_customers_are_bad_rows(bring: Import, reported: Reported) -> None:
    with pytest.raises(CommandError, match="6 bad rows"):
        bring(GOOD, mapping=MAPPING.replace("create = true", "create = false"))
    assert (2, "customer: “x” is unknown") in reported()
    assert (2, "person: “ann” is unknown") in reported()


def test_a_member_is_never_taken_for_an_adviser(bring: Import) -> None:
    MemberFactory(user=UserFactory(email="anne@example.org"))
    mapping = MAPPING + '[people.emails]\n"ann" = "anne@example.org"\n'
    with pytest.raises(CommandError, match=r"No adviser here has the address anne@example\.org"):
        bring(GOOD, mapping=mapping)


def test_an_unknown_office_is_an_error_that_says_so(bring: Import) -> None:
    with pytest.raises(CommandError, match="There is no office “MARS” here, only: LIEGE"):
        bring(GOOD, mapping=MAPPING.replace("LIEGE", "MARS"))


def test_an_office_of_its_own_is_made_once(bring: Import) -> None:
    create = """[office.create]
    code = "elsewhere"
    name = "Elsewhere"
    prefix = "ELS"
    hours = [{ weekdays = [0, 1], opens = 09:00:00, closes = 12:00:00 }]
    """
    mapping = MAPPING.replace('[office]\ncode = "LIEGE"', create)
    bring(GOOD, mapping=mapping)
    bring(GOOD, mapping=mapping)
    office = Office.objects.get(code="elsewhere")
    assert stored()["c1"].office == office
    assert OpeningHours.objects.filter(office=office).count() == 2


def test_offices_may_come_from_a_column(bring: Import, reported: Reported) -> None:
    OfficeFactory(code="MONS", name="Mons")
    mapping = MAPPING.replace('code = "LIEGE"', 'values = { "7000" = "MONS" }')
    mapping = mapping.replace('group = "group"', 'office = "group"').split("[groups]", maxsplit=1)[
        0
    ]
    mapping += "[people]\ncreate = true\n[customers]\ncreate = true\n"
    rows = [
        f"c{n},Opened,,2023-03-01T09:00:00Z,x,{o}," for n, o in enumerate(["7000", "LIEGE", "Q"])
    ]
    bring(rows, mapping=mapping, skip_bad=True)
    assert {key: request.office.code for key, request in stored().items()} == {
        "c0": "MONS",
        "c1": "LIEGE",
    }
    assert reported() == [(4, "office: “Q” is unknown")]
