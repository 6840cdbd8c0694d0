"""OpenTelemetry's own instrumentation of httpx, used as docs/observing.md describes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from attrs import evolve
from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode, Tracer, format_span_id, format_trace_id
from starlette.types import Receive, Scope, Send

from lucca_procurement import LuccaProcurement, errors
from lucca_procurement.emulator import Emulator
from support.samples import PURCHASE

SECRET = "canary-key-7f3a"
TITLE = "A title that no span holds"
TITLED = evolve(PURCHASE, title=TITLE)


class Traced:
    """The finished spans, and a tracer for the work of an application around them."""

    def __init__(self) -> None:
        self.exporter = InMemorySpanExporter()
        self.provider = TracerProvider()
        self.provider.add_span_processor(SimpleSpanProcessor(self.exporter))
        self.tracer: Tracer = self.provider.get_tracer("application")

    @property
    def requests(self) -> list[ReadableSpan]:
        """The spans that the instrumentation made, in the order in which they began."""
        found = [each for each in self.exporter.get_finished_spans() if each.name in ("GET", "POST")]
        return sorted(found, key=lambda each: each.start_time or 0)


@pytest.fixture
def traced() -> Iterator[Traced]:
    traced = Traced()
    instrumentor = HTTPXClientInstrumentor()
    instrumentor.instrument(tracer_provider=traced.provider)
    yield traced
    instrumentor.uninstrument()


@pytest.fixture
def received(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, str]]:
    """Keep the headers of each request that the emulator gets."""
    found: list[dict[str, str]] = []
    served = Emulator.__call__

    async def keep(self: Emulator, scope: Scope, receive: Receive, send: Send) -> None:
        found.append({name.decode(): value.decode() for name, value in scope["headers"]})
        await served(self, scope, receive, send)

    monkeypatch.setattr(Emulator, "__call__", keep)
    return found


def statuses(spans: list[ReadableSpan]) -> list[Any]:
    return [(each.attributes or {}).get("http.status_code") for each in spans]


async def test_span_of_each_try_has_status(
    traced: Traced, lucca_emulator: Emulator, lucca_client: LuccaProcurement
) -> None:
    lucca_emulator.faults.add("create_purchase", "429", retry_after="0.01")
    await lucca_client.purchases.create(TITLED)
    assert statuses(traced.requests) == [429, 201]
    assert [each.status.status_code for each in traced.requests] == [StatusCode.ERROR, StatusCode.UNSET]


async def test_span_of_try_without_answer_is_error(
    traced: Traced, lucca_emulator: Emulator, lucca_client: LuccaProcurement
) -> None:
    lucca_emulator.faults.add("create_purchase", "commit-then-drop")
    with pytest.raises(errors.OutcomeUnknown):
        await lucca_client.purchases.create(TITLED)
    (span,) = traced.requests
    assert span.status.status_code is StatusCode.ERROR
    assert [event.name for event in span.events] == ["exception"]


@pytest.mark.lucca_emulator(key=SECRET)
@pytest.mark.parametrize("fault", [None, "commit-then-drop", "500", "cut-body"])
async def test_span_holds_no_key_or_body(
    traced: Traced, lucca_emulator: Emulator, lucca_client: LuccaProcurement, fault: str | None
) -> None:
    if fault:
        lucca_emulator.faults.add("create_purchase", fault)
    try:
        await lucca_client.purchases.create(TITLED)
    except errors.ProcurementError:
        assert fault
    (span,) = traced.requests
    shown = span.to_json()
    assert "/cleemy-procurement/api/purchases" in shown
    assert SECRET not in shown
    assert TITLE not in shown


@pytest.mark.lucca_emulator(key=SECRET)
@pytest.mark.parametrize("hidden", [False, True])
async def test_span_with_sanitized_headers_hides_key(
    monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest, hidden: bool
) -> None:
    monkeypatch.setenv("OTEL_INSTRUMENTATION_HTTP_CAPTURE_HEADERS_CLIENT_REQUEST", ".*")
    if hidden:
        monkeypatch.setenv("OTEL_INSTRUMENTATION_HTTP_CAPTURE_HEADERS_SANITIZE_FIELDS", "authorization")
    traced: Traced = request.getfixturevalue("traced")
    emulator: Emulator = request.getfixturevalue("lucca_emulator")
    async with LuccaProcurement(emulator.url, SECRET, rate=None) as lucca:
        await lucca.purchases.create(TITLED)
    (span,) = traced.requests
    assert "x_request_id" in span.to_json()
    assert (SECRET in span.to_json()) is not hidden


async def test_traceparent_of_each_try_names_span(
    traced: Traced, lucca_emulator: Emulator, lucca_client: LuccaProcurement, received: list[dict[str, str]]
) -> None:
    lucca_emulator.faults.add("create_purchase", "429", retry_after="0.01")
    await lucca_client.purchases.create(TITLED)
    contexts = [each.context for each in traced.requests if each.context]
    expected = [
        f"00-{format_trace_id(each.trace_id)}-{format_span_id(each.span_id)}-{each.trace_flags:02x}"
        for each in contexts
    ]
    assert [headers["traceparent"] for headers in received] == expected
    assert len({*expected}) == 2
    # The headers of the client itself are still there.
    assert len({headers["x-request-id"] for headers in received}) == 1


async def test_span_of_call_is_child_of_caller_span(traced: Traced, lucca_client: LuccaProcurement) -> None:
    with traced.tracer.start_as_current_span("import") as parent:
        await lucca_client.purchases.create(TITLED)
    (span,) = traced.requests
    assert span.parent == parent.get_span_context()


@pytest.mark.lucca_emulator(purchases=30)
async def test_span_of_prefetched_page_is_child_of_caller_span(traced: Traced, lucca_client: LuccaProcurement) -> None:
    with traced.tracer.start_as_current_span("read") as parent:
        async for _ in lucca_client.purchases.iterate(page_size=10).pages():
            # The request for the next page does not belong to the work on a page.
            with traced.tracer.start_as_current_span("work"):
                pass
    assert [each.parent for each in traced.requests] == [parent.get_span_context()] * 3


async def test_instrumentation_of_refused_connection_keeps_not_sent(traced: Traced, unused_tcp_port: int) -> None:
    async with LuccaProcurement(f"http://127.0.0.1:{unused_tcp_port}", "key", rate=None, retries=0) as lucca:
        with pytest.raises(errors.NotSent):
            await lucca.purchases.create(TITLED)
    assert len(traced.requests) == 1
