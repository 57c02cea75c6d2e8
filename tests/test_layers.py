"""What the shape of the code promises, beside the import contracts in `pyproject.toml`."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grimp
import pytest

ROOT = Path(__file__).parents[1]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PACKAGES: list[str] = PROJECT["tool"]["setuptools"]["packages"]
TOP_LEVEL = sorted({name.split(".")[0] for name in PACKAGES})
NOT_OURS = {"tests", "docs", "deploy", "build", "var"}

LONGEST_FUNCTION = 40
LONGEST_MODULE = 400


def modules() -> Iterator[Path]:
    for package in TOP_LEVEL:
        for path in sorted((ROOT / package).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path
    yield from (ROOT / f"{name}.py" for name in PROJECT["tool"]["setuptools"]["py-modules"])


def test_every_package_is_installed_and_has_its_layer() -> None:
    found = {
        ".".join(path.parent.relative_to(ROOT).parts)
        for path in ROOT.glob("*/**/__init__.py")
        if path.relative_to(ROOT).parts[0] not in NOT_OURS
        and not path.relative_to(ROOT).parts[0].startswith(".")
    }
    assert found == set(PACKAGES)
    assert sorted(PROJECT["tool"]["importlinter"]["root_packages"]) == TOP_LEVEL


def test_the_simulator_stands_alone() -> None:
    """It plays the provider: what it shared with the service, the tests could not find wrong."""
    graph = grimp.build_graph(*TOP_LEVEL, include_external_packages=True, cache_dir=None)
    inside = {"sms.simulator", *graph.find_descendants("sms.simulator")}
    ours = {*TOP_LEVEL, *PROJECT["tool"]["setuptools"]["py-modules"]}
    borrowed = {
        (module, imported)
        for module in inside
        for imported in graph.find_modules_directly_imported_by(module) - inside
        if imported.split(".")[0] in ours
    }
    users = {
        (importer, module)
        for module in inside
        for importer in graph.find_modules_that_directly_import(module) - inside
    }
    assert not borrowed
    assert users == {("api.simulated", "sms.simulator")}


def code_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines from `def` to the end, without the docstring."""
    assert function.end_lineno is not None
    length = function.end_lineno - function.lineno + 1
    first = function.body[0]
    if ast.get_docstring(function) is not None and first.end_lineno is not None:
        length -= first.end_lineno - first.lineno + 1
    return length


def test_functions_and_modules_stay_small() -> None:
    large: list[str] = []
    for path in modules():
        source = path.read_text(encoding="utf-8")
        name = path.relative_to(ROOT)
        if (lines := source.count("\n")) > LONGEST_MODULE:
            large.append(f"{name}: {lines} lines")
        large += [
            f"{name}:{node.lineno} {node.name}: {code_lines(node)} lines"
            for node in ast.walk(ast.parse(source))
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            and code_lines(node) > LONGEST_FUNCTION
        ]
    assert not large, "\n".join(large)


def pins(name: str) -> dict[str, str]:
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    return dict(line.split("==") for line in lines if line and line[0] not in "#-")


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_requirements_are_exact_and_name_no_registry(name: str) -> None:
    for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
        assert re.fullmatch(r"#.*|-r requirements\.txt|[a-z0-9-]+==[A-Za-z0-9.]+", line), line


def test_every_dependency_is_pinned() -> None:
    pinned = pins("requirements.txt")
    for requirement in PROJECT["project"]["dependencies"]:
        assert re.split(r"[<>=\[ ]", requirement)[0] in pinned, requirement
    assert not pinned.keys() & pins("requirements-dev.txt").keys()
