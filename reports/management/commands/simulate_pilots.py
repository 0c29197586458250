"""`manage.py simulate_pilots`: how often the comparison is right where the truth is known."""

from argparse import ArgumentParser
from time import perf_counter
from typing import Any

from django.core.management.base import BaseCommand

from reports.comparison_cells import HOUR
from reports.simulation import OUTCOMES, SCENES, Rates, simulate
from reports.verdict import Verdict


class Command(BaseCommand):
    help = "Simulate pilots without and with an effect, and print what is said of them."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--runs", type=int, default=400)
        parser.add_argument("--seed", type=int, default=20230608)

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        runs, seed = options["runs"], options["seed"]
        began = perf_counter()
        self.stdout.write(f"{runs} simulated pilots each, seed {seed}")
        self.stdout.write(
            "primary          offices  effect (hours)  faster  slower  no clear  better"
        )
        for primary, offices, effect in SCENES:
            rates = simulate(runs=runs, seed=seed, effect=effect, offices=offices, primary=primary)
            self._line(f"{primary.value:15}  {offices:7}  {effect / HOUR:14.0f}", rates)
        for primary in OUTCOMES:
            rates = simulate(runs=runs, seed=seed, fake_start=True, primary=primary)
            self._line(f"{primary.value:15}  {9:7}  {'fake start':>14}", rates)
        self.stdout.write(f"{perf_counter() - began:.1f} s")

    def _line(self, name: str, rates: Rates) -> None:
        said = [rates.verdicts[word] / rates.runs for word in Verdict][:3]
        columns = [f"{share:6.1%}" for share in (*said, rates.better / rates.runs)]
        self.stdout.write(
            f"{name}  {columns[0]:>6}  {columns[1]:>6}  {columns[2]:>8}  {columns[3]:>6}"
        )
