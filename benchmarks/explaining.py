"""What PostgreSQL did for a query: EXPLAIN (ANALYZE, BUFFERS), shortened to what matters."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection

EVERY_ROW = "Seq Scan"


@dataclass(frozen=True)
class Node:
    """One step of a plan. Rows and buffers are those of all its loops."""

    depth: int
    kind: str
    table: str
    index: str
    rows: int
    thrown_away: int
    buffers: int  # pages of 8 kB that it and the steps below it touched

    def __str__(self) -> str:
        what = " ".join(part for part in (self.kind, self.table, self.index) if part)
        return (
            f"{'  ' * self.depth}{what}: {self.rows} rows, {self.thrown_away} thrown away, "
            f"{self.buffers} buffers"
        )


@dataclass(frozen=True)
class Plan:
    what: str
    milliseconds: float
    nodes: tuple[Node, ...]

    def reads_every_row_of(self, table: str) -> bool:
        return any(node.kind.endswith(EVERY_ROW) and node.table == table for node in self.nodes)


def explained(what: str, sql: str) -> Plan:
    """Run a SELECT that has its values in it, and tell how it was answered."""
    with connection.cursor() as cursor:
        # A percent sign in the query is no placeholder: without parameters nothing is filled in.
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}", None)
        (answer,) = cursor.fetchone()
    (plan,) = answer if isinstance(answer, list) else json.loads(answer)
    return Plan(what, plan["Execution Time"], tuple(_nodes(plan["Plan"])))


def _nodes(plan: dict[str, Any], depth: int = 0) -> Iterator[Node]:
    loops = plan["Actual Loops"]
    yield Node(
        depth=depth,
        kind=plan["Node Type"],
        table=plan.get("Relation Name", ""),
        index=plan.get("Index Name", ""),
        rows=round(plan["Actual Rows"] * loops),
        thrown_away=round(plan.get("Rows Removed by Filter", 0) * loops),
        buffers=plan["Shared Hit Blocks"] + plan["Shared Read Blocks"],
    )
    for below in plan.get("Plans", ()):
        yield from _nodes(below, depth + 1)
