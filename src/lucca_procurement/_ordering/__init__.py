"""How an order is brought to its end: its steps, what is looked up, and who decides. `orders` is the way in."""
