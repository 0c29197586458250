"""What the members and advisers of the demo say in surveys: how they choose, what they add."""

from random import Random

from surveys.enums import Contact, Side
from surveys.questionnaires import NO, NOT_APPLICABLE, YES

# How satisfied people are on the scale of five, by question: before the pilot, and the change in
# the pilot offices after half a year of it.
_LEVELS = {
    "m1": (3.55, 0.30), "m2": (3.25, 0.55), "m4": (3.30, 0.50), "m6": (3.60, 0.05),
    "m7": (3.05, 0.30), "a1": (2.75, 0.40), "a2": (3.55, -0.45), "a3": (3.30, 0.60),
    "a4": (2.90, 0.75), "a5": (3.55, -0.05), "a6": (3.20, 0.15),
}  # fmt: skip
_SPREAD = 1.05
# Members without contact feel less connected: who leaves them out sees too good a picture.
_WITHOUT_CONTACT = -0.55
_RESOLVED, _REPEATED = (0.52, 0.25, 0.11, 0.12), (0.58, 0.27, 0.15)
# The share that answers. Contact makes people answer; this is what the weights have to put right.
_ANSWERING = {
    Contact.NONE: 0.27, Contact.ONE: 0.43, Contact.SEVERAL: 0.55, Contact.ALL: 0.74,
}  # fmt: skip
_IN_ENGLISH = 0.7
_COMMENTING = 0.14

_COMMENTS = {
    "fr": (
        "Réponse très rapide, merci.",
        "J'ai dû tout expliquer deux fois, mais la seconde personne connaissait bien la TVA.",
        "Je ne sais pas toujours à quelle branche m'adresser.",
        "Merci à Aïcha pour sa patience au téléphone !",
        "L'outil pour déclarer un contrat reste compliqué.",
        "On sent que les conseillers ont plus de temps pour les questions de fond.",
        "J'aimerais davantage de rencontres au bureau.",
    ),
    "nl": (
        "Snel geholpen, dank u wel.",
        "Ik mis mijn vaste adviesverlener.",
        "Duidelijke uitleg over de btw.",
    ),
    "de": (
        "Schnelle Antwort, vielen Dank.",
        "Ich musste mein Anliegen zweimal erklären.",
        "Mehr Sprechstunden in Eupen wären gut.",
    ),
    "en": ("Quick and friendly answer.", "It was hard to find out whom to ask."),
}


def answers(random: Random, *, contact: Contact, language: str) -> bool:
    """Whether this person takes part in a wave until its end."""
    chance = _ANSWERING[contact] * (_IN_ENGLISH if language == "en" else 1)
    return random.random() < chance


def choices(
    random: Random, codes: list[str], *, contact: Contact, side: Side, progress: float
) -> dict[str, int | str | None]:
    """One person's choices. `progress` is 0 before the pilot and 1 at its end."""
    said: dict[str, int | str | None] = {}
    mood = random.gauss(0, 0.55)
    remembers = contact != Contact.NONE if random.random() > 0.08 else contact == Contact.NONE
    if "m1" in codes:
        said["contact"] = YES if remembers else NO
    for code in codes:
        if "contact" in said and not remembers and code != "m7":
            said[code] = None
        else:
            said[code] = _choice(random, code, mood, contact=contact, side=side, progress=progress)
    return said


def _choice(
    random: Random, code: str, mood: float, *, contact: Contact, side: Side, progress: float
) -> int | str | None:
    luck = random.random()
    if luck < 0.05:
        return NOT_APPLICABLE if luck < 0.035 else None
    if code == "m3":
        return random.choices((1, 2, 3, 4), _RESOLVED)[0]
    gain = progress if side == Side.PILOT else 0.0
    if code == "m5":
        # Work by branch sends people from one adviser to another.
        more = 1.3 if contact == Contact.SEVERAL else 1.0
        return random.choices((1, 2, 3), (_REPEATED[0] - 0.06 * gain, _REPEATED[1] * more, 0.15))[0]
    base, change = _LEVELS[code]
    level = base + change * gain + mood + random.gauss(0, _SPREAD)
    if code == "m7" and contact == Contact.NONE:
        level += _WITHOUT_CONTACT
    return min(5, max(1, round(level)))


def comment(random: Random, *, language: str) -> str:
    return random.choice(_COMMENTS[language]) if random.random() < _COMMENTING else ""
