from __future__ import annotations

from random import Random

import pytest

from tests.bench.trend import trend


def test_a_straight_line() -> None:
    found = trend([(second, 1000 + second / 36) for second in range(3600)])
    assert found.an_hour() == pytest.approx((100 / 1049.986 * 100, 0), rel=1e-4, abs=1e-6)


def test_noise_is_told_from_growth() -> None:
    random = Random(1)
    flat = trend([(second, random.gauss(100, 1)) for second in range(600)])
    slope, error = flat.an_hour()
    assert abs(slope) < error < 5
    growing = trend([(second, 100 + second / 60 + random.gauss(0, 1)) for second in range(600)])
    slope, error = growing.an_hour()
    assert slope - error > 1
    assert slope == pytest.approx(6000 / 105, rel=0.1)


def test_a_random_walk_is_no_sure_growth() -> None:
    random = Random(2)
    value, samples = 100.0, []
    for second in range(600):
        value += random.choice((-0.05, 0.05))
        samples.append((second, value))
    slope, error = trend(samples).an_hour()
    assert error > abs(slope) / 10


def test_too_few_samples() -> None:
    with pytest.raises(ValueError, match=r"^19 samples tell no trend, 20 would$"):
        trend([(second, 1.0) for second in range(19)])
