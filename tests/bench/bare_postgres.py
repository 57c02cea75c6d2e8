"""The statements of the bare endpoints for PostgreSQL, through a pool of asyncpg."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import asyncpg

from domain import jalali
from tests.bench import bare_figures
from tests.bench.bare_inputs import CLOCK, FIRST_RUNG, LINE, Registration, position, registered

Variables = dict[str, Any]


def _at(column: str) -> str:
    return f"""to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""


def _id(kind: str, column: str) -> str:
    return f"encode(convert_to('{kind}:' || {column}, 'UTF8'), 'base64')"


def _cursor(text: str) -> str:
    return f"translate(encode(convert_to({text}, 'UTF8'), 'base64'), E'+/\\n', '-_')"


_LAST_EVENT = """'["pk",' || max(e.id) FILTER (WHERE e.n <= 20) || ','
    || max(e.id) FILTER (WHERE e.n <= 20) || ']'"""
_POSITION = f"""'["registered_at","' || {_at("registered_at")} || '",' || id || ']'"""
_CASE = f"""
SELECT json_build_object('data', json_build_object('case', json_build_object(
    'id', {_id("Case", "c.id")}, 'trackingCode', c.tracking_code, 'kind', upper(c.kind),
    'status', upper(c.status), 'subject', c.subject, 'text', c.text,
    'registeredAt', {_at("c.registered_at")}, 'answeredAt', {_at("c.answered_at")},
    'roundNumber', c.round, 'rating', c.rating, 'version', c.version,
    'agency', json_build_object('code', a.code, 'name', a.name, 'level', upper(a.level)),
    'place', json_build_object('code', p.code, 'name', p.name, 'path', p.path),
    'indicator', json_build_object('code', i.code, 'short', i.short),
    'referrals', (
        SELECT coalesce(json_agg(json_build_object(
            'id', {_id("Referral", "r.id")}, 'status', upper(r.status),
            'instruction', r.instruction, 'createdAt', {_at("r.created_at")},
            'dueAt', {_at("r.due_at")}, 'finishedAt', {_at("r.finished_at")}, 'result', r.result,
            'agency', json_build_object('code', u.code, 'name', u.name)
        ) ORDER BY r.id), '[]')
        FROM referral r JOIN agency u ON u.id = r.agency_id WHERE r.case_id = c.id),
    'timeline', (
        SELECT json_build_object(
            'nodes', coalesce(json_agg(json_build_object(
                'id', {_id("CaseEvent", "e.id")}, 'kind', upper(e.kind), 'at', {_at("e.at")},
                'fromStatus', upper(e.from_status), 'toStatus', upper(e.to_status),
                'actorKind', upper(e.actor_kind), 'text', e.text
            ) ORDER BY e.id) FILTER (WHERE e.n <= 20), '[]'),
            'pageInfo', json_build_object(
                'hasNextPage', count(*) > 20,
                'endCursor', {_cursor(_LAST_EVENT)}))
        FROM (SELECT *, row_number() OVER (ORDER BY id) AS n
            FROM (SELECT * FROM case_event WHERE case_id = c.id ORDER BY id LIMIT 21) AS first
        ) AS e)
)))::text
FROM cases c JOIN agency a ON a.id = c.agency_id JOIN place p ON p.code = c.place_id
    JOIN indicator i ON i.id = c.indicator_id
WHERE c.tracking_code = $1"""
_NO_CASE = '{"data":{"case":null}}'

_PAGE = f"""
SELECT json_build_object('data', json_build_object('cases', json_build_object(
    'edges', coalesce(json_agg(json_build_object('cursor', cursor, 'node', json_build_object(
        'id', {_id("Case", "id")}, 'trackingCode', tracking_code, 'kind', upper(kind),
        'reporterKind', upper(reporter_kind), 'channel', upper(channel), 'status', upper(status),
        'subject', subject, 'consent', consent, 'atCentre', at_centre,
        'registeredAt', {_at("registered_at")}, 'answeredAt', {_at("answered_at")},
        'updatedAt', {_at("updated_at")}, 'roundNumber', round, 'rating', rating,
        'version', version, 'agency', json_build_object('code', agency, 'name', agency_name),
        'place', json_build_object('code', place_id, 'name', place_name)
    ))) FILTER (WHERE n <= 50), '[]'),
    'pageInfo', json_build_object(
        'hasNextPage', count(*) > 50, 'hasPreviousPage', $5::timestamptz IS NOT NULL,
        'startCursor', max(cursor) FILTER (WHERE n = 1),
        'endCursor', max(cursor) FILTER (WHERE n = least(50, total)))
)))::text
FROM (SELECT *, {_cursor(_POSITION)} AS cursor
    FROM (SELECT *, row_number() OVER (ORDER BY registered_at DESC, id DESC) AS n,
            count(*) OVER () AS total
        FROM (SELECT c.*, a.code AS agency, a.name AS agency_name, p.name AS place_name
            FROM cases c JOIN agency a ON a.id = c.agency_id JOIN place p ON p.code = c.place_id
            WHERE c.status = ANY($1) AND {{scope}}
                AND c.registered_at >= $3 AND c.registered_at < $4 {{after}}
            ORDER BY c.registered_at DESC, c.id DESC LIMIT 51) AS found) AS numbered
    ) AS page"""
_MAIN = "c.main_agency_id = $2"
_BELOW = "c.agency_id = ANY($2::bigint[])"
_AFTER = "AND (c.registered_at, c.id) < ($5, $6::bigint)"
_ANY = "AND $6::bigint IS NULL"

_KNOWN = """
SELECT a.id AS agency, coalesce(a.main_id, a.id) AS main, a.code, a.name,
    p.code AS place, coalesce(p.province_id, p.code) AS province, p.county_id AS county,
    i.id AS indicator, client.id AS client, client.agency_id AS client_agency,
    (SELECT text FROM message_template WHERE key = 'registered' AND language = 'fa' AND active
        ORDER BY version DESC LIMIT 1) AS template,
    EXISTS (SELECT FROM opt_out WHERE mobile = $4) AS blocked,
    (SELECT reply FROM idempotent_reply WHERE owner = 'client:' || client.id AND key = $5) AS reply
FROM agency a JOIN client ON client.agency_id = a.main_id AND client.id LIKE 'bench-%',
    place p, indicator i
WHERE a.code = $1 AND a.active AND p.code = $2 AND p.active AND i.code = $3 AND i.active
ORDER BY i.version DESC LIMIT 1"""
_REGISTER = """
WITH person AS (
    INSERT INTO citizen (name, national_id_sealed, national_id_index, created_at)
    VALUES ($1, $2, $3, $4)
    ON CONFLICT (national_id_index) DO UPDATE SET national_id_index = EXCLUDED.national_id_index
    RETURNING id
), made AS (
    INSERT INTO cases (tracking_code, kind, reporter_kind, channel, status, citizen_id, mobile,
        consent, agency_id, main_agency_id, place_id, province_id, county_id, indicator_id,
        subject, text, folded, client_id, at_centre, round, reopened, misrouted, registered_at,
        due_at, updated_at, version)
    SELECT $5, $6, $7, 'api', 'under_review', id, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17,
        $18, $19, false, 1, 0, 0, $4, $20, $4, 2 FROM person
    RETURNING id
), opened AS (
    INSERT INTO case_round (case_id, number, level, started_at, due_at, paused_seconds, result)
    SELECT id, 1, 'main', $4, $20, 0, '' FROM made
    RETURNING id
), told AS (
    INSERT INTO case_event (case_id, round_number, kind, at, from_status, to_status, actor_kind,
        client_id, agency_id, text)
    SELECT id, 1, kind, $4, from_status, to_status, actor_kind, client, agency, ''
    FROM made, (VALUES
        ('registered', NULL, 'registered', 'client', $19, $21::bigint),
        ('refer_to_senior', 'registered', 'under_review', 'system', NULL, NULL)
    ) AS event (kind, from_status, to_status, actor_kind, client, agency)
    RETURNING id
), changed AS (
    INSERT INTO change (event_id, created_at) SELECT id, $4 FROM told
), texted AS (
    INSERT INTO outbox_message (local_id, dedupe_key, kind, case_id, receptor, line, text, parts,
        state, attempts, absent_lookups, error, created_at, updated_at)
    SELECT $22, 'case:' || id || ':registered', 'registered', id, $8, $23, $24, 0, $25, 0, 0, '',
        $4, $4 FROM made
    RETURNING id
), planned AS (
    INSERT INTO job (kind, key, subject_id, run_at, lease, attempts, error, dead)
    SELECT 'ladder', 'ladder:' || id, id, $26::timestamptz, '', 0, '', false FROM opened
    UNION ALL SELECT 'sms.send', 'sms:' || id, id, $4, '', 0, '', false FROM texted
), shown AS (
    INSERT INTO notification (user_id, kind, case_id, key, created_at, by_sms)
    SELECT u.id, 'new_case', made.id, 'new:' || made.id || ':0:' || u.id, $4, false
    FROM made, user_account u WHERE u.agency_id = $11 AND u.role = 'senior' AND u.active
), kept AS (
    INSERT INTO idempotent_reply (owner, key, input_hash, reply, created_at)
    SELECT $27, $28, $29, json_build_object('rows', json_build_array(
        json_build_array('Case', id))), $4 FROM made
)
SELECT id FROM made"""


class PostgresStore:
    def __init__(self, url: str) -> None:
        self.url = url.replace("asyncpg:", "postgresql:", 1)

    async def open(self) -> None:
        async def as_it_is(_connection: Any) -> None:
            """No state is left on a connection, so nothing needs resetting."""

        self.pool = await asyncpg.create_pool(
            self.url,
            min_size=10,
            max_size=10,
            reset=as_it_is,
            server_settings={"timezone": "UTC", "jit": "off"},
        )
        self.agencies = {row["code"]: row for row in await self.pool.fetch("SELECT * FROM agency")}

    async def close(self) -> None:
        await self.pool.close()

    async def case(self, given: Variables) -> str:
        return await self.pool.fetchval(_CASE, given["code"]) or _NO_CASE

    async def cases(self, given: Variables) -> str:
        wanted = given["filter"]
        agency = self.agencies[wanted["agency"]]
        at, key = position(given["after"])
        main = agency["level"] == "main"
        statement = _PAGE.format(scope=_MAIN if main else _BELOW, after=_AFTER if at else _ANY)
        return await self.pool.fetchval(
            statement,
            [status.lower() for status in wanted["status"]],
            agency["id"] if main else self._subtree(agency["lineage"]),
            datetime.fromisoformat(wanted["registeredFrom"]),
            datetime.fromisoformat(wanted["registeredBefore"]),
            at,
            key,
        )

    def _subtree(self, lineage: str) -> list[int]:
        """An agency and the units below it; agencies are few and rarely change."""
        units = self.agencies.values()
        return [unit["id"] for unit in units if unit["lineage"].startswith(lineage)]

    async def figures(self, given: Variables) -> str:
        period = jalali.parse_period(given["period"])
        agency = self.agencies[given["agency"]]["id"]
        return await self.pool.fetchval(bare_figures.POSTGRES, period.start, period.end, agency)

    async def register(self, given: Variables) -> str:
        asked = Registration.of(given["input"])
        async with self.pool.acquire() as connection:
            known = await connection.fetchrow(
                _KNOWN, asked.agency, asked.place, asked.indicator, asked.mobile, asked.key
            )
            if known["reply"] is not None:
                raise NotImplementedError("the benchmark sends no key twice")
            number = await connection.fetchval(
                _REGISTER,
                *(asked.name, asked.sealed, asked.index, asked.at, asked.code, asked.kind),
                *(asked.reporter_kind, asked.mobile, asked.consent, known["agency"]),
                *(known["main"], known["place"], known["province"], known["county"]),
                *(known["indicator"], asked.subject, asked.text, asked.folded, known["client"]),
                *(asked.at + CLOCK, known["client_agency"], asked.local_id, LINE),
                asked.message(known["template"]),
                "blocked" if known["blocked"] else "pending",
                asked.at + FIRST_RUNG,
                *(f"client:{known['client']}", asked.key, asked.digest),
            )
        return registered(asked, number, known["code"], known["name"])
