"""The partner API: one GraphQL schema over the use cases of `domain` (G6)."""
