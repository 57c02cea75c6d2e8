"""Text messages: the gateway to the provider, the outbox sender and the inbox."""
