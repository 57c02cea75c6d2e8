"""The registration form: what was typed, the lists it needs, and the case draft it makes."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.datastructures import FormData

from domain import cases, lookalikes, service
from models import Case, Contact, Indicator
from ui import labels
from ui.options import (
    Option,
    agency_of,
    agency_options,
    of_agency,
    of_place,
    place_of,
    place_options,
)

TEXT_FIELDS = (
    "kind", "reporter_kind", "agency", "agency_query", "place", "place_query", "indicator",
    "subject", "text", "consent", "language", "voice", "like", "seen", "search",
)  # fmt: skip


@dataclass(frozen=True)
class Typed:
    """The form as it was sent; every field a text, `other_indicators` a list."""

    values: dict[str, str]
    others: list[str]

    def __getitem__(self, name: str) -> str:
        return self.values.get(name, "")

    def draft(self) -> cases.Draft:
        return cases.Draft(
            kind=self["kind"],
            reporter_kind=self["reporter_kind"],
            agency=self["agency"],
            place=self["place"],
            indicator=self["indicator"],
            other_indicators=self.others,
            subject=self["subject"],
            text=self["text"],
            consent=self["consent"] == "1",
            like=self["like"] or None,
            language=self["language"] or None,
            voice=self["voice"] == "1" if service.current().voice else None,
        )


def typed(form: FormData) -> Typed:
    fields = {name: str(form.get(name, "")) for name in TEXT_FIELDS}
    return Typed(fields, [str(value) for value in form.getlist("other_indicators")])


EMPTY = Typed({"kind": "complaint", "reporter_kind": "citizen"}, [])


async def blank(mobile: str) -> Typed:
    """The form before anything is typed, with what the caller chose at an earlier time."""
    known = await Contact.get_or_none(mobile=mobile)
    if known is None:
        return EMPTY
    chosen = {"language": known.language.value, "voice": "1" if known.voice else ""}
    return Typed({**EMPTY.values, **chosen}, [])


async def lookalikes_of(given: Typed) -> list[tuple[Case, float]]:
    """Open look-alikes of what was typed; none when agency or place is not chosen yet."""
    agency = await agency_of(given["agency"])
    if agency is None:
        return []
    words = f"{given['subject']} {given['text']}"
    return await lookalikes.find(agency.id, given["place"], given["indicator"], words)


async def lists(given: Typed) -> dict[str, object]:
    """What the form offers: the indicators, and the options of both searches."""
    indicators = await Indicator.filter(active=True).order_by("code")
    return {
        "indicator_options": [
            {"value": row.code, "label": row.short, "hint": f"مثال: {row.examples[0]}"}
            for row in indicators
        ],
        "other_options": [{"value": row.code, "label": row.short} for row in indicators],
        "language_options": labels.language_options(),
        "voice": service.current().voice,
        "place_options": await _places(given),
        "agency_options": await _agencies(given),
    }


async def _places(given: Typed) -> list[Option] | None:
    if given["place_query"]:
        return await place_options(given["place_query"])
    chosen = await place_of(given["place"])
    return [of_place(chosen)] if chosen else None


async def _agencies(given: Typed) -> list[Option] | None:
    if given["agency_query"]:
        return await agency_options(given["agency_query"], given["place"])
    chosen = await agency_of(given["agency"])
    return [of_agency(chosen)] if chosen else None
