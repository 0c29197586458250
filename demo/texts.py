"""What members and advisers write, in four languages. Pure; the sentences lie in `data/`."""

import json
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from demo.lives import Said

_FOLDER = Path(__file__).parent / "data"
_SENTENCES: dict[str, Any] = json.loads((_FOLDER / "texts.json").read_text("utf-8"))
_KEYS = {
    Said.REPLY: "replies",
    Said.FURTHER: "further",
    Said.AGAIN: "again",
    Said.NOTE: "notes",
    Said.HANDOVER: "handovers",
}


def _examples() -> dict[tuple[str, str], list[str]]:
    """Longer messages that members could have written, by topic and language."""
    found: dict[tuple[str, str], list[str]] = {}
    for row in json.loads((_FOLDER / "messages.json").read_text("utf-8")):
        found.setdefault((row["topic"], row["lang"]), []).append(row["text"])
    return found


_EXAMPLES = _examples()


class _Slots(dict[str, str]):
    """Fills a gap of a sentence when it is asked for, and the same way twice."""

    def __init__(self, language: str, random: Random, month: int) -> None:
        super().__init__()
        self.language, self.random, self.month = language, random, month

    def __missing__(self, name: str) -> str:
        if name == "month":
            self[name] = _SENTENCES["slots"][self.language]["month"][self.month - 1]
        elif name == "amount":
            self[name] = str(self.random.choice((80, 125, 250, 340, 480, 650, 900, 1240, 2600)))
        elif name == "count":
            self[name] = str(self.random.randint(2, 6))
        elif name == "count2":
            self[name] = str(self.random.randint(7, 28))
        else:
            self[name] = self.random.choice(_SENTENCES["slots"][self.language][name])
        return self[name]


@dataclass(frozen=True)
class Correspondence:
    """Who writes about what: all that a text needs to know. `month` is the one it speaks of."""

    topic_code: str
    language: str
    member_name: str
    first_name: str
    month: int


class Writer:
    """Writes texts that differ. The same `random` gives the same texts."""

    def __init__(self, random: Random) -> None:
        self.random = random

    def subject(self, about: Correspondence, *, title: str, keyword: str) -> str:
        pattern = self._one("subjects", about.language)
        slots = _Slots(about.language, self.random, about.month)
        slots |= {"title": title, "keyword": _capital(keyword)}
        return _capital(pattern.format_map(slots))

    def text(self, said: Said, about: Correspondence, *, adviser: str, language: str) -> str:
        """The text of one event; `language` is that of the adviser, for notes among colleagues."""
        if said == Said.SPAM:
            return str(self.random.choice(_SENTENCES["spam"]))
        if said == Said.REQUEST:
            return self._request(about)
        if said in (Said.ANSWER, Said.SETTLED, Said.QUESTION):
            return self._answer(said, about, adviser)
        among_colleagues = said in (Said.NOTE, Said.HANDOVER)
        own = language if among_colleagues else about.language
        return self._filled(self._one(_KEYS[said], own), _Slots(own, self.random, about.month))

    def _request(self, about: Correspondence) -> str:
        language = about.language
        slots = _Slots(language, self.random, about.month)
        slots["name"] = about.member_name
        examples = _EXAMPLES.get((about.topic_code, language), [])
        if examples and self.random.random() < 0.25:
            return self.random.choice(examples)
        opening = self._one("openings", language)
        parts = [
            self.random.choice(_SENTENCES["topics"][about.topic_code][language]),
            self._one("contexts", language),
        ]
        body = " ".join(self._filled(part, slots) for part in parts if part)
        closing = self._filled(self._one("closings", language), slots)
        return f"{opening}\n\n{body}\n\n{closing}"

    def _answer(self, said: Said, about: Correspondence, adviser: str) -> str:
        greeting = self._one("greetings", about.language).format(first=about.first_name)
        own = _SENTENCES["topic_answers"].get(about.topic_code, {}).get(about.language)
        if said == Said.QUESTION:
            middle = self._one("questions", about.language)
        elif said == Said.ANSWER and own:
            middle = self.random.choice(own)
        else:
            middle = self._one("settled", about.language)
        return f"{greeting}\n\n{middle}\n\n{self._one('thanks', about.language)}\n{adviser}"

    def _one(self, kind: str, language: str) -> str:
        return str(self.random.choice(_SENTENCES[kind][language]))

    @staticmethod
    def _filled(sentence: str, slots: _Slots) -> str:
        return _capital(sentence.format_map(slots))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
