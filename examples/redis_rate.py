"""A window in Redis for `SharedRate`."""

from __future__ import annotations

from typing import Any

from pyrate_limiter import Rate, RateItem, RedisBucket
from pyrate_limiter.buckets.redis_bucket import LuaScript
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import NoScriptError
from redis.retry import Retry

from shared_rate import LIMIT, PATIENCE, WINDOW


class RedisWindow(RedisBucket):
    """pyrate-limiter's bucket for processes that ask at once, on several machines, and for a Redis that restarts.

    By itself it goes by each machine's own clock, does not count what was put in at a later time than that, and fails
    for good once Redis has forgotten its script.
    """

    def __init__(self, redis: Redis, name: str, rate: Rate) -> None:
        self._server: Any = redis
        super().__init__([rate], redis, name, self._loaded())

    def _loaded(self) -> str:
        return str(self._server.script_load(LuaScript.PUT_ITEM))

    def now(self) -> int:
        seconds, microseconds = self._server.time()
        return int(seconds) * 1000 + int(microseconds) // 1000

    def put(self, item: RateItem) -> Any:
        # A process that is killed in the middle holds the others up for 5 s.
        with self._server.lock(f"{self.bucket_key}:lock", timeout=5, blocking_timeout=10, sleep=0.01):
            item.timestamp = self.now()
            try:
                return super().put(item)
            except NoScriptError:
                self._loaded()
                return super().put(item)

    def close(self) -> None:
        self._server.close()


def in_redis(url: str, name: str, limit: int = LIMIT, window: float = WINDOW) -> RedisWindow:
    """Give the window of that name. It wants to be closed, or used by `with`. Raises redis.ConnectionError."""
    # One more try, at once: an idle connection may have been closed meanwhile.
    retry = Retry(NoBackoff(), 1)
    redis = Redis.from_url(url, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE, retry=retry)
    return RedisWindow(redis, name, Rate(limit, round(window * 1000)))
