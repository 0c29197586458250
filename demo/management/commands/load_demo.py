"""`manage.py load_demo`: a believable year of the pilot, told relative to today."""

import logging
from argparse import ArgumentParser, ArgumentTypeError
from datetime import date, datetime, time
from time import perf_counter
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from branches.calendars import BRUSSELS
from demo.loading import LoadRefused, compute_reports, learn_to_route, load

# Another day is seen at this hour: its morning has brought requests.
HOUR_OF_ANOTHER_DAY = time(11)
EARLIEST = date(1992, 1, 1)
LARGEST_SCALE = 10


def _seed(text: str) -> int:
    seed = int(text)
    if not 0 <= seed < 2**32:
        raise ArgumentTypeError("a seed is a whole number from 0 to 4294967295")
    return seed


def _scale(text: str) -> float:
    scale = float(text)
    if not 0 < scale <= LARGEST_SCALE:
        raise ArgumentTypeError(f"a scale is more than 0 and at most {LARGEST_SCALE}")
    return scale


class Command(BaseCommand):
    help = (
        "Fill an empty database with a demo: seven offices, about 40 advisers, 3,000 members and "
        "30,000 requests of eleven months. Today lies in the fifth month of the pilot."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--seed", type=_seed, default=20230608, help="another seed, other data")
        parser.add_argument(
            "--today",
            type=date.fromisoformat,
            help="tell the story as of 11:00 on this day (YYYY-MM-DD) instead of now",
        )
        parser.add_argument(
            "--scale", type=_scale, default=1.0, help="0.1: a tenth of the members and requests"
        )

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        if not settings.DEMO:
            raise CommandError("DEMO is off here. Invented data only go where DEMO is on.")
        began = perf_counter()
        now = self._moment(options["today"])
        # One line for each of many reports would hide the progress.
        logging.getLogger("reports").setLevel(logging.WARNING)
        self.stdout.write(f"Loading the demo as of {now.astimezone(BRUSSELS):%Y-%m-%d %H:%M} ...")
        try:
            loaded = load(seed=options["seed"], now=now, scale=options["scale"], say=self._say)
        except LoadRefused as refused:
            raise CommandError(str(refused)) from refused
        reports = compute_reports(loaded, now=now, say=self._say)
        learn_to_route()
        counts = ", ".join(f"{number:,} {name}" for name, number in loaded.counts.items())
        self.stdout.write(f"Loaded {counts}, {reports} monthly reports.")
        self.stdout.write(f"Done in {perf_counter() - began:.1f} s. Open /demo/ to enter.")

    def _moment(self, today: date | None) -> datetime:
        """Now, or the morning of the given day; never a moment that has not come yet."""
        now = timezone.now()
        if today is None:
            return now
        if not EARLIEST <= today <= now.astimezone(BRUSSELS).date():
            raise CommandError(f"--today must lie between {EARLIEST} and the real today.")
        return min(datetime.combine(today, HOUR_OF_ANOTHER_DAY, tzinfo=BRUSSELS), now)

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
