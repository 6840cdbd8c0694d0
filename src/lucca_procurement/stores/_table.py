"""The tables `lucca_orders` and `lucca_uploads`, with the statements that both databases understand."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from types import TracebackType
from typing import Any, Self
from uuid import UUID

from attrs import evolve

from .._ordering.records import Record, State, corrected, state_of
from .._wire.text import cut, printable
from ..errors import ConfigurationError, InvalidArgument, Needs, StoreFailed, Superseded
from ..order import Order, check_reference

__all__ = ("Table", "versions_left")

PAGE = 500
"""The number of records that are read at a time."""

_COLUMNS = "version, state, note, source, CAST(stored AS text), created_at, changed_at"
_INSERT = f"""
    INSERT INTO lucca_orders
    (host, key, reference, version, state, note, purchase_id, source, stored, created_at, changed_at)
    VALUES (:host, :key, :reference, 1, :state, '', :purchase_id, :source, :stored, {{now}}, {{now}})
    ON CONFLICT DO NOTHING RETURNING {_COLUMNS}
"""
_UPDATE = """
    UPDATE lucca_orders SET version = version + 1, state = :state, note = :note, purchase_id = :purchase_id,
    source = :source, stored = :stored, changed_at = {now}
    WHERE host = :host AND key = :key AND version = :version RETURNING changed_at
"""
_UPDATED = """
    SELECT changed_at FROM lucca_orders
    WHERE host = :host AND key = :key AND version = :version + 1 AND CAST(stored AS text) = :stored AND state = :state
    AND note = :note
"""
_LOAD = f"SELECT {_COLUMNS} FROM lucca_orders WHERE host = :host AND key = :key"
_FIRST = f"SELECT {_COLUMNS} FROM lucca_orders WHERE host = :host AND state IN ({{states}})"
_NEXT = f"{_FIRST} AND (created_at, key) > (:created_at, :key)"
_KEEP_UPLOAD = """
    INSERT INTO lucca_uploads (host, digest, file_id, name, uploaded_at) VALUES (:host, :digest, :file_id, :name, {now})
    ON CONFLICT DO NOTHING RETURNING file_id
"""
_UPLOAD = "SELECT file_id FROM lucca_uploads WHERE host = :host AND digest = :digest"
_COUNT = "SELECT state, count(*) FROM lucca_orders WHERE host = :host GROUP BY state"


class Table(ABC):
    """A store with the table `lucca_orders`. `OrderStore` describes the methods on orders.

    It also has the table `lucca_uploads`, for the attachments of the command. A store of a caller does not need it.

    Args:
        host: The host of the orders. If it is None, the first client that uses the store sets it.
    """

    _NOW: str
    """The expression for the current time."""

    def __init__(self, host: str | None) -> None:
        self.host = host

    @abstractmethod
    async def aclose(self) -> None:
        """Close the store."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()

    async def add(self, order: Order, source: str | None = None) -> Record:
        """Insert an order, or load and correct the record of its reference, and return the record.

        Args:
            order: The order. The store keeps a copy. If the store has the reference, the stored progress counts. The
                record's `differences` are the members that were already sent, and differ.
            source: The place that the order comes from, such as `orders.csv:17`.

        Raises StoreFailed if the store fails.
        """
        while True:
            values = {**self._values(order), "reference": order.reference, "source": source and printable(source)}
            values["state"] = str(state_of(order, None))
            if rows := await self._run(_INSERT, values):
                return _record(rows[0])
            record = await self.load(order.reference)
            if record is None:
                continue
            changed, differences = corrected(record.order, order)
            record = evolve(record, source=source or record.source, differences=differences)
            if changed is record.order:
                return record
            try:
                return await self.replace(record, changed)
            except Superseded:
                # Another process has changed the order since it was loaded.
                continue

    async def load(self, reference: str) -> Record | None:
        """Return the record of a reference, or None if there is none.

        Args:
            reference: The reference. Case is ignored.

        Raises InvalidArgument if `reference` cannot be one. Raises StoreFailed if the store fails.
        """
        check_reference(reference)
        rows = await self._run(_LOAD, {"key": reference.lower()})
        return _record(rows[0]) if rows else None

    async def replace(self, record: Record, order: Order, note: str = "", needs: Needs | None = None) -> Record:
        """Store a new state of an order, and return the new record. When it returns, the state is on the disk.

        Args:
            record: The record to replace.
            order: The order, with the record's reference.
            note: The reason why the order stopped.
            needs: `OrderIncomplete.needs`, if the order stopped.

        Raises Superseded if the store holds another version than that of `record`. Raises StoreFailed if the store
        fails.
        """
        if order.key != record.order.key:
            raise InvalidArgument(f"the record is that of the order {record.reference}, not of {order.reference}")
        state, note = state_of(order, needs), cut(printable(note))
        values = {**self._values(order), "state": str(state), "note": note, "source": record.source}
        values["version"] = record.version
        rows = await self._run(_UPDATE, values, done=_UPDATED)
        if not rows:
            raise Superseded(f"another process has stored a newer version of the order {order.reference}")
        return evolve(
            record, order=order, version=record.version + 1, state=state, note=note, changed_at=_time(rows[0][0])
        )

    async def records(self, *states: State) -> AsyncIterator[Record]:
        """Yield the records in the order in which they were added.

        Args:
            states: The states of the records. If there are none, all records.

        Raises StoreFailed if the store fails.
        """
        wanted = ", ".join(f"'{State(state)}'" for state in states or State)
        end = f" ORDER BY created_at, key LIMIT {PAGE}"
        rows = await self._run(_FIRST.format(states=wanted) + end, {})
        while rows:
            records = [_record(row) for row in rows]
            for record in records:
                yield record
            last = {"created_at": rows[-1][-2], "key": records[-1].order.key}
            rows = await self._run(_NEXT.format(states=wanted) + end, last) if len(rows) == PAGE else []

    async def counts(self) -> dict[State, int]:
        """Return the number of records in each state. Raises StoreFailed if the store fails."""
        found = dict(await self._run(_COUNT, {}))
        return {state: found.get(state, 0) for state in State}

    async def upload_of(self, digest: str) -> UUID | None:
        """Return the id of a file that was uploaded, or None if it was not. Raises StoreFailed if the store fails.

        Args:
            digest: The digest of the file's name and content.
        """
        rows = await self._run(_UPLOAD, {"digest": digest})
        return UUID(rows[0][0]) if rows else None

    async def keep_upload(self, digest: str, file_id: UUID, name: str) -> None:
        """Store the id of a file that was uploaded. Raises StoreFailed if the store fails.

        Args:
            digest: The digest of the file's name and content.
            file_id: The id of the file in Lucca.
            name: The name of the file, for people.
        """
        await self._run(_KEEP_UPLOAD, {"digest": digest, "file_id": str(file_id), "name": name})

    async def _run(self, statement: str, values: Mapping[str, Any], done: str | None = None) -> Sequence[Any]:
        if self.host is None:
            raise ConfigurationError(
                f"the host of the store is not known: {type(self).__name__}(..., host='example.ilucca.net')"
            )
        return await self._execute(statement.replace("{now}", self._NOW), {"host": self.host, **values}, done)

    @abstractmethod
    async def _execute(self, statement: str, values: Mapping[str, Any], done: str | None) -> Sequence[Any]:
        """Run one statement as a transaction of its own, and return its rows.

        Args:
            statement: The statement, with its values as `:name`.
            values: The values. The statement may not use all of them.
            done: A query with rows if the statement was done. A store that lost its connection needs it.

        Raises StoreFailed if the store fails.
        """

    def _values(self, order: Order) -> dict[str, Any]:
        return {"key": order.key, "purchase_id": order.purchase_id, "stored": order.to_json().decode()}


def versions_left(name: object, version: int, known: int) -> range:
    """Return the versions of a store from which a migration has to start, in their order.

    Args:
        name: The name of the store, for the error.
        version: The version of the store. 0 is an empty store.
        known: The newest version that this package knows.

    Raises ConfigurationError if the store is newer.
    """
    if version > known:
        raise ConfigurationError(
            f"the store {name} was made by a newer lucca-procurement (version {version}, known are up to {known}):"
            " update"
        )
    return range(version, known)


def _record(row: Sequence[Any]) -> Record:
    version, state, note, source, stored, created_at, changed_at = row
    try:
        order = Order.from_json(stored)
    except InvalidArgument as error:
        raise StoreFailed(f"the store holds an order that cannot be read: {error.reason}") from error
    return Record(
        order=order,
        version=version,
        state=State(state),
        note=note,
        source=source,
        created_at=_time(created_at),
        changed_at=_time(changed_at),
    )


def _time(value: datetime | str) -> datetime:
    return datetime.fromisoformat(value) if isinstance(value, str) else value
