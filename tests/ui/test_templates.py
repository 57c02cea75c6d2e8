"""Templates of the web interface: filters, components, content security policy, page weight."""

from __future__ import annotations

import gzip
import hashlib
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from jinja2 import UndefinedError

from domain import time
from ui import templates
from ui.gallery import sample_context
from ui.icons import SHAPES, icon

TEMPLATES = Path(templates.__file__).parent / "templates"
FILES = sorted(TEMPLATES.rglob("*.html"))
STYLES = sorted((templates.STATIC / "css").glob("*.css"))
NOW = datetime(2026, 11, 24, 13, 35, tzinfo=UTC)

PAGES: dict[str, dict[str, Any]] = {
    "pages/about.html": {"title": "درباره ۱۲۸"},
    "pages/sign_in.html": {"username": "senior", "error": "نادرست", "next": "/"},
    "pages/error.html": {
        "status": 404,
        "title": "پیدا نشد",
        "text": "نشانی نادرست است.",
        "request_id": "8f2c",
        "home_href": "/",
    },
}


@pytest.fixture(autouse=True)
def fixed_clock():
    time.set_clock(lambda: NOW)
    yield
    time.set_clock(None)


def page(name: str) -> str:
    return templates.render(name, **PAGES.get(name) or sample_context())


def expression(source: str, **context: object) -> str:
    return templates.environment.from_string(source).render(context)


@pytest.mark.parametrize(
    ("source", "value", "text"),
    [
        ("{{ v|fa }}", "نسخه 12", "نسخه ۱۲"),
        ("{{ v|fa }}", 128, "۱۲۸"),
        ("{{ v|number }}", 1234567, "۱٬۲۳۴٬۵۶۷"),
        ("{{ v|number(1) }}", 3.25, "۳٫۲"),
        ("{{ v|percent }}", 0.914, "۹۱٪"),
        ("{{ v|money }}", 12500, "۱۲٬۵۰۰ ریال"),
        ("{{ v|date }}", NOW, "۱۴۰۵/۰۹/۰۳"),
        ("{{ v|time }}", NOW, "۱۷:۰۵"),
        ("{{ v|datetime }}", NOW, "۱۴۰۵/۰۹/۰۳ ۱۷:۰۵"),
        ("{{ v|long_date }}", NOW, "سه‌شنبه ۳ آذر ۱۴۰۵"),
        ("{{ v|relative }}", NOW - timedelta(minutes=5), "۵ دقیقه پیش"),
        ("{{ v|duration }}", 7500, "۲ ساعت و ۵ دقیقه"),
        ("{{ v|initials }}", "مریم احمدی", "م\u200cا"),
        (
            "{{ v|mobile }}",
            "+989121234567",
            '<bdi dir="ltr" class="number">۰۹۱۲ ۱۲۳ ۴۵۶۷</bdi>',
        ),
        ("{{ v|mobile }}", "0912***4567", '<bdi dir="ltr" class="number">۰۹۱۲***۴۵۶۷</bdi>'),
        ("{{ v|code }}", "482139075612", '<bdi dir="ltr" class="code">۴۸۲۱-۳۹۰۷-۵۶۱۲</bdi>'),
    ],
)
def test_filters(source, value, text):
    assert expression(source, v=value) == text


def test_text_is_escaped_everywhere():
    hostile = "<script>alert(1)</script>"
    source = (
        '{% from "components/forms.html" import field %}{{ field("n", v, v, hint=v, error=v) }}'
    )
    assert "<script" not in expression(source, v=hostile)
    assert "<script" not in expression("{{ v|mobile }}", v=hostile)


def test_a_forgotten_name_is_an_error():
    with pytest.raises(UndefinedError):
        templates.render("pages/error.html", title="x")


@pytest.mark.parametrize("name", [*PAGES, "pages/design.html"])
def test_pages_render_right_to_left_in_persian(name):
    html = page(name)
    assert html.lstrip().startswith("<!doctype html>")
    assert '<html lang="fa" dir="rtl">' in html
    assert html.count("<h1") == 1
    assert html.count("<main") == 1
    ids = re.findall(r'\sid="([^"]+)"', html)
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize(("username", "focused"), [("", "username"), ("senior", "password")])
def test_sign_in_focuses_the_first_field_to_fill(username, focused):
    html = templates.render("pages/sign_in.html", username=username, error=None, next="/")
    inputs = re.findall(r"<input[^>]*\sautofocus=[^>]*>", html)
    assert len(inputs) == 1
    assert f'name="{focused}"' in inputs[0]


def test_the_gallery_uses_every_component():
    gallery = (TEMPLATES / "pages/design.html").read_text()
    inside = {"choice", "combobox_options", "described", "group", "label", "notes", "span"}
    for file in (TEMPLATES / "components").glob("*.html"):
        if file.name == "shell.html":
            continue
        macros = set(re.findall(r"{% macro (\w+)", file.read_text()))
        used = set(re.findall(r"\b(\w+)\(", gallery)) | inside | {"referral_node"}
        assert macros <= used, f"{file.name}: {macros - used}"


@pytest.mark.parametrize(
    ("remaining", "paused", "tone", "text"),
    [
        (10800, False, "ok", "۳ ساعت مانده"),
        (4320, False, "ok", "۱ ساعت و ۱۲ دقیقه مانده"),
        (2161, False, "ok", "۳۶ دقیقه مانده"),
        (2160, False, "warn", "۳۶ دقیقه مانده"),
        (30, False, "warn", "کمتر از یک دقیقه مانده"),
        (0, False, "late", "کمتر از یک دقیقه از مهلت گذشته"),
        (-1500, False, "late", "۲۵ دقیقه از مهلت گذشته"),
        (4320, True, "paused", "متوقف، ۱ ساعت و ۱۲ دقیقه مانده"),
    ],
)
def test_clock_says_and_shows_the_remaining_time(remaining, paused, tone, text):
    source = '{% from "components/status.html" import clock %}{{ clock(r, paused=p) }}'
    html = expression(source, r=remaining, p=paused)
    assert f'class="clock clock-{tone}"' in html
    assert text in html
    assert f'<progress max="10800" value="{max(remaining, 0)}"' in html
    assert ("data-clock=" in html) is not paused


def test_field_ties_hint_and_error_to_its_input():
    source = (
        '{% from "components/forms.html" import field %}{{ field("a", "b", hint="h", error="e") }}'
    )
    html = expression(source)
    assert 'aria-describedby="f-a-hint f-a-error" aria-invalid="true"' in html
    assert 'id="f-a-hint"' in html
    assert 'id="f-a-error"' in html


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_templates_need_no_exception_from_the_content_security_policy(file):
    text = file.read_text()
    for script in re.findall(r"<script\b[^>]*>", text):
        assert "src=" in script
    assert not re.search(r"<style\b|\sstyle\s*=", text)
    assert not re.search(r"\son[a-z]+\s*=", text)
    assert not re.search(r"hx-on|javascript:|\bjs:|srcdoc", text)
    assert not re.search(r'hx-trigger="[^"]*\[', text), "a trigger filter needs eval"
    assert "http://" not in text
    assert "https://" not in text


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_icons_named_in_templates_exist(file):
    text = file.read_text()
    named = re.findall(r'(?:icon\(|icon_name=|"icon": )"([a-z0-9-]+)"', text)
    assert set(named) <= SHAPES.keys()


def test_icon_is_hidden_or_named():
    assert 'aria-hidden="true"' in icon("check")
    assert 'role="img" aria-label="&lt;انجام‌شده&gt;"' in icon("check", "<انجام‌شده>")


@pytest.mark.parametrize("file", STYLES, ids=lambda file: file.name)
def test_styles_use_logical_properties_and_true_hashes(file):
    text = re.sub(r"@layer fixes \{.*?\n\}\n", "", file.read_text(), flags=re.DOTALL)
    physical = (
        r"(?:margin|padding|border)-(?:left|right)\b|[\s;{](?:left|right)\s*:|:\s*(?:left|right)\b"
    )
    assert not re.search(physical, text)
    for path, digest in re.findall(r'url\("\.\./([^"?]+)\?v=(\w+)"\)', text):
        content = (templates.STATIC / path).read_bytes()
        assert hashlib.sha256(content).hexdigest()[:10] == digest, path


def test_both_ways_into_the_dark_theme_are_equal():
    text = (templates.STATIC / "css/tokens.css").read_text()
    system = re.search(r':root:not\(\[data-theme="light"\]\) \{(.*?)\}', text, re.DOTALL)
    chosen = re.search(r':root\[data-theme="dark"\] \{(.*?)\}', text, re.DOTALL)
    assert system
    assert chosen
    assert system[1].split() == chosen[1].split()


def _luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


TONES = ("primary", "ok", "info", "violet", "warn", "late", "error")
TEXT_PAIRS = [
    *((ink, ground) for ink in ("ink", "ink-soft", "ink-faint") for ground in ("paper", "surface")),
    *(("ink-soft", ground) for ground in ("sunken", "primary-soft")),
    *((tone, f"{tone}-soft") for tone in TONES),
    *((tone, "surface") for tone in TONES),
    ("on-primary", "primary"),
    ("on-primary", "primary-hover"),
    ("band-ink", "band"),
    ("band-soft", "band"),
]  # fmt: skip


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_contrast_is_at_least_aa(theme):
    text = (templates.STATIC / "css/tokens.css").read_text()
    block = (
        text.split("@media")[0] if theme == "light" else text.split(':root[data-theme="dark"]')[1]
    )
    tokens = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", block))

    def contrast(one: str, other: str) -> float:
        dark, light = sorted((_luminance(tokens[one]), _luminance(tokens[other])))
        return (light + 0.05) / (dark + 0.05)

    weak = [pair for pair in TEXT_PAIRS if contrast(*pair) < 4.5]
    weak += [(a, "surface") for a in ("line-strong", "focus") if contrast(a, "surface") < 3]
    assert weak == []


def test_static_addresses_carry_the_hash_of_the_content():
    digest = hashlib.sha256((templates.STATIC / "js/app.js").read_bytes()).hexdigest()[:10]
    assert templates.static("js/app.js") == f"/static/js/app.js?v={digest}"
    with pytest.raises(FileNotFoundError):
        templates.static("js/absent.js")


@pytest.mark.parametrize("name", ["pages/sign_in.html", "pages/about.html", "pages/design.html"])
def test_first_view_weighs_less_than_150_kilobytes(name):
    html = page(name)
    sources = [html, *(file.read_text() for file in STYLES)]
    paths = {
        match.lstrip("./")
        for source in sources
        for match in re.findall(r"(?:/static/|\.\./)([\w./-]+)\?v=", source)
    }
    assert {"fonts/vazirmatn-33.woff2", "vendor/htmx-4.0.1.min.js"} <= paths
    weight = len(gzip.compress(html.encode()))
    for path in paths:
        content = (templates.STATIC / path).read_bytes()
        weight += len(content) if path.endswith(".woff2") else len(gzip.compress(content))
    assert weight < 150_000


def test_vendored_files_are_those_of_the_licence_table():
    table = (Path(templates.__file__).parents[1] / "docs/licences/README.md").read_text()
    for path in ("vendor", "fonts"):
        for file in (templates.STATIC / path).iterdir():
            assert hashlib.sha256(file.read_bytes()).hexdigest() in table, file.name
