"""The client: its settings, its lifetime, and the resources that hang on it."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import NoReturn, Self

from ._wire.clocks import Clock, SystemClock
from ._wire.gate import Limiter
from ._wire.session import Session
from ._wire.settings import NOT_COPIED, CommitmentPath, ReferencePosition, Settings, Transport
from .errors import ConfigurationError
from .events import Event
from .files import Files
from .orders import Orders
from .purchases import ApprovalRequests, Commitments, Purchases
from .reference_data import CostCenters, Natures, Suppliers, TaxRates

__all__ = ("Clock", "CommitmentPath", "Limiter", "LuccaProcurement", "ReferencePosition", "Transport")


class LuccaProcurement:
    """A client of one Lucca host: make one for an application, and close it with `async with` or `aclose()`.

    Args:
        base_url: As `https://example.ilucca.net`, whatever the host; by default `LUCCA_BASE_URL`. http is for this
            machine alone.
        api_key: The key alone; by default `LUCCA_API_KEY`. It shows in no repr, log, error or pickle.
        timeout: Seconds for one try of a call, from the first byte to the parsed answer. Waits between tries, and for
            the rate, do not count.
        retries: How often a request is sent again after a failure, if that is safe. Throttled tries do not count; they
            wait for at most 122 s per call. 0: nothing is ever sent again.
        rate: Requests per minute, which the tenant's integrations share (50). None: no pacing. Or an object
            with `async acquire()`, which several processes share.
        settle: Seconds after which something that is not found was not created; the server gives a request up after 5.
        app: The application's name for the User-Agent, as `my-app/1.2`.
        on_event: Called with each event (`lucca_procurement.events`), in the middle of the work: it must be quick.
        transport: What takes the place of the network in tests, as the transports of httpx.
        commitment_path: `purchase` sends a commitment to `purchases/{id}/commitment`, `commitments` to `commitments`;
            the documentation has both.
        reference_at: The position of an order's reference in the title of its purchase, `front` or `end`.
        clock: What tests put in the place of time.

    Raises ConfigurationError for what cannot be. Use it from one event loop.
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
        commitment_path: CommitmentPath = "purchase",
        reference_at: ReferencePosition = "front",
        clock: Clock | None = None,
    ) -> None:
        try:
            settings = Settings.checked(
                base_url,
                api_key,
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
            # A report of an error shows what the frames of its traceback hold: here they hold the key.
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
        """Close all connections. Calls that are under way fail."""
        await self._session.http.aclose()

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
