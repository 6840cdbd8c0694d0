"""Orders as jobs of Procrastinate, on a real PostgreSQL."""
