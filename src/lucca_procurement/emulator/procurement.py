"""The procurement API over HTTP: the key, the rate, the deliberate faults, and the log of all requests."""

from __future__ import annotations

import math
import sys
import threading
from collections.abc import Awaitable, Callable, Iterable
from decimal import Decimal
from email.utils import formatdate

import msgspec
from attrs import define, frozen
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from .answers import Broken, Gone, Hanging, Trailing, answer, created_id, failed, problem, spoiled
from .faults import Fault, Faults
from .guard import read_body
from .limit import Limit
from .operations import NAMES, OPERATIONS, Call, Operation, Operations, check_id, page_token
from .quirks import Quirks
from .requests import whole_numbers
from .shapes import Json
from .tenant import Clock, Refused, Tenant

LARGEST_BODY = 100 * 2**20
LARGEST_HEADERS = 8 * 2**10
LOG_HELD = 100_000
"""The number of requests that the log holds. If there are more, the log drops the oldest."""
LOG_BYTES = 16 * 2**20
"""The memory that their methods and targets may take, in bytes."""
NAMED = 5
"""The most orders that the refusal of a reference names."""
TARGET_SHOWN = 2_000
METHOD_SHOWN = 32
"""The number of characters that the log holds: `TARGET_SHOWN` of a target, `METHOD_SHOWN` of a method."""

_decoder = msgspec.json.Decoder(float_hook=Decimal)


@define
class Entry:
    """One request in the log, from its arrival on. `status` is None until there is an answer, and if there is none."""

    operation: str | None
    method: str
    target: str
    time: float
    status: int | None = None
    fault: str | None = None


@frozen
class Pending:
    """An order that waits for approval. Its title begins or ends with its reference in brackets."""

    request_id: int
    purchase_id: int
    title: str


class Procurement:
    """One tenant behind HTTP. Hold `lock` to read or change it, because tests do so from another thread."""

    def __init__(
        self,
        tenant: Tenant,
        quirks: Quirks,
        limit: Limit,
        *,
        key: str,
        clock: Clock,
        sleep: Callable[[float], Awaitable[object]],
    ) -> None:
        self.key = key
        self.tenant = tenant
        self.quirks = quirks
        self.limit = limit
        self.faults = Faults(NAMES)
        self.log: list[Entry] = []
        self.lock = threading.RLock()
        self._operations = Operations(tenant, quirks)
        self._clock = clock
        self._sleep = sleep
        self._late: list[tuple[float, str, Call]] = []
        self._logged = 0

    def pending(self) -> list[Pending]:
        """Return the orders that were created here and wait for approval, the oldest first."""
        with self.lock:
            return [
                Pending(request["id"], purchase["id"], purchase["title"])
                for purchase in self.created()
                if purchase["state"] == "Processing" and (request := self.tenant.request_of(purchase))
            ]

    def approve(self, request_id: int | None = None, *, reference: str | None = None) -> None:
        """Approve a request by its id or by the reference of its order.

        The title of the order's purchase begins or ends with the reference in brackets. Raises Refused if no such
        request waits, or if several orders with the reference wait. Raises TypeError unless exactly one of the two is
        passed.
        """
        self._decide(request_id, reference, "Approved")

    def deny(self, request_id: int | None = None, *, reference: str | None = None) -> None:
        """Deny a request by its id or by the reference of its order. Raises the same errors as `approve`."""
        self._decide(request_id, reference, "Denied")

    def approve_all(self) -> None:
        """Approve the requests of all orders that were created here and wait."""
        with self.lock:
            for each in self.pending():
                self.tenant.decide(each.request_id, "Approved")

    def _decide(self, request_id: int | None, reference: str | None, state: str) -> None:
        if (request_id is None) is (reference is None):
            raise TypeError("pass a request's id or a reference")
        with self.lock:
            self.catch_up()
            self.tenant.decide(self._named(reference) if request_id is None else request_id, state)

    def _named(self, reference: str | None) -> int:
        """Return the id of the waiting request for the order with a reference."""
        wanted = f"[{reference}]".casefold()

        def has_it(title: str) -> bool:
            return title.strip().casefold().startswith(wanted) or title.strip().casefold().endswith(wanted)

        pending = self.pending()
        found = [each for each in pending if has_it(each.title)]
        if len(found) == 1:
            return found[0].request_id
        if found:
            these = _listed(f"{each.request_id} (purchase {each.purchase_id})" for each in found)
            detail = f"{len(found)} orders with the reference {reference} wait for approval."
            raise Refused(409, "Conflict", f"{detail} Pass a request's id: {these}.")
        decided = [each for each in self.created() if has_it(each["title"])]
        if decided:
            these = _listed(f"purchase {each['id']} is {each['state']}" for each in decided)
            detail = f"No order with the reference {reference} waits for approval: {these}."
        else:
            titles = _listed(each.title for each in pending) or "none"
            detail = f"No order has the reference {reference}. The titles of the orders that wait: {titles}."
        raise Refused(404, "Not Found", detail)

    def created(self) -> list[Json]:
        """Return the purchases that were created here, in their present state, the oldest first."""
        with self.lock:
            self.catch_up()
            return list(self.tenant.created())

    def catch_up(self) -> None:
        """Do the work that a fault delayed and that is due now. The data has the time at which the work was due."""
        with self.lock:
            now = self._clock()
            due = sorted((each for each in self._late if each[0] <= now), key=lambda each: each[0])
            self._late = [each for each in self._late if each[0] > now]
            for moment, name, call in due:
                with self.tenant.at_time(moment):
                    try:
                        self._operations.run(name, call)
                    except Refused:
                        # The state of the order can forbid late work by now. No caller waits for its answer.
                        continue

    # ---- One request

    async def answer(self, request: Request) -> Response:
        """Answer a request, and log it."""
        # `request.url` takes an encoded question mark for the end of the path, and fails on an invalid `Host`.
        path = request.scope["path"].removeprefix(request.scope.get("root_path", ""))
        query = request.scope["query_string"].decode("latin-1")
        fits = [(each, found) for each in OPERATIONS.values() if (found := each.path.fullmatch(path))]
        operation, match = next(((each, found) for each, found in fits if each.method == request.method), (None, None))
        name = operation.name if operation else None
        target = f"{path}?{query}" if query else path
        entry = Entry(name, request.method[:METHOD_SHOWN], target[:TARGET_SHOWN], self._clock())
        self._keep(entry)
        fault: Fault | None = None
        try:
            self.catch_up()
            self._admit(request)
            if operation is None or match is None:
                raise Refused(405, "Method Not Allowed") if fits else Refused(404, "Not Found")
            fault = self.faults.meet(operation.name)
            entry.fault = fault.name if fault else None
            response = await self._perform(operation, match.groups(), request, fault)
        except Refused as refused:
            allowed = {"Allow": ", ".join(each.method for each, _ in fits)} if refused.status == 405 else None
            response = await self._spoil_refusal(problem(refused, refused.headers or allowed), fault)
        except ClientDisconnect:
            response = Gone()
        # Callers may rely on the emulator's own time, which can differ from the time of its server.
        response.headers["Date"] = formatdate(self._clock(), usegmt=True)
        if self.quirks.request_id == "returned" and (number := request.headers.get("x-request-id")):
            response.headers["X-Request-Id"] = number
        if not isinstance(response, (Broken, Gone, Hanging)):
            entry.status = response.status_code
        return response

    def _keep(self, entry: Entry) -> None:
        with self.lock:
            self.log.append(entry)
            self._logged += _size(entry)
            if len(self.log) <= LOG_HELD and self._logged <= LOG_BYTES:
                return
            # Count again, because others may have cleared the log. Drop a tenth more than necessary, to make this rare.
            sizes = [_size(each) for each in self.log]
            self._logged = sum(sizes)
            first = 0
            while len(self.log) - first > LOG_HELD * 0.9 or self._logged > LOG_BYTES * 0.9:
                self._logged -= sizes[first]
                first += 1
            del self.log[:first]

    def _admit(self, request: Request) -> None:
        if sum(len(name) + len(value) for name, value in request.scope["headers"]) > LARGEST_HEADERS:
            raise Refused(431, "Request Header Fields Too Large", "The headers have at most 8 KB.")
        if request.headers.get("authorization") != f"lucca application={self.key}":
            raise Refused(401, "Unauthorized", "`Authorization: lucca application=KEY` has no key that is known.")
        if wait := self.limit.wait(self.key):
            raise Refused(429, "Too Many Requests", headers={"Retry-After": str(math.ceil(wait))})

    async def _perform(
        self, operation: Operation, ids: Iterable[str], request: Request, fault: Fault | None
    ) -> Response:
        if fault and fault.name == "refuse":
            return Broken(resets=True)
        content = await read_body(request, LARGEST_BODY)
        # Starlette parses a form from this body, instead of reading the stream a second time.
        request._body = content
        if fault and fault.name in ("drop", "hang"):
            return Broken() if fault.name == "drop" else Hanging()
        if fault and fault.status and not fault.commits:
            return failed(fault, fault.status, self._clock())
        call = await _call(operation, ids, request, content)
        if fault and fault.name == "late":
            with self.lock:
                self._late.append((self._clock() + fault.options["seconds"], operation.name, call))
            return Broken()
        with self.lock:
            status, value = self._operations.run(operation.name, call)
            is_foreign = fault is not None and fault.name == "foreign-id"
            foreign = self._operations.another(operation.name, created_id(value)) if is_foreign else None
        if fault is None:
            return answer(status, value)
        if fault.name == "slow":
            await self._sleep(fault.options["seconds"])
        if fault.name in ("commit-then-drop", "commit-then-hang"):
            return Broken() if fault.name == "commit-then-drop" else Hanging()
        if fault.status:
            return failed(fault, fault.status, self._clock())
        has_tokens = operation.is_list and self.quirks.paging == "token"
        # An empty page must not lead to itself: the fault `repeated-token` does that, and clients may detect the loop.
        token = page_token(call, another=fault.name == "empty-page") if has_tokens else None
        return spoiled(fault, status, value, token, foreign)

    async def _spoil_refusal(self, refusal: Response, fault: Fault | None) -> Response:
        """Return a refusal as a fault spoils it. Faults that need a success leave the refusal unchanged."""
        match fault.name if fault else "":
            case "commit-then-drop" | "drop" | "late":
                return Broken()
            case "commit-then-hang":
                return Hanging()
            case "cut-body":
                return Broken(refusal)
            case "trailing-bytes":
                return Trailing(refusal)
            case "slow":
                assert fault
                await self._sleep(fault.options["seconds"])
            case "408-after-commit" | "500-after-commit" | "503-after-commit" | "504":
                assert fault
                assert fault.status
                return failed(fault, fault.status, self._clock())
        return refusal


def _listed(texts: Iterable[str]) -> str:
    """Return texts as a list for a message, with the number of those that it leaves out."""
    all_texts = list(texts)
    left_out = f" and {len(all_texts) - NAMED} more" if len(all_texts) > NAMED else ""
    return ", ".join(all_texts[:NAMED]) + left_out


def _size(entry: Entry) -> int:
    return sys.getsizeof(entry.method) + sys.getsizeof(entry.target)


async def _call(operation: Operation, ids: Iterable[str], request: Request, content: bytes) -> Call:
    body, file = None, None
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if operation.body == "json":
        if media_type != "application/json":
            raise Refused(415, "Unsupported Media Type", "The body must be application/json.")
        try:
            body = whole_numbers(_decoder.decode(content))
        except (msgspec.MsgspecError, ValueError, ArithmeticError, RecursionError):
            raise Refused(400, "Bad Request", "The body is not JSON.") from None
    elif operation.body == "multipart":
        if media_type != "multipart/form-data":
            raise Refused(415, "Unsupported Media Type", "The body must be multipart/form-data.")
        file = await _file(request)
    query = {name: request.query_params.getlist(name) for name in request.query_params}
    return Call(ids=tuple(map(check_id, ids)), query=query, body=body, file=file)


async def _file(request: Request) -> tuple[str, str, bytes] | None:
    wrong = Refused(400, "Bad Request", "The body is not multipart/form-data.")
    # Starlette ignores a part that does not end, and leaves its file open.
    if not (await request.body()).rstrip().endswith(b"--"):
        raise wrong
    try:
        async with request.form() as form:
            parts = form.getlist("form")
            part = parts[0] if len(parts) == 1 else None
            if not isinstance(part, UploadFile) or not part.filename:
                return None
            return part.filename, part.content_type or "application/octet-stream", await part.read()
    except (HTTPException, ValueError):
        # Starlette refuses an invalid form in plain text, and does not catch all errors of its parser.
        raise wrong from None
