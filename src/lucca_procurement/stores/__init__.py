"""Stores of orders, so that imports and approvals outlive a process: `SQLiteOrders` and `PostgresOrders`."""

from .._ordering.records import OrderStore, Record, State
from ._postgres import PostgresOrders
from ._sqlite import SQLiteOrders

__all__ = ("OrderStore", "PostgresOrders", "Record", "SQLiteOrders", "State")
