"""The SMS part's section keeps its place on the page, and leaves the rest as it is."""

from __future__ import annotations

from pathlib import Path

from tests.bench.sms_report import Found, kept, line, section, write

REACHED = Found("sqlite", "throughput", "70/s", "80/s", 0.875, 0.8, least=True)
MISSED = Found("postgres", "claiming", "3 ms", "2 ms", 1.5, 1.3)
BESIDE = Found("sqlite", "the bare loop", "77/s", "80/s", 0.96)


def test_a_figure_is_judged_by_its_aim() -> None:
    assert line(REACHED).endswith("0.88   ≥ 0.8 reached")
    assert line(MISSED).endswith("1.50   ≤ 1.3 missed")
    assert line(BESIDE).endswith("0.96")


def test_a_section_is_written_in_the_place_of_the_last(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# Benchmarks\n\nThe rest.\n", encoding="utf-8")
    write(page, section([REACHED], "one machine"))
    write(page, section([MISSED], "another machine"))
    text = page.read_text(encoding="utf-8")
    assert text.startswith("# Benchmarks\n\nThe rest.\n")
    assert "another machine" in text and "one machine" not in text
    assert text.count("## SMS") == 1
    assert kept(page) in text and "The rest" not in kept(page)


def test_a_page_without_the_section_has_nothing_to_keep(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    assert kept(page) == ""
    page.write_text("# Benchmarks\n", encoding="utf-8")
    assert kept(page) == ""
