"""The processing of an order to its end: the three steps, the registry of active orders, recovery, decisions."""
