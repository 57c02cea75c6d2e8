"""Type-ahead lists: places with their full path, agencies and units with theirs."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from domain import agencies, keys, places
from models import Agency, Place
from ui.pages import fragment, signed_in

SHOWN = 8
Option = dict[str, str]


def of_place(place: Place) -> Option:
    return {"value": place.code, "label": place.name, "hint": place.path}


def of_agency(agency: Agency) -> Option:
    hint = agency.path if agency.path != agency.name else ""
    return {"value": agency.code, "label": agency.name, "hint": hint}


async def place_of(code: str) -> Place | None:
    """The place with a code that was sent, if there is one."""
    known = keys.may_be_code(code, keys.PLACE)
    return await Place.get_or_none(code=code) if known else None


async def agency_of(code: str) -> Agency | None:
    """The agency or unit with a code that was sent, if there is one."""
    return await Agency.get_or_none(code=code) if keys.may_be_code(code) else None


async def place_options(text: str) -> list[Option]:
    return [of_place(place) for place in await places.search(text, limit=SHOWN)]


async def agency_options(text: str, near: str = "", within: str = "") -> list[Option]:
    """Agencies by words; `near` is a place code whose units come first, `within` a main agency."""
    place = await place_of(near)
    main = await agency_of(within)
    found = await agencies.search(
        text, limit=SHOWN, place=place, within_main=main.id if main else None
    )
    return [of_agency(agency) for agency in found]


@signed_in()
async def place_list(request: Request) -> Response:
    text = request.query_params.get("place_query", "")
    return fragment("options", field="place", options=await place_options(text))


@signed_in()
async def agency_list(request: Request) -> Response:
    """`name` is the form field: `agency`, or `units` where several may be chosen."""
    given = request.query_params
    name = "units" if given.get("name") == "units" else "agency"
    options = await agency_options(
        given.get(f"{name}_query", ""), given.get("place", ""), given.get("within", "")
    )
    return fragment("options", field=name, options=options)


routes = [
    Route("/places/options", place_list, methods=["GET"]),
    Route("/agencies/options", agency_list, methods=["GET"]),
]
