"""The statements of the bare endpoints for SQLite, on one connection in the event loop.

A statement takes less time than handing it to a thread would.
"""

from __future__ import annotations

import sqlite3
from base64 import b64encode, urlsafe_b64encode
from datetime import UTC, datetime
from typing import Any

from domain import jalali
from tests.bench import bare_figures
from tests.bench.bare_inputs import CLOCK, FIRST_RUNG, LINE, Registration, position, registered

Variables = dict[str, Any]


def _at(column: str) -> str:
    return f"substr({column}, 1, 10) || 'T' || substr({column}, 12, 15) || 'Z'"


def _id(kind: str, column: str) -> str:
    return f"base64('{kind}:' || {column})"


def _truth(column: str) -> str:
    return f"json(iif({column}, 'true', 'false'))"


_CASE = f"""
SELECT json_object('data', json_object('case', json_object(
    'id', {_id("Case", "c.id")}, 'trackingCode', c.tracking_code, 'kind', upper(c.kind),
    'status', upper(c.status), 'subject', c.subject, 'text', c.text,
    'registeredAt', {_at("c.registered_at")}, 'answeredAt', {_at("c.answered_at")},
    'roundNumber', c.round, 'rating', c.rating, 'version', c.version,
    'agency', json_object('code', a.code, 'name', a.name, 'level', upper(a.level)),
    'place', json_object('code', p.code, 'name', p.name, 'path', p.path),
    'indicator', json_object('code', i.code, 'short', i.short),
    'referrals', json((
        SELECT json_group_array(json_object(
            'id', {_id("Referral", "id")}, 'status', upper(status),
            'instruction', instruction, 'createdAt', {_at("created_at")},
            'dueAt', {_at("due_at")}, 'finishedAt', {_at("finished_at")}, 'result', result,
            'agency', json_object('code', code, 'name', name)))
        FROM (SELECT r.*, u.code, u.name FROM referral r JOIN agency u ON u.id = r.agency_id
            WHERE r.case_id = c.id ORDER BY r.id))),
    'timeline', json((
        SELECT json_object(
            'nodes', json(json_group_array(json_object(
                'id', {_id("CaseEvent", "id")}, 'kind', upper(kind), 'at', {_at("at")},
                'fromStatus', upper(from_status), 'toStatus', upper(to_status),
                'actorKind', upper(actor_kind), 'text', text)) FILTER (WHERE n <= 20)),
            'pageInfo', json_object('hasNextPage', {_truth("count(*) > 20")},
                'endCursor', base64url('["pk",' || max(id) FILTER (WHERE n <= 20) || ','
                    || max(id) FILTER (WHERE n <= 20) || ']')))
        FROM (SELECT *, row_number() OVER (ORDER BY id) AS n
            FROM (SELECT * FROM case_event WHERE case_id = c.id ORDER BY id LIMIT 21))))
)))
FROM cases c JOIN agency a ON a.id = c.agency_id JOIN place p ON p.code = c.place_id
    JOIN indicator i ON i.id = c.indicator_id
WHERE c.tracking_code = ?"""
_NO_CASE = '{"data":{"case":null}}'
_PAGE = f"""
SELECT json_object('data', json_object('cases', json_object(
    'edges', json(json_group_array(json_object('cursor', cursor, 'node', json_object(
        'id', {_id("Case", "id")}, 'trackingCode', tracking_code, 'kind', upper(kind),
        'reporterKind', upper(reporter_kind), 'channel', upper(channel), 'status', upper(status),
        'subject', subject, 'consent', {_truth("consent")}, 'atCentre', {_truth("at_centre")},
        'registeredAt', {_at("registered_at")}, 'answeredAt', {_at("answered_at")},
        'updatedAt', {_at("updated_at")}, 'roundNumber', round, 'rating', rating,
        'version', version, 'agency', json_object('code', agency, 'name', agency_name),
        'place', json_object('code', place_id, 'name', place_name)
    ))) FILTER (WHERE n <= 50)),
    'pageInfo', json_object(
        'hasNextPage', {_truth("count(*) > 50")}, 'hasPreviousPage', json('{{previous}}'),
        'startCursor', max(cursor) FILTER (WHERE n = 1),
        'endCursor', max(cursor) FILTER (WHERE n = min(50, total)))
)))
FROM (SELECT *, base64url('["registered_at","' || {_at("registered_at")} || '",' || id || ']')
        AS cursor
    FROM (SELECT *, row_number() OVER (ORDER BY registered_at DESC, id DESC) AS n,
            count(*) OVER () AS total
        FROM (SELECT c.*, a.code AS agency, a.name AS agency_name, p.name AS place_name
            FROM cases c JOIN agency a ON a.id = c.agency_id JOIN place p ON p.code = c.place_id
            WHERE c.status IN ({{statuses}}) AND {{scope}}
                AND c.registered_at >= ? AND c.registered_at < ? {{after}}
            ORDER BY c.registered_at DESC, c.id DESC LIMIT 51)))"""
_MAIN = "c.main_agency_id = ?"
_BELOW = """c.agency_id IN (SELECT id FROM agency WHERE lineage LIKE (
    SELECT lineage FROM agency WHERE id = ?) || '%')"""
_AFTER = "AND (c.registered_at, c.id) < (?, ?)"
_KNOWN = """
SELECT a.id AS agency, coalesce(a.main_id, a.id) AS main, a.code, a.name,
    p.code AS place, coalesce(p.province_id, p.code) AS province, p.county_id AS county,
    i.id AS indicator, client.id AS client, client.agency_id AS client_agency,
    (SELECT text FROM message_template WHERE key = 'registered' AND language = 'fa' AND active
        ORDER BY version DESC LIMIT 1) AS template,
    EXISTS (SELECT 1 FROM opt_out WHERE mobile = ?4) AS blocked,
    (SELECT reply FROM idempotent_reply WHERE owner = 'client:' || client.id AND key = ?5) AS reply
FROM agency a JOIN client ON client.agency_id = a.main_id AND client.id LIKE 'bench-%',
    place p, indicator i
WHERE a.code = ?1 AND a.active AND p.code = ?2 AND p.active AND i.code = ?3 AND i.active
ORDER BY i.version DESC LIMIT 1"""


class SqliteStore:
    def __init__(self, url: str) -> None:
        self.path = url.removeprefix("sqlite://")

    async def open(self) -> None:
        self.connection = sqlite3.connect(self.path, isolation_level=None, cached_statements=256)
        self.connection.row_factory = sqlite3.Row
        pragmas = ("busy_timeout=30000", "synchronous=NORMAL", "foreign_keys=ON",
            "cache_size=-32768", "temp_store=MEMORY")  # fmt: skip
        for pragma in pragmas:
            self.connection.execute(f"PRAGMA {pragma}")
        for name, encode in (("base64", _base64), ("base64url", _base64url)):
            self.connection.create_function(name, 1, encode, deterministic=True)
        rows = self.connection.execute("SELECT id, code, level FROM agency")
        self.agencies = {row["code"]: row for row in rows}

    async def close(self) -> None:
        self.connection.close()

    async def case(self, given: Variables) -> str:
        found = self.connection.execute(_CASE, [given["code"]]).fetchone()
        return found[0] if found else _NO_CASE

    async def cases(self, given: Variables) -> str:
        wanted = given["filter"]
        agency = self.agencies[wanted["agency"]]
        at, key = position(given["after"])
        statement = _PAGE.format(
            previous="true" if at else "false",
            statuses=", ".join("?" * len(wanted["status"])),
            scope=_MAIN if agency["level"] == "main" else _BELOW,
            after=_AFTER if at else "",
        )
        values = [
            *(status.lower() for status in wanted["status"]),
            agency["id"],
            _stored(datetime.fromisoformat(wanted["registeredFrom"])),
            _stored(datetime.fromisoformat(wanted["registeredBefore"])),
            *((_stored(at), key) if at else ()),
        ]
        return self.connection.execute(statement, values).fetchone()[0]

    async def figures(self, given: Variables) -> str:
        period = jalali.parse_period(given["period"])
        agency = self.agencies[given["agency"]]["id"]
        values = (_stored(period.start), _stored(period.end), agency)
        return self.connection.execute(bare_figures.SQLITE, values).fetchone()[0]

    async def register(self, given: Variables) -> str:
        asked = Registration.of(given["input"])
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            known = self.connection.execute(
                _KNOWN, (asked.agency, asked.place, asked.indicator, asked.mobile, asked.key)
            ).fetchone()
            if known["reply"] is not None:
                raise NotImplementedError("the benchmark sends no key twice")
            number = self._write(asked, known)
        except BaseException:
            self.connection.execute("ROLLBACK")
            raise
        self.connection.execute("COMMIT")
        return registered(asked, number, known["code"], known["name"])

    def _write(self, asked: Registration, known: sqlite3.Row) -> int:
        at, client = _stored(asked.at), known["client"]
        person = self._insert(
            "citizen", name=asked.name, national_id_sealed=asked.sealed,
            national_id_index=asked.index, created_at=at,
            more=" ON CONFLICT (national_id_index) DO UPDATE SET name = name",
        )  # fmt: skip
        case = self._insert(
            "cases", tracking_code=asked.code, kind=asked.kind, reporter_kind=asked.reporter_kind,
            channel="api", status="under_review", citizen_id=person, mobile=asked.mobile,
            consent=asked.consent, agency_id=known["agency"], main_agency_id=known["main"],
            place_id=known["place"], province_id=known["province"], county_id=known["county"],
            indicator_id=known["indicator"], subject=asked.subject, text=asked.text,
            folded=asked.folded, client_id=client, at_centre=False, round=1, reopened=0,
            misrouted=0, registered_at=at, due_at=_stored(asked.at + CLOCK), updated_at=at,
            version=2,
        )  # fmt: skip
        opened = self._insert(
            "case_round", case_id=case, number=1, level="main", started_at=at,
            due_at=_stored(asked.at + CLOCK), paused_seconds=0, result="",
        )  # fmt: skip
        event: dict[str, Any] = {"case_id": case, "round_number": 1, "at": at, "text": ""}
        for entry in (
            {"kind": "registered", "to_status": "registered", "actor_kind": "client",
                "client_id": client, "agency_id": known["client_agency"]},
            {"kind": "refer_to_senior", "from_status": "registered", "to_status": "under_review",
                "actor_kind": "system"},
        ):  # fmt: skip
            self._insert("change", event_id=self._insert("case_event", **event, **entry),
                created_at=at)  # fmt: skip
        message = self._insert(
            "outbox_message", local_id=asked.local_id, dedupe_key=f"case:{case}:registered",
            kind="registered", case_id=case, receptor=asked.mobile, line=LINE,
            text=asked.message(known["template"]), parts=0,
            state="blocked" if known["blocked"] else "pending", attempts=0, absent_lookups=0,
            error="", created_at=at, updated_at=at,
        )  # fmt: skip
        job: dict[str, Any] = {"lease": "", "attempts": 0, "error": "", "dead": False}
        self._insert("job", kind="ladder", key=f"ladder:{opened}", subject_id=opened,
            run_at=_stored(asked.at + FIRST_RUNG), **job)  # fmt: skip
        self._insert("job", kind="sms.send", key=f"sms:{message}", subject_id=message, run_at=at,
            **job)  # fmt: skip
        self.connection.execute(
            "INSERT INTO notification (user_id, kind, case_id, key, created_at, by_sms)"
            " SELECT id, 'new_case', ?1, 'new:' || ?1 || ':0:' || id, ?2, false FROM user_account"
            " WHERE agency_id = ?3 AND role = 'senior' AND active",
            (case, at, known["main"]),
        )
        self._insert(
            "idempotent_reply", owner=f"client:{client}", key=asked.key, input_hash=asked.digest,
            reply=f'{{"rows":[["Case",{case}]]}}', created_at=at,
        )  # fmt: skip
        return case

    def _insert(self, table: str, more: str = "", **values: Any) -> int:
        places = ", ".join("?" * len(values))
        return self.connection.execute(
            f"INSERT INTO {table} ({', '.join(values)}) VALUES ({places}){more} RETURNING id",
            list(values.values()),
        ).fetchone()[0]


def _stored(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(" ", "microseconds")


def _base64(text: str) -> str:
    return b64encode(text.encode()).decode()


def _base64url(text: str | None) -> str | None:
    return None if text is None else urlsafe_b64encode(text.encode()).decode()
