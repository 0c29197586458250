"""`manage.py fill_holidays --year 2023`: the legal holidays and the days that replace them."""

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand

from branches.holidays import fill_closures


def _year(text: str) -> int:
    year = int(text)
    # The ten legal holidays are those of the Act of 4 January 1974.
    if not 1974 <= year < date.max.year:
        raise ValueError(text)
    return year


class Command(BaseCommand):
    help = "Close every office on the Belgian legal holidays and their replacement days."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--year", type=_year, action="append", required=True, help="may be given again"
        )

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        added = fill_closures(years=options["year"])
        self.stdout.write(f"{added} days added. Days that were there stay as they were.")
