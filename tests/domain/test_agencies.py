from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from domain import places
from domain.agencies import load, search
from domain.bulk import LoadReport
from domain.errors import DomainError
from models import Agency, Place
from models.enums import AgencyLevel

DIVISIONS = """code,name_fa,level,parent_code
p01,گیلان,province,
c0101,رشت,county,p01
d010101,مرکزی,district,c0101
s0101,رشت,city,d010101
c0102,تالش,county,p01
p02,مازندران,province,
c0201,بابل,county,p02
"""
AGENCIES = """code,name_fa,name_en,kind,parent_code
MOI-SABT,سازمان ثبت احوال کشور,Civil Registration,affiliated_org,MOI
MOI,وزارت کشور,Ministry of Interior,ministry,
EDU,وزارت آموزش و پرورش,Ministry of Education,ministry,
MOH,وزارت بهداشت، درمان و آموزش پزشکی,Ministry of Health,ministry,
RAI,راه‌آهن جمهوری اسلامی ایران,Railways,state_company,
"""
PROVINCIAL = """code,name_fa,name_en,kind,parent_code,province_code
GOV-p01,استانداری گیلان,,governorate,MOI,p01
GOV-p02,استانداری مازندران,,governorate,MOI,p02
MED-p01-1,دانشگاه علوم پزشکی گیلان,,medical_university,MOH,p01
MED-p02-1,دانشگاه علوم پزشکی مازندران,,medical_university,MOH,p02
MED-p02-2,دانشگاه علوم پزشکی بابل,,medical_university,MOH,p02
FREE-p01,بنیاد مستقل گیلان,,other,,p01
"""
PATTERNS = """prefix,parent,provincial_name,county_name,only
EDU,EDU,اداره کل آموزش و پرورش استان {},اداره آموزش و پرورش شهرستان {},
MOI-SABT,MOI-SABT,اداره کل ثبت احوال استان {},اداره ثبت احوال شهرستان {},
GOV,GOV-{province},,فرمانداری شهرستان {},
MED,MED-{province}-1,,شبکه بهداشت و درمان شهرستان {},
MED,MED-p02-2,,شبکه بهداشت و درمان شهرستان {},بابل|آمل
NONE,NONE,اداره کل هیچ استان {},,
"""
LISTED, GENERATED = 11, 5 + 5 + 3 + 3


@dataclass
class Lists:
    agencies: Path
    provincial: Path
    patterns: Path

    async def load(self) -> LoadReport:
        return await load(self.agencies, self.provincial, patterns=self.patterns)


@pytest.fixture
async def lists(db: str, tmp_path: Path) -> Lists:
    def write(name: str, text: str) -> Path:
        (tmp_path / name).write_text(text, encoding="utf-8")
        return tmp_path / name

    villages = write("villages.csv", "code,name_fa,level,parent_code,kind\n")
    await places.load(write("divisions.csv", DIVISIONS), villages)
    return Lists(
        write("agencies.csv", AGENCIES),
        write("agencies_provincial.csv", PROVINCIAL),
        write("agency_units.csv", PATTERNS),
    )


@pytest.fixture
async def loaded(lists: Lists) -> Lists:
    await lists.load()
    return lists


async def snapshot() -> list[dict[str, Any]]:
    return await Agency.all().order_by("id").values()


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


async def test_a_first_load_makes_the_tree(lists: Lists) -> None:
    assert await lists.load() == LoadReport(LISTED + GENERATED, 0, 0, 0)
    office = await Agency.get(code="MOI-SABT-c0101").prefetch_related("parent", "main", "place")
    assert office.name == "اداره ثبت احوال شهرستان رشت"
    assert office.path == (
        "وزارت کشور › سازمان ثبت احوال کشور › اداره کل ثبت احوال استان گیلان"
        " › اداره ثبت احوال شهرستان رشت"
    )
    assert office.parent is not None
    assert (office.parent.code, office.level, office.kind) == (
        *("MOI-SABT-p01", AgencyLevel.COUNTY, "affiliated_org"),
    )
    assert office.main_id == (await Agency.get(code="MOI")).id
    assert (office.place_id, office.generated) == ("c0101", True)
    ministry = await Agency.get(code="MOI")
    assert (ministry.parent_id, ministry.main_id, ministry.level, ministry.generated) == (
        *(None, ministry.id, AgencyLevel.MAIN, False),
    )
    assert (await Agency.get(code="FREE-p01")).level is AgencyLevel.MAIN


async def test_the_tree_keeps_the_order_of_levels(loaded: Lists) -> None:
    order = list(AgencyLevel)
    agencies = {agency.id: agency for agency in await Agency.all()}
    for agency in agencies.values():
        ids = [int(part) for part in agency.lineage.strip("/").split("/")]
        assert ids[-1] == agency.id
        assert ids[0] == agency.main_id
        assert agency.lineage.startswith("/")
        assert agency.lineage.endswith("/")
        assert agency.path.split(" › ") == [agencies[id_].name for id_ in ids]
        levels = [order.index(agencies[id_].level) for id_ in ids]
        assert levels == sorted(levels)
        assert (ids[-2] if len(ids) > 1 else None) == agency.parent_id
        assert len({agency.code for agency in agencies.values()}) == len(agencies)


async def test_county_units_hang_under_what_answers_for_them(loaded: Lists) -> None:
    rows = await Agency.filter(level=AgencyLevel.COUNTY).values_list("code", "parent__code")
    assert dict(rows) == {
        "EDU-c0101": "EDU-p01",
        "EDU-c0102": "EDU-p01",
        "EDU-c0201": "EDU-p02",
        "MOI-SABT-c0101": "MOI-SABT-p01",
        "MOI-SABT-c0102": "MOI-SABT-p01",
        "MOI-SABT-c0201": "MOI-SABT-p02",
        "GOV-c0101": "GOV-p01",
        "GOV-c0102": "GOV-p01",
        "GOV-c0201": "GOV-p02",
        "MED-c0101": "MED-p01-1",
        "MED-c0102": "MED-p01-1",
        "MED-c0201": "MED-p02-2",
    }


async def test_a_second_load_changes_nothing_and_ids_stay(loaded: Lists) -> None:
    before = await snapshot()
    assert await loaded.load() == LoadReport(0, 0, 0, LISTED + GENERATED)
    assert await snapshot() == before


async def test_an_agency_made_by_hand_gets_a_free_id(loaded: Lists) -> None:
    made = await Agency.create(
        code="HAND", name="دستی", folded="دستی", kind="other", level=AgencyLevel.MAIN
    )
    assert await Agency.filter(id=made.id).count() == 1


async def test_a_newer_list_renames_down_the_tree_and_retires(loaded: Lists) -> None:
    before = {agency.code: agency for agency in await Agency.all()}
    await Agency.filter(code="MOI").update(contact="تلفن ۱")
    edit(loaded.agencies, "وزارت کشور", "وزارت کشور نو")
    edit(loaded.agencies, "EDU,وزارت آموزش و پرورش,Ministry of Education,ministry,\n", "")
    report = await loaded.load()
    # The ministry, its organisation, two governorates, five and three units under them.
    assert report == LoadReport(0, 12, 1 + 5, LISTED + GENERATED - 12 - 6)
    after = {agency.code: agency for agency in await Agency.all()}
    assert {code: agency.id for code, agency in after.items()} == {
        code: agency.id for code, agency in before.items()
    }
    assert after["GOV-c0101"].path.startswith("وزارت کشور نو › استانداری گیلان")
    assert after["MOI"].contact == "تلفن ۱"
    assert [after["EDU"].active, after["EDU-c0101"].active] == [False, False]
    assert await search("آموزش و پرورش") == []


async def test_units_follow_the_counties(loaded: Lists, tmp_path: Path) -> None:
    edit(tmp_path / "divisions.csv", "c0102,تالش,county,p01\n", "c0103,خمام,county,p01\n")
    await places.load(tmp_path / "divisions.csv", tmp_path / "villages.csv")
    assert await loaded.load() == LoadReport(4, 0, 4, LISTED + GENERATED - 4)
    assert (await Agency.get(code="EDU-c0102")).active is False
    assert (await Agency.get(code="EDU-c0103")).name.endswith("خمام")


@pytest.mark.parametrize(
    ("which", "old", "new", "code", "line", "column"),
    [
        ("agencies", "EDU,وزارت", "MOI,وزارت", "file_duplicate", 4, "code"),
        ("provincial", "GOV-p02,", "EDU,", "file_duplicate", 3, "code"),
        ("agencies", "org,MOI\n", "org,XXX\n", "file_orphan", 2, "parent_code"),
        ("agencies", "org,MOI\n", "org,MOI-SABT\n", "file_orphan", 2, "parent_code"),
        ("agencies", "org,MOI\n", "org,GOV-p01\n", "file_orphan", 2, "parent_code"),
        ("agencies", "Interior,ministry,", "Interior,ministry,MOI-SABT", "file_orphan", 3, None),
        ("agencies", "وزارت کشور,", ",", "file_required", 3, "name_fa"),
        ("agencies", "Interior,ministry,", "Interior,,", "file_required", 3, "kind"),
        ("agencies", "Interior,ministry,", "Interior,a b,", "file_value", 3, "kind"),
        ("agencies", "وزارت کشور,", "وزارت\x1bکشور,", "file_value", 3, "name_fa"),
        ("agencies", "parent_code", "parent", "file_column", 1, "parent_code"),
        ("provincial", "MOI,p02", "MOI,p77", "file_orphan", 3, "province_code"),
        ("provincial", "MOI,p02", "MOI,c0201", "file_orphan", 3, "province_code"),
        ("provincial", "MOI,p02", "MOI,", "file_required", 3, "province_code"),
        ("patterns", "county_name", "county", "file_column", 1, "county_name"),
    ],
)
async def test_a_bad_file_changes_nothing(
    loaded: Lists, which: str, old: str, new: str, code: str, line: int, column: str | None
) -> None:
    before = await snapshot()
    edit(loaded.agencies, "Railways", "Railway")
    path: Path = getattr(loaded, which)
    edit(path, old, new)
    with pytest.raises(DomainError) as refused:
        await loaded.load()
    assert (refused.value.code, refused.value.params["file"]) == (code, path.name)
    if column is not None:
        assert (refused.value.params["line"], refused.value.params["column"]) == (line, column)
    assert await snapshot() == before


def codes(found: list[Agency]) -> list[str]:
    return [agency.code for agency in found]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("وزارت کشور", ["MOI"]),
        ("آموزش و پرورش", ["EDU", "EDU-p02", "EDU-p01"]),
        ("اموزش پرورش رشت", ["EDU-c0101"]),
        ("آموزش‌وپرورش رشت", []),
        ("رشت آموزش", ["EDU-c0101", "MED-c0101"]),
        ("edu", ["EDU", "EDU-p02", "EDU-p01"]),
        ("EDU-c0101", ["EDU-c0101"]),
        ("كشور", ["MOI", "MOI-SABT"]),
        ("وزارت کشور فرمانداری تالش", ["GOV-c0102"]),
        ("راه آهن", ["RAI"]),
        ("راه‌آهن", ["RAI"]),
        ("بهداشت بابل", ["MED-c0201", "MED-p02-2"]),
        ("ثبت احوال گیلان", ["MOI-SABT-p01"]),
        ("", []),
        ("%", []),
        ("_", []),
        ("|", []),
    ],
)
async def test_search(loaded: Lists, typed: str, found: list[str]) -> None:
    assert codes(await search(typed))[: len(found) or 1] == found


async def test_every_letter_typed_keeps_the_agency_in_sight(loaded: Lists) -> None:
    name = "ثبت احوال رشت"
    for end in range(1, len(name) + 1):
        assert "MOI-SABT-c0101" in codes(await search(name[:end], limit=50)), name[:end]


async def test_units_near_the_caller_come_first(loaded: Lists) -> None:
    rasht = await Place.get(code="s0101")
    found = codes(await search("آموزش و پرورش", place=rasht))
    assert found[:3] == ["EDU-c0101", "EDU-p01", "EDU"]
    assert set(found[3:]) == {"EDU-c0102", "EDU-p02", "EDU-c0201"}
    province = await Place.get(code="p02")
    assert codes(await search("آموزش و پرورش", place=province))[:2] == ["EDU-p02", "EDU"]


async def test_a_search_within_one_main_agency(loaded: Lists) -> None:
    moh = await Agency.get(code="MOH")
    found = await search("رشت", within_main=moh.id)
    assert codes(found) == ["MED-c0101"]
    assert len(await search("و", limit=3)) == 3


async def test_the_real_lists(db: str) -> None:
    await places.load()
    report = await load()
    assert report.added > 15_000
    assert (await load()).unchanged == report.added
    assert await Agency.filter(generated=False).count() == 244
    assert await Agency.filter(place_id=None, level__in=["provincial", "county"]).count() == 0
    ahar = (await places.search("علی آباد اهر", limit=1))[0]
    first = (await search("ثبت احوال", place=ahar, limit=1))[0]
    assert first.path.split(" › ") == [
        *("وزارت کشور", "سازمان ثبت احوال کشور"),
        *("اداره کل ثبت احوال استان آذربایجان شرقی", "اداره ثبت احوال شهرستان اهر"),
    ]
    kashan = await Agency.get(code="MED-c1010").prefetch_related("parent")
    assert kashan.parent is not None
    assert kashan.parent.name == "دانشگاه علوم پزشکی کاشان"
