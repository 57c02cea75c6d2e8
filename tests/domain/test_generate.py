"""Generated cases are like real ones: same columns, no contradiction, and a worker goes on."""

from __future__ import annotations

import re
from datetime import timedelta
from random import Random

import pytest
from tortoise import Tortoise

from domain import generate, integrity, jobs, national_id, service, tracking_code, work
from domain.errors import DomainError
from domain.generate import complaints, moments, phrases, replies
from domain.generate.tables import TABLES
from domain.generate.vocabulary import THEMES
from domain.jalali import TEHRAN
from domain.sign_in import UNUSABLE
from domain.text import clean_text
from domain.time import now
from models import (
    Case,
    Citizen,
    Contact,
    Feedback,
    InboxMessage,
    Job,
    OutboxMessage,
    Round,
    User,
    database,
)
from models.enums import AgencyLevel, CaseStatus, Language, MessageState, ReporterKind, Role
from tests.support.world import START, World

CASES = 300


@pytest.fixture
async def generated(world: World) -> World:
    """The small world with three hundred cases over two months."""
    assert await generate.generate(CASES, 2, seed=7, focus="EDU-c1") == CASES
    return world


async def test_no_promise_is_broken_and_every_status_is_there(generated: World) -> None:
    assert await integrity.check() == []
    assert await Case.all().count() == CASES
    found = set(await Case.all().distinct().values_list("status", flat=True))
    assert set(CaseStatus) - found <= {CaseStatus.OUT_OF_SCOPE, CaseStatus.DUPLICATE}


async def test_a_second_run_adds_to_the_first(generated: World) -> None:
    assert await generate.generate(40, 1, seed=7) == 40
    assert await Case.all().count() == CASES + 40
    assert await integrity.check() == []


async def test_progress_is_told_and_cases_are_spread_over_the_months(world: World) -> None:
    told: list[tuple[int, int]] = []
    await generate.generate(30, 6, seed=1, progress=lambda done, total: told.append((done, total)))
    assert told == [(30, 30)]
    first = await Case.all().order_by("registered_at").first()
    assert first is not None
    assert now() - timedelta(days=190) < first.registered_at < now() - timedelta(days=100)


async def test_the_worker_goes_on_with_open_cases(generated: World) -> None:
    """A day passes: ladders are climbed, questions and surveys run out, nothing contradicts."""
    for _ in range(30):
        generated.clock.forward(hours=1)
        while batch := await jobs.claim(100, kinds=list(work.HANDLERS)):
            for job in batch:
                await work.run(job)
    assert await integrity.check() == []
    assert not await Job.filter(dead=True).exists()
    assert not await Case.filter(status=CaseStatus.WAITING_CITIZEN).exists()


async def test_people_are_believable_and_nobody_can_sign_in(generated: World) -> None:
    vault = service.current().vault
    for citizen in await Citizen.all().limit(50):
        identity = vault.open(citizen.national_id_sealed)
        assert national_id.parse(identity) == identity
        assert vault.index(identity) == citizen.national_id_index
        assert len(citizen.name.split()) >= 2
    assert not await Case.filter(reporter_kind=ReporterKind.EMPLOYEE, consent=True).exists()
    made = await User.filter(password_hash=UNUSABLE, mobile="")
    assert made
    for unit in generated.units.values():
        roles = {user.role for user in await User.filter(agency_id=unit.id)}
        assert {Role.COORDINATOR, Role.HEAD} <= roles
        assert (Role.SENIOR in roles) is (unit.level is AgencyLevel.MAIN)


async def test_case_pages_show_a_conversation(generated: World) -> None:
    case = await Case.filter(status=CaseStatus.CLOSED, rating__gte=1).first()
    assert case is not None
    assert tracking_code.parse(case.tracking_code) == case.tracking_code
    kinds = set(await OutboxMessage.filter(case_id=case.id).values_list("kind", flat=True))
    assert {"registered", "result", "survey"} <= kinds
    assert await Feedback.filter(case_id=case.id).exists()
    assert not await OutboxMessage.exclude(state=MessageState.DELIVERED).exists()
    assert not await Job.filter(kind="sms.send").exists()


async def test_clocks_are_due_after_the_limit_and_the_pauses(generated: World) -> None:
    for row in await Round.all():
        ran = row.due_at - row.started_at - timedelta(seconds=row.paused_seconds)
        assert abs(ran - timedelta(hours=3)) < timedelta(seconds=5)


async def test_the_focus_has_work_at_all_its_levels(generated: World) -> None:
    rows = await database.connection().execute_query_dict(
        "SELECT DISTINCT a.code FROM referral r JOIN agency a ON a.id = r.agency_id "
        "WHERE a.code LIKE 'EDU%'"
    )
    assert {"EDU-S", "EDU-p1", "EDU-c1"} <= {row["code"] for row in rows}


async def test_an_unknown_focus_changes_nothing(world: World) -> None:
    before = await User.all().count()
    with pytest.raises(DomainError, match="focus"):
        await generate.generate(10, 1, focus="NOPE")
    assert await User.all().count() == before
    assert not await Case.exists()


async def test_every_number_has_its_language_and_is_texted_in_it(generated: World) -> None:
    contacts = {row.mobile: row for row in await Contact.all()}
    assert {row.mobile for row in await Case.all().only("mobile")} == set(contacts)
    assert {row.language for row in contacts.values()} >= {Language.PERSIAN, Language.AZERI}
    assert any(row.voice for row in contacts.values())
    for row in await OutboxMessage.filter(case_id__isnull=False).limit(300):
        assert row.language is contacts[row.receptor].language
    assert await InboxMessage.exists(sender__in=list(contacts))


async def test_without_places_nothing_is_generated(db: str) -> None:
    with pytest.raises(DomainError, match="places"):
        await generate.generate(10, 1)


async def test_rows_have_every_column_of_the_models(db: str) -> None:
    assert Tortoise.apps is not None
    models = {m._meta.db_table: m for m in Tortoise.apps["models"].values()}
    optional = {
        "outbox_message": {
            *("provider_ref", "looked_up_at", "error_code"),
            *("channel", "token", "doubts", "author_id"),
        },
        "inbox_message": {"settled_as", "settled_by_id"},
        "job": {"leased_until"},
    }
    for table in TABLES:
        if table.name in models:
            columns = set(models[table.name]._meta.fields_db_projection.values())
            assert set(table.columns) == columns - optional.get(table.name, set()), table.name


BREAKS = {
    "the timeline ends in the status of the case": "UPDATE cases SET status = 'under_review' "
    "WHERE id = (SELECT min(id) FROM cases WHERE status = 'withdrawn')",
    "each step begins where the last one ended": "UPDATE case_event SET from_status = 'answered' "
    "WHERE id = (SELECT min(id) FROM case_event WHERE kind = 'order')",
    "each step is in the table of moves": "UPDATE case_event SET kind = 'reroute' "
    "WHERE id = (SELECT min(id) FROM case_event WHERE kind = 'order')",
    "the timeline goes forward": "UPDATE case_event SET at = (SELECT max(at) FROM case_event) "
    "WHERE id = (SELECT min(id) FROM case_event)",
    "a round has a result if and only if it is answered": "UPDATE case_round SET result = '' "
    "WHERE id = (SELECT min(id) FROM case_round WHERE answered_at IS NOT NULL)",
    "rounds are numbered without gaps": "UPDATE case_round SET number = 9 "
    "WHERE id = (SELECT min(id) FROM case_round)",
    "the clock of the case is that of its last round": "UPDATE cases SET due_at = registered_at "
    "WHERE id = (SELECT min(id) FROM cases)",
    "what was answered late is a breach": "UPDATE case_round SET breached_at = NULL "
    "WHERE id = (SELECT min(id) FROM case_round WHERE answered_at > due_at)",
    "the clock is paused only while the citizen is asked": "UPDATE cases SET paused_at = NULL "
    "WHERE status = 'waiting_citizen'",
    "open referrals belong to a case in handling": "UPDATE referral SET status = 'accepted', "
    "finished_at = NULL WHERE id = (SELECT min(id) FROM referral WHERE status = 'reported')",
    "a case in handling has an open referral": "UPDATE referral SET status = 'cancelled' "
    "WHERE status IN ('pending', 'accepted', 'referred')",
    "reopenings are counted": "UPDATE cases SET reopened = 7 "
    "WHERE id = (SELECT min(id) FROM cases)",
    "misroutings are counted": "UPDATE cases SET misrouted = 7 "
    "WHERE id = (SELECT min(id) FROM cases)",
    "the rating is the last verdict on the last round": "UPDATE cases SET rating = NULL",
    "an employee's identity is never shown": "UPDATE cases SET consent = true",
    "the main agency is that of the agency": "UPDATE cases SET main_agency_id = "
    "(SELECT id FROM agency WHERE code = 'CUL') WHERE main_agency_id = "
    "(SELECT id FROM agency WHERE code = 'EDU')",
    "province and county are those of the place": "UPDATE cases SET province_id = 'v1'",
    "a running clock is on the ladder": "DELETE FROM job WHERE kind = 'ladder'",
    "a waiting question has a time limit": "DELETE FROM job WHERE kind = 'question.expire'",
    "an answered case will be closed": "DELETE FROM job WHERE kind = 'case.close'",
    "a survey goes on": "DELETE FROM job WHERE kind = 'survey.expire'",
    "closed cases know when": "UPDATE cases SET closed_at = NULL",
    "the citizen is told the result of each round": "DELETE FROM outbox_message "
    "WHERE kind = 'result'",
}


async def test_each_contradiction_is_found(generated: World) -> None:
    for promise, sql in BREAKS.items():
        async with database.transaction() as transaction:
            await transaction.execute_query(sql)
            problems = {problem.promise: problem for problem in await integrity.check()}
            await transaction.rollback()
        assert promise in problems
        assert problems[promise].count >= len(problems[promise].examples) > 0
    assert await integrity.check() == []


@pytest.mark.parametrize("code", phrases.GRAMMARS)
def test_sentences_are_whole_and_many(code: str) -> None:
    rng = Random(1)
    texts = set()
    for theme in THEMES.values():
        for employee in (False, True):
            for _ in range(60):
                subject, text = complaints.complaint(
                    rng, code, theme, employee=employee, request=rng.random() < 0.3
                )
                assert clean_text(text, "text", max=5000, min=10) == text
                assert clean_text(subject, "subject", max=200, min=3) == subject
                assert not re.search(r"[{}]|  |ي|ك|\bمی ", subject + text)
                texts.add(text)
    assert len(texts) > 500


def test_results_fit_into_an_sms() -> None:
    for results in (*replies.RESULTS.values(), replies.WEAK_RESULTS, replies.NATIONAL_RESULTS):
        for result in results:
            assert 10 <= len(result) <= 400


def test_fridays_and_nights_are_quiet() -> None:
    drawn = moments.draw(Random(3), START - timedelta(days=60), START, 5000)
    assert drawn == sorted(drawn)
    assert drawn[0] >= START - timedelta(days=60)
    assert drawn[-1] <= START
    local = [moment.astimezone(TEHRAN) for moment in drawn]
    fridays = sum(moment.weekday() == 4 for moment in local)
    office = sum(8 <= moment.hour < 14 for moment in local)
    assert fridays < 5000 / 20
    assert office > 5000 / 2
