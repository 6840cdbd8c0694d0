"""The client: its settings, its lifetime and its resources."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, NoReturn, Self

from ._wire.clocks import Clock, SystemClock
from ._wire.gate import Limiter
from ._wire.settings import NOT_COPIED, CommitmentPath, ReferencePosition, Settings, Transport
from .errors import ConfigurationError
from .events import Event

__all__ = ("Clock", "CommitmentPath", "Limiter", "LuccaProcurement", "ReferencePosition", "Transport")


class LuccaProcurement:
    """A client of one Lucca host. Create one per application, and close it with `async with` or `aclose()`.

    Args:
        base_url: The URL of the host, such as `https://example.ilucca.net`. If it is None, `LUCCA_BASE_URL`. Plain http
            is allowed only for this machine.
        api_key: The key without a prefix. If it is None, `LUCCA_API_KEY`. The key is redacted: no repr, log, error or
            pickle contains it.
        timeout: Seconds for one try of a call, from the first byte to the parsed answer. Waits between tries, and waits
            for the rate, do not count.
        retries: The most repeats of a request after a failure, if a repeat is safe. Throttled tries do not count. They
            wait for at most 122 s per call. If it is 0, nothing is sent again.
        rate: Requests per minute. Lucca's limit of 50 applies to all integrations of a tenant together. If it is None,
            requests are not paced. If several processes share the limit, pass one of `lucca_procurement.rates`, or
            another object with `async acquire()`.
        settle: The settle time in seconds. Only after that does "not found" mean "not created". The server aborts a
            request after 5 s. Our assumption (settle-time); Lucca does not document it.
        app: The application's name for the User-Agent, such as `my-app/1.2`.
        on_event: The listener, a plain function. It receives each event (`lucca_procurement.events`) in the middle of a
            request, so it must return quickly.
        transport: A replacement for the network in tests, such as a transport of httpx.
        commitment_path: The path for a new commitment. The documentation shows two. `purchase` is
            `purchases/{id}/commitment`, and `commitments` is `commitments`. `by-kind` is `commitments` for a one-time
            commitment and `purchase` for a subscription, as in the newer guide. `auto` is `purchase`, and `commitments`
            if that path answers 404 or 405 and the purchase exists.
            Our assumption (commitment-path); Lucca does not document it.
        reference_at: The position of an order's reference in the title of its purchase, `front` or `end`. At the end,
            it needs a title that Lucca does not cut. Our assumption (title); Lucca does not document it.
        clock: A replacement for the system's clock in tests.

    Raises ConfigurationError if a setting is invalid. Use a client from one event loop only.
    """

    def __init__(
        self,
        base_url: str | None = None,
        api_key: str | None = None,
        *,
        timeout: float = 30.0,
        retries: int = 3,
        rate: int | Limiter | None = 50,
        settle: float = 30.0,
        app: str | None = None,
        on_event: Callable[[Event], object] | None = None,
        transport: Transport | None = None,
        commitment_path: CommitmentPath = "auto",
        reference_at: ReferencePosition = "front",
        clock: Clock | None = None,
    ) -> None:
        # Half of this package is imported here, because many programs import it and create no client. A service creates
        # its client when it starts, so that no request waits for this import.
        from ._wire.session import Session
        from .files import Files
        from .orders import Orders
        from .purchases import ApprovalRequests, Commitments, Purchases
        from .reference_data import CostCenters, Natures, Suppliers, TaxRates

        try:
            settings = Settings(
                base_url=base_url,
                api_key=api_key,
                timeout=timeout,
                retries=retries,
                rate=rate,
                settle=settle,
                app=app,
                on_event=on_event,
                transport=transport,
                commitment_path=commitment_path,
                reference_at=reference_at,
            )
            self._session = session = Session(settings, clock or SystemClock())
        except ConfigurationError as error:
            # Error reports show the variables in the frames of a traceback, and these frames hold the key.
            api_key = None
            raise error.with_traceback(None) from None
        self.purchases = Purchases(session)
        self.commitments = Commitments(session)
        self.requests = ApprovalRequests(session)
        self.orders = Orders(session)
        self.tax_rates = TaxRates(session)
        self.suppliers = Suppliers(session)
        self.natures = Natures(session)
        self.cost_centers = CostCenters(session)
        self.files = Files(session)

    async def aclose(self) -> None:
        """Close all connections. Calls that are under way fail.

        Raises ConfigurationError if the client was used in another event loop.
        """
        await self._session.http.aclose()

    if not TYPE_CHECKING:

        def __enter__(self):
            raise TypeError("a client is opened with `async with`, or closed with `await lucca.aclose()`")

        def __exit__(self, *_):
            pass

    async def __aenter__(self) -> Self:
        self._session.http.check()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()

    def __reduce__(self) -> NoReturn:
        raise TypeError(NOT_COPIED)

    def __repr__(self) -> str:
        settings = self._session.settings
        rate = (
            settings.rate if settings.rate is None or isinstance(settings.rate, int) else type(settings.rate).__name__
        )
        return f"LuccaProcurement({settings.host!r}, rate={rate!r})"


def settings_of(lucca: LuccaProcurement) -> Settings:
    """Return the settings of a client, for the other modules of this package."""
    return lucca._session.settings
