"""How well a routing model does on decisions it has not seen. Pure: no model row, no database."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import sqrt
from typing import Any

import numpy as np

from requests_app.routing import Model, shares

# 97.5 % of a normal distribution lie below: intervals that hold the truth 95 times in 100.
Z = 1.959964
BINS = 10


@dataclass(frozen=True)
class Case:
    """A text, the branch that advisers decided on, and the language of the member."""

    text: str
    branch: str
    language: str


@dataclass(frozen=True)
class Scores:
    cases: int
    correct: int  # the first branch was the one decided on
    in_two: int  # the first or the second was
    log_loss: float  # mean of -ln(share of the branch decided on); 0 is best
    calibration_error: float  # see `calibration_error`
    confusion: dict[str, dict[str, int]]  # decided branch, suggested branch: cases
    languages: dict[str, tuple[int, int]]  # of each language: cases, correct

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def score(model: Model, cases: Sequence[Case]) -> Scores:
    """Compare the model's first branch with the decision of each case; at least one case."""
    found = np.array([shares(model, case.text) for case in cases])
    truth = np.array([model.branches.index(case.branch) for case in cases])
    order = np.argsort(-found, axis=1, kind="stable")
    first = order[:, 0]
    hits = first == truth
    confusion = {decided: dict.fromkeys(model.branches, 0) for decided in model.branches}
    languages: dict[str, tuple[int, int]] = {}
    for case, suggested, hit in zip(cases, first, hits, strict=True):
        confusion[case.branch][model.branches[suggested]] += 1
        tried, right = languages.get(case.language, (0, 0))
        languages[case.language] = (tried + 1, right + int(hit))
    return Scores(
        cases=len(cases),
        correct=int(hits.sum()),
        in_two=int((order[:, :2] == truth[:, None]).any(axis=1).sum()),
        log_loss=float(-np.log(found[np.arange(len(cases)), truth] + 1e-12).mean()),
        calibration_error=calibration_error(found.max(axis=1), hits),
        confusion=confusion,
        languages=languages,
    )


def calibration_error(confidence: Any, hits: Any) -> float:
    """How far the share of confidence is from the share of hits, over ten bins of confidence.

    The mean of |hits - confidence| of the bins, each weighted by its cases; 0 is best. Naeini,
    Cooper and Hauskrecht, Obtaining Well Calibrated Probabilities Using Bayesian Binning, 2015.
    """
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    gaps = (np.bincount(bins, hits, BINS) - np.bincount(bins, confidence, BINS)) / len(hits)
    return float(np.abs(gaps).sum())


def precision_and_recall(
    confusion: dict[str, dict[str, int]], branch: str
) -> tuple[float | None, float | None]:
    """Of what was suggested for this branch, the share that came there; and the reverse.

    None where nothing was suggested for it, or nothing came there.
    """
    right = confusion[branch][branch]
    suggested = sum(row[branch] for row in confusion.values())
    decided = sum(confusion[branch].values())
    return (right / suggested if suggested else None, right / decided if decided else None)


def wilson(right: int, tried: int) -> tuple[float, float] | None:
    """The 95 % interval of a share, from 0 to 1; None without cases.

    E. B. Wilson, Probable inference, the law of succession, and statistical inference, 1927.
    """
    if not tried:
        return None
    share, weight = right / tried, Z * Z / tried
    middle = share + weight / 2
    half = Z * sqrt((share * (1 - share) + weight / 4) / tried)
    return max((middle - half) / (1 + weight), 0.0), min((middle + half) / (1 + weight), 1.0)
