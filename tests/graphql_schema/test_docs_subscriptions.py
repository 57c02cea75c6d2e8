"""What docs/api/subscriptions.md says is so."""

from __future__ import annotations

import json
import re
import shlex
from datetime import timedelta
from pathlib import Path

import pytest

from domain import feed
from graphql_schema import documents, limits, live, streams_sse, streams_ws
from models.enums import LadderRung
from tests.support.streams import events, partner, served, until
from tests.support.world import World

TEXT = (Path(__file__).parents[2] / "docs/api/subscriptions.md").read_text(encoding="utf-8")


def blocks(kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)


def test_its_document_fits_the_schema() -> None:
    [document] = blocks("graphql")
    assert documents.prepare(document).is_subscription


async def test_its_command(world: World, db: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "LOOK_EVERY", 0.02)
    [command] = blocks("sh")
    words = shlex.split(command.replace("\\\n", " "))
    assert words[:3] == ["curl", "-sN", "$FAVAD_URL/graphql/stream"]
    given = list(zip(words[3::2], words[4::2], strict=True))
    headers = dict(word.split(": ", 1) for option, word in given if option == "-H")
    [body] = [word for option, word in given if option == "-d"]
    assert headers.pop("Authorization") == "Bearer $FAVAD_KEY"
    edu = await partner("EDU")
    query = json.loads(body)["query"]
    async with (
        served(db) as service,
        events(service, edu.bearer | headers, query) as stream,
    ):
        await until(lambda: live.hub._followers == 1)
        case = await world.case()
        told = (await stream.data())["caseChanged"]
        assert told["case"]["trackingCode"] == case.tracking_code


def test_its_numbers() -> None:
    assert timedelta(days=7) == feed.KEPT
    assert "7 days" in TEXT
    assert f"Every {streams_sse.KEEP_ALIVE} seconds" in TEXT
    assert f"At most {streams_ws.MAX_OPERATIONS} operations" in TEXT
    assert f"within {streams_ws.INIT_SECONDS:.0f} seconds" in TEXT
    assert f"within {live.CONFIRM_EVERY:.0f} seconds" in TEXT
    assert f"over {limits.MAX_BODY // 1024} KiB" in TEXT


def test_every_rung_and_close_code_is_named() -> None:
    assert all(f"`{rung.name}`" in TEXT for rung in LadderRung)
    source = Path(streams_ws.__file__).read_text(encoding="utf-8")
    codes = set(re.findall(r"(?:Closed|close)\((\d{4}), ", source)) - {"4500"}
    assert codes <= set(re.findall(r"^\| (\d{4}) \|", TEXT, re.MULTILINE))
