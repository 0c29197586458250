"""The report of a run: a plain table for people, JSON for comparing runs."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks.comparing import Line
from benchmarks.explaining import Plan

HEAD = ("", "rounds", "median ms", "95 % ms", "work ms", "queries", "ratio", "of", "aim")


def _cells(line: Line) -> tuple[str, ...]:
    return (
        line.name,
        str(line.rounds),
        f"{line.median:.2f}",
        f"{line.ninety_fifth:.2f}",
        f"{line.at_work:.2f}",
        str(line.queries) + (f" (of {line.most_queries})" if line.most_queries else ""),
        f"{line.ratio:.2f}" if line.ratio else "",
        line.floor or "",
        f"{_aims(line)} {line.verdict}".strip(),
    )


def _aims(line: Line) -> str:
    milliseconds = f"{line.aim_milliseconds:.0f} ms" if line.aim_milliseconds else ""
    return " ".join(filter(None, (f"{line.aim:.1f}" if line.aim else "", milliseconds)))


def table(lines: Sequence[Line]) -> str:
    """The lines below each other; names to the left, figures to the right."""
    cells = [HEAD, *(_cells(line) for line in lines)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(HEAD))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column in {0, 7} else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in cells
    )


def plan_of(plan: Plan) -> str:
    return "\n".join(
        [
            f"{plan.what}, {plan.milliseconds:.2f} ms in PostgreSQL",
            *(f"  {node}" for node in plan.nodes),
        ]
    )


def write_json(
    path: Path, circumstances: dict[str, object], lines: Sequence[Line], plans: Sequence[Plan]
) -> None:
    report = {
        "circumstances": circumstances,
        "lines": [asdict(line) | {"verdict": line.verdict} for line in lines],
        "plans": [asdict(plan) for plan in plans],
    }
    path.write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n", "utf-8")
