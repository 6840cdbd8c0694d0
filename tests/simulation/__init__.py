"""A simulation of orders in simulated time: a Lucca, people and a program that misbehave as a seed says."""
