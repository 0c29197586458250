"""`python -m benchmarks`: what `./dop bench` runs on servers of its own. docs/benchmarks.md."""

import argparse
import logging
import os
import sys
from pathlib import Path

import django

# The product as it serves people: no demo, no debugging.
os.environ |= {"DJANGO_SETTINGS_MODULE": "dop_pilot.settings", "DEMO": "off", "DEBUG": "off"}


def options(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dop bench", description=__doc__)
    parser.add_argument("--requests", type=_positive, default=100_000, help="how many to fill in")
    parser.add_argument("--rounds", type=_positive, default=200, help="how often each is measured")
    parser.add_argument(
        "--figures",
        type=_positive,
        nargs="*",
        metavar="REQUESTS",
        help="measure the monthly figures instead, at each of these sizes (100000 1000000)",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the report there")
    return parser.parse_args(words)


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a positive number")
    return number


def main(words: list[str]) -> int:
    chosen = options(words)
    django.setup()
    _logs_lead_nowhere()
    # Django's models can be imported only now.
    from benchmarks.filling import NotEmpty  # noqa: PLC0415
    from benchmarks.measuring import WrongAnswer  # noqa: PLC0415
    from benchmarks.running import NotDurable, run, run_figures  # noqa: PLC0415

    try:
        if chosen.figures is not None:
            return run_figures(sizes=sorted(chosen.figures) or [100_000, 1_000_000])
        return run(requests=chosen.requests, rounds=chosen.rounds, json=chosen.json)
    except (NotDurable, NotEmpty, WrongAnswer) as problem:
        print(problem, file=sys.stderr)
        return 1


def _logs_lead_nowhere() -> None:
    """Log lines are made, as in production, and thrown away instead of filling the screen."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler, logging.StreamHandler):
            handler.setStream(open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115, PTH123


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
