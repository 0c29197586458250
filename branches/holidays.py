"""The ten Belgian legal holidays and the days that replace them, as closures of every office."""

from collections.abc import Collection, Iterable
from datetime import date, timedelta

from holidays import country_holidays

from branches.models import Closure, ClosureKind

# Our languages, and what the `holidays` package calls them.
_LANGUAGES = {"fr": "fr", "nl": "nl", "de": "de", "en": "en_US"}
# The package lists these two Sundays as well; Belgian law does not count them among the ten.
_SUNDAYS_THAT_ARE_NOT_LEGAL = {"Easter Sunday", "Pentecost"}
_REPLACES = {
    "fr": "Jour de remplacement ({})",
    "nl": "Vervangende feestdag ({})",
    "de": "Ersatzfeiertag ({})",
    "en": "Replacement day ({})",
}
_SATURDAY = 5

Names = dict[str, str]


def legal_holidays(year: int) -> dict[date, Names]:
    """The legal holidays of a year by date, named in the four languages.

    Ten of them, or nine in a year in which two fall on the same day, as in 2008.
    """
    days = {
        ours: dict(country_holidays("BE", years=year, language=theirs, expand=False))
        for ours, theirs in _LANGUAGES.items()
    }
    return {
        day: {language: days[language][day] for language in _LANGUAGES}
        for day, name in sorted(days["en"].items())
        if name not in _SUNDAYS_THAT_ARE_NOT_LEGAL
    }


def replacement_day(holiday: date, taken: Collection[date]) -> date:
    """The first working day after a holiday: not at a weekend and not one of `taken`."""
    day = holiday + timedelta(days=1)
    while day.weekday() >= _SATURDAY or day in taken:
        day += timedelta(days=1)
    return day


def fill_closures(*, years: Iterable[int]) -> int:
    """Store the legal holidays and replacement days of these years; give the number added.

    A holiday at a weekend is replaced by the first working day after it, unless the replacement
    was already moved to another day of that year by hand. Days that are there stay as they are,
    so that doing this twice adds nothing and nothing that people entered is lost.
    """
    wanted = [closure for year in sorted(set(years)) for closure in _closures_of(year)]
    present = set(
        Closure.objects.filter(
            office=None, closed_on__in=[closure.closed_on for closure in wanted]
        ).values_list("closed_on", flat=True)
    )
    missing = [closure for closure in wanted if closure.closed_on not in present]
    # Somebody may be entering the same day at this moment: theirs stays.
    Closure.objects.bulk_create(missing, ignore_conflicts=True)
    return len(missing)


def _closures_of(year: int) -> list[Closure]:
    legal = legal_holidays(year)
    chosen = _replaced_by_hand(year)
    closures, taken = [], set(legal)
    for day, names in legal.items():
        closures.append(Closure(closed_on=day, kind=ClosureKind.LEGAL, names=names))
        replaced = {key: text.format(names[key]) for key, text in _REPLACES.items()}
        if day.weekday() >= _SATURDAY and replaced not in chosen:
            instead = replacement_day(day, taken)
            taken.add(instead)
            closures.append(
                Closure(closed_on=instead, kind=ClosureKind.REPLACEMENT, names=replaced)
            )
    return closures


def _replaced_by_hand(year: int) -> list[Names]:
    """The names of the replacement days that every office already has in that year."""
    return list(
        Closure.objects.filter(
            office=None, kind=ClosureKind.REPLACEMENT, closed_on__year=year
        ).values_list("names", flat=True)
    )
