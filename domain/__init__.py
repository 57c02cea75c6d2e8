"""The service itself: one async function per use case, pure rules beside them."""
