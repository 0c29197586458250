import pytest

from tests.reports.against_libraries import COMPARISONS, largest_difference


@pytest.mark.parametrize("name", COMPARISONS)
def test_our_statistics_are_those_of_the_libraries(name: str) -> None:
    assert largest_difference(name, rounds=15) < 1e-10
