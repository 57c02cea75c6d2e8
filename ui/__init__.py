"""The web interface: handlers, forms, templates and static files (HTMX, right to left)."""
