"""Finds the weights of a routing model with scikit-learn. Pure: no model row, no database.

scikit-learn takes a second and 100 MB to import: only the function that fits does so, in a worker
or a command, never when a web process starts.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from typing import Any

import numpy as np

from requests_app.routing import (
    Floats,
    Model,
    as_stored,
    features_of,
    scores,
    softmax,
    tf_idf,
)

# A feature that fewer members than this have used could be somebody's name or secret.
FEWEST_MEMBERS = 5
MOST_FEATURES = 30_000
# How far weights may grow; found by leaving out each of the example messages in turn.
STRENGTH = 10.0
PARTS = 5
# From so many examples on, one part of the five says enough about the temperature.
MANY = 2_000


@dataclass(frozen=True)
class Example:
    """A text and the branch it belongs to. `member` is empty for our own texts: never private."""

    text: str
    branch: str
    member: int | None = None


def fit(
    examples: Sequence[Example],
    *,
    branches: Sequence[str],
    version: str,
    is_balanced: bool = False,
) -> Model:
    """The model that fits these examples; every branch needs at least one (else ValueError).

    Multinomial logistic regression with an L2 penalty. `is_balanced` counts each branch alike,
    whatever its number of examples: for texts that were written, not received. The weights come
    back as they are stored, so that what is measured is what is used. Reads the texts twice
    instead of keeping their features: 20,000 texts would need two gigabytes.
    """
    places = {name: place for place, name in enumerate(_vocabulary(examples))}
    counts = _counts(examples, places)
    # ln((1 + texts) / (1 + texts with the feature)) + 1: nothing is divided by nothing.
    holding = np.bincount(counts.indices, minlength=len(places))
    idf: Floats = np.log((1 + len(examples)) / (1 + holding)) + 1
    weights, bias = _regress(
        _valued(counts, places, idf),
        np.array([branches.index(example.branch) for example in examples]),
        len(branches),
        is_balanced=is_balanced,
    )
    return Model(
        version=version,
        branches=tuple(branches),
        places=places,
        idf=as_stored(idf),
        weights=as_stored(weights),
        bias=as_stored(bias),
        temperature=1.0,
    )


def fit_calibrated(
    examples: Sequence[Example],
    *,
    own: Sequence[Example],
    branches: Sequence[str],
    version: str,
    is_balanced: bool = False,
) -> Model:
    """Fit `own` texts and examples; the temperature comes from examples that were left out.

    Each of five parts (every fifth example) is predicted by a model of the four others; of many
    examples only the first part. One number then makes the shares as frank as they should be:
    Guo and others, On Calibration of Modern Neural Networks, 2017.
    """
    unseen, truth = [], []
    for part in range(PARTS if len(examples) < MANY else 1):
        rest = [one for place, one in enumerate(examples) if place % PARTS != part]
        model = fit([*own, *rest], branches=branches, version=version, is_balanced=is_balanced)
        for one in examples[part::PARTS]:
            unseen.append(scores(model, one.text))
            truth.append(branches.index(one.branch))
    model = fit([*own, *examples], branches=branches, version=version, is_balanced=is_balanced)
    return replace(model, temperature=best_temperature(np.array(unseen), np.array(truth)))


def best_temperature(unseen: Floats, truth: Any) -> float:
    """The divisor of the scores (cases x branches) under which the truth is likeliest."""
    candidates = np.geomspace(0.2, 5.0, 200)
    cases = np.arange(len(truth))
    losses = [-np.log(softmax(unseen / t)[cases, truth] + 1e-12).mean() for t in candidates]
    return float(candidates[int(np.argmin(losses))])


def _vocabulary(examples: Sequence[Example]) -> list[str]:
    """The features to keep: in our own texts, or in requests of enough different members."""
    own: set[str] = set()
    spread = Counter[str]()
    by_member = sorted(examples, key=lambda one: -1 if one.member is None else one.member)
    for member, texts in groupby(by_member, key=lambda one: one.member):
        said = {name for one in texts for name in features_of(one.text)}
        if member is None:
            own = said
        else:
            spread.update(said)
    kept = [name for name, members in spread.items() if members >= FEWEST_MEMBERS or name in own]
    kept += own - spread.keys()
    return sorted(sorted(kept, key=lambda name: (-spread[name], name))[:MOST_FEATURES])


def _counts(examples: Sequence[Example], places: dict[str, int]) -> Any:
    """How often each text holds each feature: a sparse matrix of texts x features."""
    from scipy.sparse import csr_matrix  # noqa: PLC0415

    numbers, columns, ends = [np.empty(0)], [np.empty(0, np.int32)], [0]
    for example in examples:
        known = {places[n]: c for n, c in features_of(example.text).items() if n in places}
        columns.append(np.fromiter(known, np.int32, len(known)))
        numbers.append(np.fromiter(known.values(), np.float64, len(known)))
        ends.append(ends[-1] + len(known))
    return csr_matrix(
        (np.concatenate(numbers), np.concatenate(columns), ends),
        shape=(len(examples), len(places)),
    )


def _valued(counts: Any, places: dict[str, int], idf: Floats) -> Any:
    """The same matrix with the values of `routing.tf_idf` instead of counts."""
    is_word = np.array([name.startswith("w:") for name in places])
    for first, last in pairwise(counts.indptr):
        rows = counts.indices[first:last]
        counts.data[first:last] = tf_idf(counts.data[first:last], idf[rows], is_word[rows])
    return counts


def _regress(matrix: Any, truth: Any, branches: int, *, is_balanced: bool) -> tuple[Floats, Floats]:
    """Weights (features x branches) and bias. Raises ValueError when a branch has no example."""
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415

    if len(set(truth)) != branches:
        raise ValueError("Every branch needs at least one example.")
    regression = LogisticRegression(
        C=STRENGTH, max_iter=200, tol=1e-3, class_weight="balanced" if is_balanced else None
    )
    regression.fit(matrix, truth)
    return regression.coef_.T, regression.intercept_
