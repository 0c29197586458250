"""How far a long command is: a bar where somebody watches, plain lines where nobody does."""

import sys
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from tqdm import tqdm


class ProgressBar:
    """Told the work, how far it is and how far it goes; a new work begins a new bar."""

    def __init__(self, say: Callable[[str], object], *, unit: str) -> None:
        self.say, self.unit = say, unit
        self.watched = sys.stderr.isatty()
        self.work = ""
        self.bar: tqdm[Any] | None = None

    def __call__(self, work: str, done: int, total: int) -> None:
        if work != self.work:
            self._begin(work, total)
        if self.bar is not None:
            self.bar.update(done - self.bar.n)

    def _begin(self, work: str, total: int) -> None:
        self._end()
        self.work = work
        if self.watched:
            bar: tqdm[Any] = tqdm(desc=work, total=total or None, unit=self.unit, unit_scale=True)
            self.bar = bar
        else:
            self.say(f"{work}…")

    def _end(self) -> None:
        if self.bar is not None:
            self.bar.close()
            self.bar = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._end()
