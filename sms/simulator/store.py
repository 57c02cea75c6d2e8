"""The simulator's own SQLite file."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

VERSION = 2
"""Of the schema. What an older one holds is forgotten: simulated texts are worth nothing."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS phone (
    number TEXT PRIMARY KEY, name TEXT NOT NULL DEFAULT '', national_id TEXT NOT NULL DEFAULT '',
    state TEXT NOT NULL DEFAULT 'on', active_at REAL NOT NULL, read_at REAL NOT NULL DEFAULT 0);
CREATE INDEX IF NOT EXISTS phone_active ON phone (name <> '' DESC, active_at DESC);
CREATE TABLE IF NOT EXISTS message (
    id INTEGER PRIMARY KEY, provider TEXT NOT NULL, local_id INTEGER, reference TEXT UNIQUE,
    kind TEXT NOT NULL, line TEXT NOT NULL, receptor TEXT NOT NULL, text TEXT NOT NULL,
    parts INTEGER NOT NULL, cost INTEGER NOT NULL, status INTEGER NOT NULL,
    debug INTEGER NOT NULL, created REAL NOT NULL, due REAL NOT NULL, next_at REAL);
CREATE INDEX IF NOT EXISTS message_next ON message (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS message_local ON message (local_id) WHERE local_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS message_receptor ON message (receptor, created);
CREATE INDEX IF NOT EXISTS message_created ON message (created);
CREATE TABLE IF NOT EXISTS inbound (
    id INTEGER PRIMARY KEY, line TEXT NOT NULL, sender TEXT NOT NULL, text TEXT NOT NULL,
    parts INTEGER NOT NULL, created REAL NOT NULL, is_read INTEGER NOT NULL DEFAULT 0);
CREATE INDEX IF NOT EXISTS inbound_line ON inbound (line, is_read, created);
CREATE INDEX IF NOT EXISTS inbound_sender ON inbound (sender, created);
CREATE TABLE IF NOT EXISTS hook (
    id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, url TEXT NOT NULL,
    body TEXT NOT NULL, created REAL NOT NULL, due REAL, attempts INTEGER NOT NULL DEFAULT 0,
    result TEXT NOT NULL DEFAULT '', done INTEGER NOT NULL DEFAULT 0);
CREATE INDEX IF NOT EXISTS hook_due ON hook (due) WHERE due IS NOT NULL;
CREATE TABLE IF NOT EXISTS telephone_call (
    id TEXT PRIMARY KEY, caller TEXT NOT NULL, state TEXT NOT NULL, started REAL NOT NULL,
    answered REAL, ended REAL, answer_at REAL, result TEXT NOT NULL DEFAULT '');
CREATE INDEX IF NOT EXISTS telephone_call_up ON telephone_call (caller) WHERE state <> 'ended';
CREATE INDEX IF NOT EXISTS telephone_call_answer ON telephone_call (answer_at)
    WHERE answer_at IS NOT NULL;
CREATE TABLE IF NOT EXISTS blocked (
    line TEXT NOT NULL, number TEXT NOT NULL, reason INTEGER NOT NULL, created REAL NOT NULL,
    PRIMARY KEY (line, number));
CREATE TABLE IF NOT EXISTS identity (national_id TEXT NOT NULL, mobile TEXT NOT NULL,
    PRIMARY KEY (national_id, mobile));
CREATE TABLE IF NOT EXISTS magic (receptor TEXT NOT NULL, message TEXT NOT NULL,
    times INTEGER NOT NULL, PRIMARY KEY (receptor, message));
CREATE TABLE IF NOT EXISTS setting (key TEXT PRIMARY KEY, value TEXT NOT NULL);
"""

TABLES = (
    "phone",
    "message",
    "inbound",
    "hook",
    "telephone_call",
    "blocked",
    "identity",
    "magic",
    "setting",
)

Row = dict[str, Any]


class Store:
    """A connection used by one event loop, which nobody else writes through.

    A statement is a transaction of its own unless it stands in `transaction`.
    """

    def __init__(self, path: str) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=OFF")
        self._make()
        self._settings: dict[str, Any] = {
            row["key"]: json.loads(row["value"]) for row in self.rows("SELECT * FROM setting")
        }

    def _make(self) -> None:
        if self.value("PRAGMA user_version") != VERSION:
            for table in (*TABLES, "api_call"):
                self.run(f"DROP TABLE IF EXISTS {table}")
        self._connection.executescript(SCHEMA)
        self.run(f"PRAGMA user_version = {VERSION}")

    def run(self, sql: str, *values: Any) -> int:
        """Run a statement; the number of rows it changed."""
        return self._connection.execute(sql, values).rowcount

    def rows(self, sql: str, *values: Any) -> list[Row]:
        return [dict(row) for row in self._connection.execute(sql, values)]

    def row(self, sql: str, *values: Any) -> Row | None:
        found = self._connection.execute(sql, values).fetchone()
        return dict(found) if found else None

    def value(self, sql: str, *values: Any) -> Any:
        found = self._connection.execute(sql, values).fetchone()
        return found[0] if found else None

    def insert(self, table: str, **columns: Any) -> int:
        names, marks = ", ".join(columns), ", ".join("?" * len(columns))
        sql = f"INSERT INTO {table} ({names}) VALUES ({marks})"
        return self._connection.execute(sql, tuple(columns.values())).lastrowid or 0

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Write several statements at once. What was done before an exception stays done."""
        self.run("BEGIN")
        try:
            yield
        finally:
            self.run("COMMIT")

    def setting(self, key: str, default: Any) -> Any:
        """A kept value; it must not be changed in place."""
        return self._settings.get(key, default)

    def set_setting(self, key: str, value: Any) -> None:
        self._settings[key] = value
        self.run("INSERT OR REPLACE INTO setting VALUES (?, ?)", key, json.dumps(value))

    def clear(self) -> None:
        with self.transaction():
            for table in TABLES:
                self.run(f"DELETE FROM {table}")
        self._settings.clear()

    def close(self) -> None:
        self._connection.close()
