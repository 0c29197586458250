"""The ten legal holidays of Belgium and the days that replace those at a weekend."""

from datetime import date

import pytest
from django.core.management import CommandError, call_command

from branches.holidays import fill_closures, legal_holidays
from branches.models import Closure, ClosureKind, Office

BRIDGE = {"fr": "Pont", "nl": "Brugdag", "de": "Brückentag", "en": "Bridge day"}


def test_the_ten_legal_holidays_of_2023_and_no_easter_sunday() -> None:
    assert [f"{day:%m-%d}" for day in legal_holidays(2023)] == [
        *["01-01", "04-10", "05-01", "05-18", "05-29"],
        *["07-21", "08-15", "11-01", "11-11", "12-25"],
    ]


def test_each_holiday_is_named_in_four_languages() -> None:
    assert legal_holidays(2023)[date(2023, 7, 21)] == {
        "fr": "Fête nationale",
        "nl": "Nationale feestdag",
        "de": "Nationalfeiertag",
        "en": "National Day",
    }


def test_two_holidays_on_one_day_are_one_closure() -> None:
    assert len(legal_holidays(2008)) == 9


@pytest.mark.django_db
class TestFilling:
    def test_a_holiday_at_a_weekend_is_replaced_by_the_first_working_day_after(self) -> None:
        fill_closures(years=[2023])
        replaced = Closure.objects.filter(kind=ClosureKind.REPLACEMENT).order_by("closed_on")
        days = list(replaced.values_list("closed_on", flat=True))
        assert days == [date(2023, 1, 2), date(2023, 11, 13)]
        assert replaced[1].names["en"] == "Replacement day (Armistice Day)"

    def test_filling_twice_adds_nothing(self) -> None:
        assert fill_closures(years=[2022, 2023, 2022]) == 25
        assert fill_closures(years=[2023, 2022]) == 0

    def test_what_was_entered_by_hand_stays(self) -> None:
        office = Office.objects.create(code="LIEGE", name="Liège", reference_prefix="LG")
        bridge = Closure.objects.create(
            closed_on=date(2023, 11, 13), kind=ClosureKind.BRIDGE, names=BRIDGE
        )
        own = Closure.objects.create(
            office=office, closed_on=date(2023, 7, 21), kind=ClosureKind.OTHER, names=BRIDGE
        )
        fill_closures(years=[2023])
        bridge.refresh_from_db()
        own.refresh_from_db()
        assert (bridge.kind, own.kind) == (ClosureKind.BRIDGE, ClosureKind.OTHER)

    def test_a_replacement_day_that_was_moved_does_not_come_back(self) -> None:
        fill_closures(years=[2023])
        moved = Closure.objects.filter(closed_on=date(2023, 11, 13))
        moved.update(closed_on=date(2023, 11, 10))
        assert fill_closures(years=[2023]) == 0
        assert not moved.exists()

    def test_the_command_takes_several_years(self) -> None:
        call_command("fill_holidays", "--year", "2023", "--year", "2024")
        assert Closure.objects.filter(closed_on=date(2024, 7, 21)).exists()
        assert Closure.objects.filter(closed_on__year=2023).count() == 12

    def test_the_command_refuses_what_is_no_year(self) -> None:
        with pytest.raises(CommandError, match="year"):
            call_command("fill_holidays", "--year", "soon")
