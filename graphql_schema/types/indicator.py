from __future__ import annotations

from typing import Any

import strawberry
from tortoise.queryset import QuerySet

import models
from domain.actors import Actor
from graphql_schema.node import Node
from graphql_schema.relations import column, computed


@strawberry.type(description="One version of one of the eight indicators I1–I8.")
class Indicator(Node):
    model = models.Indicator

    code: str = column("I1 to I8; what inputs take.")
    version: int = column("Version; a case keeps the one it was given.")
    title: str = column("Official wording in Persian.")
    short: str = column("A few words in Persian.")
    title_en: str = column("Wording in English.")
    examples: list[str] = computed(lambda row, _: row.examples, "Examples in Persian.", "examples")
    active: bool = column("Whether new cases get this version.")

    @classmethod
    def visible(cls, actor: Actor) -> QuerySet[Any]:
        return models.Indicator.all()


@strawberry.type(description="Where a matter that 128 does not handle belongs (A6, B13).")
class CompetentBody:
    code: str = column("Code; what `markOutOfScope` takes as category.")
    title: str = column("Name in Persian.")
    title_en: str = column("Name in English.")
    guidance: str = column("What the citizen is told.")
