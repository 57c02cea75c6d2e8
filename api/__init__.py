"""Composition root: puts settings, database, worker and adapters together into one ASGI app."""
