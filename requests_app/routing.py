"""Which branch a text belongs to, and which of its words say so. Pure: numpy alone, no model row.

A linear model: every feature of the text (its words, its pairs of words, its pieces of 3 to 5
letters) has one weight for each branch. `routing_fit` finds the weights, this module applies them,
so that a web process needs neither scikit-learn nor a pickle, which would be code from a table.
"""

import json
import re
import unicodedata
import zlib
from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, pairwise
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Rows: TypeAlias = NDArray[np.intp]

# What a request is about stands at its beginning; a pasted mailbox must not cost a second.
LONGEST_TEXT = 4_000
LONGEST_WORD = 30
PIECES = (3, 4, 5)
# "A1", "C4" and "1bis" name documents; longer words with digits are account numbers and the like.
LONGEST_WORD_WITH_DIGITS = 4
WORDS_SHOWN = 4
# A word that says less than this part of what the strongest says explains nothing: mostly names.
LEAST_PART = 0.2
FORMAT = 1
# Far above any model that we store; a row that unpacks to more is not one of ours.
LARGEST_UNPACKED = 32 * 1024 * 1024

_WORD = re.compile(r"[^\W_]+")
# Words that stand in every text: they may weigh a little, but they explain nothing to a reader.
_COMMON: frozenset[str] = frozenset(
    (Path(__file__).parent / "data" / "common_words.txt").read_text("utf-8").split()
)


class UnusableModel(Exception):
    """These bytes are not a model that this version can apply."""


@dataclass(frozen=True)
class Model:
    """What was learnt. `idf` has one number a feature, `weights` one row a feature."""

    version: str
    branches: tuple[str, ...]
    places: dict[str, int]  # of each feature, its row
    idf: Floats
    weights: Floats  # features x branches
    bias: Floats  # branches
    temperature: float  # divides the scores, so that shares can be read as shares of cases


@dataclass(frozen=True)
class Ranked:
    """One branch with its share of confidence and the words of the text that speak for it."""

    branch: str
    share: float  # from 0 to 1; over all branches they sum to 1
    words: tuple[str, ...]  # as written in the text, the strongest first


def fold(word: str) -> str:
    """Without accents and in small letters: "Liège", "LIEGE" and "liège" are one word."""
    plain = unicodedata.normalize("NFKD", word.casefold())
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


def words_of(text: str) -> Iterator[tuple[str, str]]:
    """Each word that may count: as it was written, and folded."""
    for match in _WORD.finditer(unicodedata.normalize("NFC", text[:LONGEST_TEXT])):
        written = match.group()
        word = fold(written)
        if not 2 <= len(word) <= LONGEST_WORD or word.isdigit():
            continue
        if len(word) <= LONGEST_WORD_WITH_DIGITS or not any(map(str.isdigit, word)):
            yield written, word


def pieces_of(word: str) -> Iterator[str]:
    """The pieces of 3 to 5 letters of one word; a blank marks its beginning and its end."""
    padded = f" {word} "
    for size in PIECES:
        for start in range(len(padded) - size + 1):
            yield f"c:{padded[start : start + size]}"


def features_of(text: str) -> Counter[str]:
    """How often each feature occurs. Words and pairs begin with "w:", pieces with "c:"."""
    words = [word for _written, word in words_of(text)]
    found = Counter(f"w:{word}" for word in words)
    found.update(f"w:{first} {second}" for first, second in pairwise(words))
    found.update(chain.from_iterable(map(pieces_of, words)))
    return found


def tf_idf(counts: Floats, idf: Floats, is_word: NDArray[np.bool_]) -> Floats:
    """The values of the features of one text: (1 + ln count) x idf, words and pieces apart.

    Both kinds have length 1, so that the many pieces do not drown the few words. All three arrays
    are as long as the text has known features. Sublinear counts: Manning, Raghavan and Schütze,
    Introduction to Information Retrieval, 6.4.1.
    """
    values = (1 + np.log(counts)) * idf
    for kind in (is_word, ~is_word):
        length = np.sqrt(np.square(values[kind]).sum())
        if length:
            values[kind] /= length
    return values


def softmax(scores: Floats) -> Floats:
    """Positive shares along the last axis that sum to 1, in the order of the scores."""
    raised = np.exp(scores - scores.max(axis=-1, keepdims=True))
    shares: Floats = raised / raised.sum(axis=-1, keepdims=True)
    return shares


def _known(model: Model, text: str) -> tuple[dict[str, int], Floats, Rows]:
    """The features of the text that the model knows: their places here, values, and rows there."""
    counts = {name: n for name, n in features_of(text).items() if name in model.places}
    rows = np.fromiter((model.places[name] for name in counts), np.intp, len(counts))
    is_word = np.fromiter((name.startswith("w:") for name in counts), np.bool_, len(counts))
    numbers = np.fromiter(counts.values(), np.float64, len(counts))
    values = tf_idf(numbers, model.idf[rows], is_word)
    return {name: place for place, name in enumerate(counts)}, values, rows


def scores(model: Model, text: str) -> Floats:
    """One number for each branch, before the temperature. Without known words: the bias."""
    _places, values, rows = _known(model, text)
    found: Floats = values @ model.weights[rows] + model.bias
    return found


def shares(model: Model, text: str) -> Floats:
    """The share of confidence of each branch, in the order of `model.branches`; they sum to 1."""
    return softmax(scores(model, text) / model.temperature)


def rank(model: Model, text: str, *, best: int = 2) -> list[Ranked]:
    """The most likely branches, the likeliest first, with the words that speak for each."""
    places, values, rows = _known(model, text)
    weights = model.weights[rows]
    found = softmax((values @ weights + model.bias) / model.temperature)
    # What lifts all branches alike speaks for none: only the distance from the mean counts.
    parts = values[:, None] * (weights - weights.mean(axis=1, keepdims=True))
    order = np.argsort(-found, kind="stable")[:best]
    return [
        Ranked(model.branches[i], float(found[i]), _telling(text, places, parts[:, i]))
        for i in order
    ]


def _telling(text: str, places: dict[str, int], parts: Floats) -> tuple[str, ...]:
    """The words of the text that speak most for one branch, as they were written.

    A word speaks with its own weight, with that of its pieces, and with half of its pairs.
    """
    said = list(words_of(text))
    written: dict[str, str] = {}
    for form, word in said:
        written.setdefault(word, form)

    def part(name: str) -> float:
        return float(parts[places[name]]) if name in places else 0.0

    speaks = {
        word: part(f"w:{word}") + sum(map(part, set(pieces_of(word))))
        for word in written
        if word not in _COMMON and (len(word) > 2 or any(map(str.isdigit, word)))
    }
    for first, second in {(a, b) for (_, a), (_, b) in pairwise(said)}:
        for word in {first, second} & speaks.keys():
            speaks[word] += part(f"w:{first} {second}") / 2
    strongest = sorted(speaks.items(), key=lambda item: (-item[1], item[0]))[:WORDS_SHOWN]
    least = LEAST_PART * strongest[0][1] if strongest else 0.0
    return tuple(written[word] for word, weight in strongest if weight > max(least, 0.0))


def encode(model: Model) -> bytes:
    """The model as bytes to store: JSON with its numbers in half precision, packed by zlib."""
    content: dict[str, Any] = {
        "format": FORMAT,
        "version": model.version,
        "branches": model.branches,
        "temperature": model.temperature,
        "features": sorted(model.places, key=model.places.__getitem__),
        "idf": _pack(model.idf),
        "weights": _pack(model.weights),
        "bias": _pack(model.bias),
    }
    return zlib.compress(json.dumps(content, separators=(",", ":")).encode())


def decode(packed: bytes) -> Model:
    """The model that `encode` made these bytes of. Raises UnusableModel for any others."""
    try:
        unpacker = zlib.decompressobj()
        content = json.loads(unpacker.decompress(packed, LARGEST_UNPACKED))
        if not unpacker.eof or content["format"] != FORMAT:
            raise UnusableModel("This is another format, or cut off.")
        features, branches = content["features"], tuple(map(str, content["branches"]))
        model = Model(
            version=str(content["version"]),
            branches=branches,
            places={name: place for place, name in enumerate(features)},
            idf=_unpack(content["idf"]),
            weights=_unpack(content["weights"]).reshape(len(features), len(branches)),
            bias=_unpack(content["bias"]),
            temperature=float(content["temperature"]),
        )
    except (zlib.error, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UnusableModel(f"{type(error).__name__}: {error}") from error
    _refuse_nonsense(model)
    return model


def _refuse_nonsense(model: Model) -> None:
    numbers = (model.idf, model.weights, model.bias)
    if (
        len(model.branches) < 2
        or len(model.places) != len(model.idf)
        or len(model.bias) != len(model.branches)
        or not all(np.isfinite(each).all() for each in numbers)
        or not 0 < model.temperature < np.inf
    ):
        raise UnusableModel("Its numbers do not belong together.")


def as_stored(numbers: Floats) -> Floats:
    """Rounded to half precision (three digits), as `encode` keeps them."""
    return numbers.astype("<f2").astype(np.float64)


def _pack(numbers: Floats) -> str:
    return b64encode(numbers.astype("<f2").tobytes()).decode()


def _unpack(text: str) -> Floats:
    return np.frombuffer(b64decode(text, validate=True), "<f2").astype(np.float64)
