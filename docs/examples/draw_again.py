"""Draws the sample of a survey again, from its archived frame alone.

    python3 draw_again.py frame-2023-06-member.csv

Needs Python 3 and nothing else. The file is the one that the page "Draw again and compare" offers.
Everybody in it has a key and stands in a stratum and a group. SHA-256 of the seed, a colon and the
key gives each a place; of each group of a stratum the first so many are drawn (`group_drawn`).
Prints the keys that are drawn, and says whether they are those of the file. Ends with 1 if not.
"""

import csv
import hashlib
import sys
from pathlib import Path

Row = dict[str, str]


def place(row: Row) -> str:
    return hashlib.sha256(f"{row['seed']}:{row['key']}".encode()).hexdigest()


def draw(rows: list[Row]) -> set[str]:
    """The keys that seed and frame draw."""
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        groups.setdefault((row["stratum"], row["group"]), []).append(row)
    drawn: set[str] = set()
    for group in groups.values():
        drawn |= {row["key"] for row in sorted(group, key=place)[: int(group[0]["group_drawn"])]}
    return drawn


def main() -> None:
    with Path(sys.argv[1]).open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    drawn = draw(rows)
    then = {row["key"] for row in rows if row["drawn"] == "1"}
    print("\n".join(sorted(drawn)))
    if drawn != then:
        sys.exit(f"Not the same list: {len(then)} drawn then, {len(drawn)} now.")
    print(f"The same list: {len(drawn)} of {len(rows)}.", file=sys.stderr)


if __name__ == "__main__":
    main()
