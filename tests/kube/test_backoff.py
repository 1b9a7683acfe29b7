"""Delays between attempts."""

from __future__ import annotations

from random import Random

import pytest

from astrolabe.kube.backoff import FIRST, LONGEST_DELAY, Backoff


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


class Fixed(Random):
    """Draws the given point of every range."""

    def __init__(self, point: float) -> None:
        super().__init__()
        self._point = point

    def uniform(self, a: float, b: float) -> float:
        return a + (b - a) * self._point


def test_doubles_to_its_longest_without_jitter() -> None:
    backoff = Backoff(Clock(), Fixed(0.0))
    assert [backoff.next() for _ in range(7)] == [0.8, 1.6, 3.2, 6.4, 12.8, 24.0, 24.0]


def test_never_longer_than_thirty_seconds_with_jitter() -> None:
    backoff = Backoff(Clock(), Fixed(1.0))
    assert [backoff.next() for _ in range(7)] == [1.0, 2.0, 4.0, 8.0, 16.0, LONGEST_DELAY, LONGEST_DELAY]


@pytest.mark.parametrize(("idle", "delay"), [(119.9, 3.2), (120.1, FIRST)])
def test_starts_again_after_two_healthy_minutes(idle: float, delay: float) -> None:
    clock = Clock()
    backoff = Backoff(clock, Fixed(0.0))
    backoff.next()
    clock.now += backoff.next()
    clock.now += idle
    assert backoff.next() == delay


def test_a_gentle_delay_does_not_escalate() -> None:
    backoff = Backoff(Clock(), Fixed(0.0))
    assert [backoff.gentle(), backoff.gentle(), backoff.next()] == [0.8, 0.8, 0.8]


def test_jitter_is_random() -> None:
    backoff = Backoff(Clock(), Random(1))
    assert len({backoff.gentle() for _ in range(100)}) == 100
