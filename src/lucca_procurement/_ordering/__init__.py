"""The processing of orders: the three steps, the registry of active orders, recovery and decisions."""
