"""What resolvers know of the request: who acts, in which language, and its loaders."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import strawberry

from domain.actors import Actor
from domain.errors import Language
from graphql_schema.loaders import Loaders

if TYPE_CHECKING:
    from graphql_schema.documents import Document


@dataclass
class Context:
    actor: Actor
    document: Document
    language: Language = "en"
    loaders: Loaders = field(init=False)

    def __post_init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Read anew from here on: something has changed."""
        self.loaders = Loaders(self.actor)


Info = strawberry.Info[Context, None]
