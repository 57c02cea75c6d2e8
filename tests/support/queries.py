"""Counting what a page asks of the database."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from tortoise.log import db_client_logger


class _Recorder(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.statements: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.statements.append(record.getMessage())


@contextmanager
def recorded() -> Iterator[list[str]]:
    """The statements sent meanwhile, in order."""
    recorder, level = _Recorder(), db_client_logger.level
    db_client_logger.addHandler(recorder)
    db_client_logger.setLevel(logging.DEBUG)
    try:
        yield recorder.statements
    finally:
        db_client_logger.removeHandler(recorder)
        db_client_logger.setLevel(level)
