"""The execution of one call: session, gate and pace, retry decisions, outcomes, clocks. Only `http` imports httpx."""
