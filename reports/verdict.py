"""What may be said about the pilot: one of four sentences, chosen by a rule and never by hand.

Pure. The words stand in `data/verdicts.json`.
"""

from dataclasses import dataclass
from enum import StrEnum

# 7 offices have 21 pairs. With fewer, even the largest of all differences says little.
FEWEST_GROUPS = 20


class Verdict(StrEnum):
    FASTER = "faster"
    SLOWER = "slower"
    NO_CLEAR_DIFFERENCE = "no_clear_difference"
    CANNOT_SAY = "cannot_say"


@dataclass(frozen=True)
class Evidence:
    """What the rule looks at, in the unit of the outcome; `higher_is_faster` gives the direction.

    `larger` counts the groups of offices, the real one included, whose difference is at least as
    large; `groups` counts all of them. A difference or a standardised one is None where data are
    missing, the noise floor where there are too few offices or months to look for one.
    """

    difference: float | None
    noise_floor: float | None
    standardised: float | None
    larger: int
    groups: int
    higher_is_faster: bool


def conditions(evidence: Evidence) -> dict[str, bool]:
    """Each condition of the rule by name, and whether it holds; empty where data are missing."""
    if evidence.difference is None:
        return {}
    difference, standardised = evidence.difference, evidence.standardised
    floor = evidence.noise_floor
    return {
        # Where nobody can tell what happens without a change, nothing stands out from it.
        "above_the_noise_floor": floor is not None and abs(difference) > floor,
        "largest_of_all_groups": evidence.larger == 1,
        "enough_groups": evidence.groups >= FEWEST_GROUPS,
        "same_sign_when_standardised": standardised is not None and difference * standardised > 0,
    }


def verdict(evidence: Evidence) -> Verdict:
    """Faster or slower only where every condition holds, "cannot say" where data are missing."""
    found = conditions(evidence)
    if not found or evidence.difference is None:
        return Verdict.CANNOT_SAY
    if not all(found.values()):
        return Verdict.NO_CLEAR_DIFFERENCE
    is_higher = evidence.difference > 0
    return Verdict.FASTER if is_higher == evidence.higher_is_faster else Verdict.SLOWER
