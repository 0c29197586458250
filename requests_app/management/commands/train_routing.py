"""python manage.py train_routing [--seed]"""

from time import perf_counter
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from requests_app.learning import store_seed, train
from requests_app.routing_models import RoutingModel
from requests_app.routing_scores import wilson


class Command(BaseCommand):
    help = "Learn from the decisions of advisers which branch a text belongs to, as every night."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--seed",
            action="store_true",
            help="write the model of the first minute again, from topics and example messages",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        began = perf_counter()
        if options["seed"]:
            self.stdout.write(f"Wrote {store_seed():,} bytes.")
            return
        row = train(at=timezone.now())
        if row is None:
            self.stdout.write("Nothing learnt: too few decisions, or somebody has done so today.")
            return
        for line in _lines(row):
            self.stdout.write(line)
        self.stdout.write(f"Done in {perf_counter() - began:.1f} s.")


def _lines(row: RoutingModel) -> list[str]:
    low, high = wilson(row.correct, row.unseen) or (0.0, 1.0)
    duel = row.figures["duel"]
    languages = ", ".join(
        f"{language} {right}/{tried}"
        for language, (tried, right) in row.figures["languages"].items()
    )
    learnt = f"Learnt from {row.decisions} decisions, measured on the {row.unseen} newest."
    right = (
        f"Right: {row.correct / row.unseen:.1%} ({low:.1%} to {high:.1%}), "
        f"among two: {row.figures['in_two'] / row.unseen:.1%}, "
        f"calibration error {row.figures['calibration_error']:.3f}; {languages}."
    )
    against = (
        f"Against {duel['against']}: {duel['new_correct']} and {duel['current_correct']} "
        f"of {duel['cases']}. {'In use now' if row.is_in_use else 'Not used'}, "
        f"{len(row.packed):,} bytes."
    )
    return [learnt, right, against]
