"""The ten-minute start of docs/api in TypeScript: its files, its three commands, its program."""

from __future__ import annotations

from pathlib import Path

import httpx2
import orjson
import pytest

from tests.clients.test_clients import INPUT, REGISTER, service
from tests.graphql_schema.documentation import PAGES, blocks
from tests.support import node
from tests.support.running import RunningService

__all__ = ["service"]
pytestmark = pytest.mark.processes

PAGE = "README.md"
ORDER = """mutation ($input: OrderActionInput!) {
    orderAction(input: $input) { order { id } errors { code } } }"""


def test_its_packages_are_those_that_are_tested() -> None:
    [line] = [line for line in PAGES[PAGE].splitlines() if "npm install" in line]
    tested = orjson.loads((node.CLIENTS / "package.json").read_bytes())["devDependencies"]
    assert set(line.split("--save-dev ")[1].split()) <= tested.keys()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The files of the page in a directory of their own."""
    files = {
        "documents/start.graphql": "graphql",
        "codegen.mjs": "js",
        "tsconfig.json": "json",
        "start.ts": "ts",
    }
    for name, kind in files.items():
        [text] = blocks(PAGE, kind)
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (tmp_path / "package.json").write_text('{"type": "module"}')
    (tmp_path / "node_modules").symlink_to(node.CLIENTS / "node_modules")
    return tmp_path


async def test_the_start_in_typescript(service: RunningService, project: Path) -> None:
    given = {"FAVAD_URL": service.base_url, "FAVAD_KEY": service.keys["EDU"]}
    await _a_case_with_work(service)
    modules = project / "node_modules"
    codegen = str(modules / "@graphql-codegen/cli/esm/bin.js")
    await node.run(codegen, "--config", "codegen.mjs", at=project, **given)
    await node.run(str(modules / "typescript/bin/tsc"), at=project, **given)
    printed = await node.run("start.ts", at=project, **given)
    assert f"PENDING {INPUT['subject']}" in printed


async def _a_case_with_work(service: RunningService) -> None:
    headers = {"authorization": f"Bearer {service.keys['EDU']}"}
    async with httpx2.AsyncClient(
        base_url=service.base_url, headers=headers, trust_env=False
    ) as http:
        body = {"query": REGISTER, "variables": {"input": INPUT}}
        made = (await http.post("/graphql", json=body)).json()["data"]["registerCase"]
        order = {"caseId": made["case"]["id"], "text": "باجه باز شود.", "units": ["EDU-p1"]}
        body = {"query": ORDER, "variables": {"input": order}}
        assert (await http.post("/graphql", json=body)).json()["data"]["orderAction"]["order"]
