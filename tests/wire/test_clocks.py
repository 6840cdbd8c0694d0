"""Clocks: our clock, which may be stepped or suspended, and the server's."""

from __future__ import annotations

import sys
import time
from email.utils import formatdate

import pytest

from lucca_procurement._wire.clocks import SystemClock
from lucca_procurement._wire.server_clock import ServerClock
from support.clock import HurriedClock

SERVERS = 1_800_000_000.0


class Stepped(HurriedClock):
    """A clock whose time of day can be set apart from its seconds."""

    def __init__(self) -> None:
        super().__init__()
        self.step = 5_000.0

    def time(self) -> float:
        return self.now + self.step


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not offer it")
def test_system_clock_monotonic_counts_suspension(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "clock_gettime", {time.CLOCK_BOOTTIME: 5.0}.__getitem__)
    assert SystemClock().monotonic() == 5.0


def test_system_clock_time_is_time_of_day() -> None:
    assert abs(SystemClock().time() - time.time()) < 5.0
    assert SystemClock().monotonic() <= SystemClock().monotonic()


def test_server_clock_without_valid_date_returns_local_time() -> None:
    clock = Stepped()
    server = ServerClock(clock)
    for date in (None, "", "yesterday"):
        server.record(date)
        assert (server.time(), server.offset) == (clock.time(), None)


@pytest.mark.parametrize("step", [-3_600.0, 0.0, 3_600.0, 86_400.0])
def test_server_clock_after_step_of_local_clock_is_unchanged(step: float) -> None:
    clock = Stepped()
    server = ServerClock(clock)
    server.record(formatdate(SERVERS, usegmt=True))
    clock.now += 10.0
    assert server.time() == SERVERS + 10.0
    clock.step = step
    clock.now += 10.0
    assert server.time() == SERVERS + 20.0
    assert server.offset == SERVERS + 20.0 - clock.time()


def test_server_clock_with_several_answers_uses_latest_date() -> None:
    clock = Stepped()
    server = ServerClock(clock)
    server.record(formatdate(SERVERS, usegmt=True))
    server.record(formatdate(SERVERS + 90.0, usegmt=True))
    server.record(None)
    assert server.time() == SERVERS + 90.0
    server.record("no date")
    assert server.time() == SERVERS + 90.0
