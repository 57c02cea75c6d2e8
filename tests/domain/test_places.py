from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from domain import places
from domain.errors import DomainError
from domain.places import full_path, load, search
from models import Place, database
from models.enums import PlaceLevel

DIVISIONS = """code,name_fa,level,parent_code
p03,آذربایجان شرقی,province,
c0302,اهر,county,p03
d030201,مرکزی,district,c0302
s1101,اهر,city,d030201
r0302010003,بزکش,rural_district,d030201
p27,گلستان,province,
c2701,علی‌آباد کتول,county,p27
d270101,مرکزی,district,c2701
s2701,علی‌آباد,city,d270101
z2701,علی‌آباد منطقه ۱,city_zone,s2701
r2701010001,کتول,rural_district,d270101
"""
VILLAGES = """code,name_fa,level,parent_code,kind
v000001,علی‌آباد,village,r0302010003,village
v000002,علی‌آباد,village,r2701010001,large
v000003,علی آباد سفلی,village,r0302010003,village
v000004,علی‌آباد (مرغداری),village,r0302010003,site
v000005,كوه کمر,village,r0302010003,village
v000006,ده ۱۲,village,r0302010003,village
"""


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    divisions, villages = tmp_path / "divisions.csv", tmp_path / "villages.csv"
    divisions.write_text(DIVISIONS, encoding="utf-8")
    villages.write_text(VILLAGES, encoding="utf-8")
    return divisions, villages


@pytest.fixture
async def loaded(db: str, files: tuple[Path, Path]) -> tuple[Path, Path]:
    await load(*files)
    return files


async def snapshot() -> list[dict[str, Any]]:
    return await Place.all().order_by("code").values()


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


async def test_a_first_load_writes_everything(db: str, files: tuple[Path, Path]) -> None:
    seen: list[tuple[int, int]] = []
    report = await load(*files, lambda done, total: seen.append((done, total)))
    assert (report.added, report.changed, report.retired, report.unchanged) == (17, 0, 0, 0)
    assert seen[0] == (0, 17)
    assert seen[-1] == (17, 17)
    village = await Place.get(code="v000001")
    assert village.lineage == "p03/c0302/d030201/r0302010003/v000001/"
    assert village.path == "دهستان بزکش، بخش مرکزی، شهرستان اهر، استان آذربایجان شرقی"
    assert full_path(village) == f"روستای علی‌آباد، {village.path}"
    assert (village.province_id, village.county_id, village.parent_id) == (
        *("p03", "c0302", "r0302010003"),
    )
    province, county = await Place.get(code="p03"), await Place.get(code="c0302")
    assert (province.province_id, province.county_id, province.path) == ("p03", None, "")
    assert county.county_id == "c0302"
    assert full_path(province) == "استان آذربایجان شرقی"
    assert (await Place.get(code="v000005")).name == "کوه کمر"
    assert full_path(await Place.get(code="v000004")).startswith("علی‌آباد (مرغداری)، دهستان")


async def test_a_second_load_changes_nothing(loaded: tuple[Path, Path]) -> None:
    before = await snapshot()
    report = await load(*loaded)
    assert (report.added, report.changed, report.retired, report.unchanged) == (0, 0, 0, 17)
    assert await snapshot() == before


async def test_a_newer_list_renames_moves_adds_and_retires(loaded: tuple[Path, Path]) -> None:
    divisions, villages = loaded
    edit(divisions, "c0302,اهر,county", "c0302,ارسباران,county")
    edit(divisions, "p27,گلستان", "r0302010004,نو,rural_district,d030201\np27,گلستان")
    edit(villages, "v000003,علی آباد سفلی,village,r0302010003", "v000003,سفلی,village,r0302010004")
    edit(villages, "v000006,ده ۱۲,village,r0302010003,village\n", "")
    report = await load(divisions, villages)
    # The county, what lies in it (district, city, rural district, five villages), one moved.
    assert (report.added, report.changed, report.retired, report.unchanged) == (1, 8, 1, 8)
    moved = await Place.get(code="v000003")
    assert moved.path == "دهستان نو، بخش مرکزی، شهرستان ارسباران، استان آذربایجان شرقی"
    gone = await Place.get(code="v000006")
    assert gone.active is False
    assert await search("ده ۱۲") == []
    again = await load(divisions, villages)
    assert (again.added, again.changed, again.retired) == (0, 0, 0)


async def test_a_place_that_comes_back_is_the_same_place(loaded: tuple[Path, Path]) -> None:
    divisions, villages = loaded
    line = "v000006,ده ۱۲,village,r0302010003,village\n"
    edit(villages, line, "")
    await load(divisions, villages)
    villages.write_text(villages.read_text(encoding="utf-8") + line, encoding="utf-8")
    report = await load(divisions, villages)
    assert (report.added, report.changed) == (0, 1)
    assert (await Place.get(code="v000006")).active is True


async def test_the_order_of_lines_does_not_matter(db: str, files: tuple[Path, Path]) -> None:
    header, *lines = DIVISIONS.splitlines()
    files[0].write_text("\n".join([header, *reversed(lines)]), encoding="utf-8")
    assert (await load(*files)).added == 17


@pytest.mark.parametrize(
    ("which", "old", "new", "code", "line", "column"),
    [
        (0, "c0302,اهر", "p03,اهر", "file_duplicate", 3, "code"),
        (1, "v000002", "v000001", "file_duplicate", 3, "code"),
        (1, "v000002", "c0302", "file_duplicate", 3, "code"),
        (0, "s1101,اهر,city,d030201", "s1101,اهر,city,d9", "file_orphan", 5, "parent_code"),
        (0, "s1101,اهر,city,d030201", "s1101,اهر,city,p03", "file_orphan", 5, "parent_code"),
        (0, "s1101,اهر,city,d030201", "s1101,اهر,city,", "file_required", 5, "parent_code"),
        (0, "p03,آذربایجان شرقی,province,", "p03,آ,province,p27", "file_orphan", 2, "parent_code"),
        (0, "اهر,city,", "اهر,town,", "file_value", 5, "level"),
        (0, "s1101,اهر,city", "s1101,,city", "file_required", 5, "name_fa"),
        (0, "s1101,اهر,city", "s1101,ا\x07هر,city", "file_value", 5, "name_fa"),
        (0, "s1101,اهر", f"s1101,{'ا' * 81}", "file_value", 5, "name_fa"),
        (0, "s1101,", ",", "file_required", 5, "code"),
        (0, "s1101,", "s 1101,", "file_value", 5, "code"),
        (0, "name_fa", "name", "file_column", 1, "name_fa"),
        (1, ",kind", ",sort", "file_column", 1, "kind"),
        (1, "r2701010001,large", "r2701010001,huge", "file_value", 3, "kind"),
        (1, "r2701010001,large", "r9,large", "file_orphan", 3, "parent_code"),
    ],
)
async def test_a_bad_file_changes_nothing(
    loaded: tuple[Path, Path],
    which: int,
    old: str,
    new: str,
    code: str,
    line: int,
    column: str,
) -> None:
    before = await snapshot()
    edit(loaded[0], "p27,گلستان", "p27,گلستان نو")
    edit(loaded[which], old, new)
    with pytest.raises(DomainError) as refused:
        await load(*loaded)
    assert refused.value.code == code
    assert refused.value.params == {"file": loaded[which].name, "line": line, "column": column}
    assert await snapshot() == before


async def test_bytes_that_are_not_utf8_change_nothing(loaded: tuple[Path, Path]) -> None:
    before = await snapshot()
    loaded[1].write_bytes(VILLAGES.encode("utf-8").replace("كوه".encode(), b"\xe3\xe6\xe5"))
    with pytest.raises(DomainError) as refused:
        await load(*loaded)
    assert (refused.value.code, refused.value.params["line"]) == ("file_encoding", 6)
    assert await snapshot() == before


def codes(found: list[Place]) -> list[str]:
    return [place.code for place in found]


@pytest.mark.parametrize(
    "typed",
    [
        *("علی‌آباد", "علی آباد", "علیآباد", "علي آباد", "عَلی‌آباد", " علی   اباد ", "\u200fعلی‌آباد"),
        *("ﻋﻠﯽ آباد", "علي\u200cاباد"),
    ],
)
async def test_one_name_in_every_spelling(loaded: tuple[Path, Path], typed: str) -> None:
    # Exact names first, large to small; then longer names; farms and wells last.
    assert codes(await search(typed)) == [
        *("s2701", "v000002", "v000001"),
        *("c2701", "z2701", "v000003", "v000004"),
    ]


@pytest.mark.parametrize("typed", ["ده ۱۲", "ده 12", "ده ١٢", "ده12"])
async def test_digits(loaded: tuple[Path, Path], typed: str) -> None:
    assert codes(await search(typed)) == ["v000006"]


async def test_every_letter_typed_keeps_the_place_in_sight(loaded: tuple[Path, Path]) -> None:
    name = "علی آباد سفلی اهر"
    for end in range(1, len(name) + 1):
        assert "v000003" in codes(await search(name[:end])), name[:end]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("علی آباد اهر", ["v000001", "v000003", "v000004"]),
        ("علی‌آباد آذربایجان شرقی", ["v000001", "v000003", "v000004"]),
        ("علی آباد بزکش اهر", ["v000001", "v000003", "v000004"]),
        ("علی آباد شهرستان اهر", ["v000001", "v000003", "v000004"]),
        ("علی آباد گلس", ["s2701", "v000002", "z2701", "c2701"]),
        ("کتول علی آباد کتول", ["r2701010001"]),
        ("روستای علی آباد", ["v000002", "v000001", "v000003", "v000004"]),
        ("شهر علی آباد", ["s2701"]),
        ("شهرستان علی آباد", ["c2701"]),
        ("روستای علی آباد گلستان", ["v000002"]),
        ("مرکزی اهر", ["d030201"]),
        ("اهر", ["c0302", "s1101"]),
        ("کوه کمر", ["v000005"]),
        ("كوه", ["v000005"]),
        ("آباد", []),
        ("", []),
        (" \u200c ", []),
        ("٪_%", []),
        ("'; --", []),
    ],
)
async def test_search(loaded: tuple[Path, Path], typed: str, found: list[str]) -> None:
    assert sorted(codes(await search(typed))) == sorted(found)
    assert codes(await search(typed))[:1] == found[:1]


async def test_namesakes_are_told_apart_by_their_path(loaded: tuple[Path, Path]) -> None:
    paths = [full_path(place) for place in await search("علی‌آباد")]
    assert len(set(paths)) == len(paths) == 7


async def test_limits_of_a_search(loaded: tuple[Path, Path]) -> None:
    assert len(await search("علی", limit=2)) == 2
    assert await search("علی", limit=0) == []
    assert codes(await search("علی آباد", within="p27")) == ["s2701", "v000002", "c2701", "z2701"]
    assert codes(await search("علی آباد", levels=[PlaceLevel.COUNTY])) == ["c2701"]
    assert await search("شهر علی آباد", levels=[PlaceLevel.COUNTY]) == []
    assert await search("علی آباد", levels=[]) == []
    assert await search("ا" * 10_000) == []
    with pytest.raises(DomainError) as refused:
        await search("علی", within="p99")
    assert (refused.value.code, refused.value.field) == ("unknown", "place")


async def test_all_of_iran(db: str) -> None:
    report = await load()
    assert report.added == 5769 + 98_100
    assert (await load()).unchanged == report.added
    found = await search("علی آباد", limit=400)
    exact = [place for place in found if place.name == "علی‌آباد"]
    assert len(exact) > 350
    assert len({full_path(place) for place in found}) > len(exact) - 20
    assert codes(await search("تهران", limit=1)) == ["p23"]
    assert full_path((await search("روستای علي اباد اهر"))[0]) == (
        "روستای علی‌آباد، دهستان بزکش، بخش مرکزی، شهرستان اهر، استان آذربایجان شرقی"
    )
    if database.is_postgres():
        await database.connection().execute_script("ANALYZE place")
    for levels in (frozenset(PlaceLevel), frozenset({PlaceLevel.VILLAGE})):
        plan = str(await explained(levels))
        assert "place_folded" in plan
        assert "Seq Scan" not in plan
        assert "SCAN place" not in plan


async def explained(levels: frozenset[PlaceLevel]) -> list[Any]:
    query = places.ranked(Place.filter(active=True), "علی", levels).limit(20)
    return [dict(row) for row in await query.explain()]
