"""What resolvers know of the request: who acts, in which language, and its loaders."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import strawberry

from domain.actors import Actor
from domain.errors import Language
from graphql_schema.loaders import Loaders

if TYPE_CHECKING:
    from graphql_schema.documents import Document


Confirm = Callable[[], Awaitable[Actor | None]]
"""Asks anew who the credentials of a request belong to; None when they are not good any more."""


@dataclass
class Stream:
    """What a subscription needs beyond a request that is answered once."""

    confirm: Confirm
    after: str | None = None
    """The cursor that a client which comes back heard last; it goes before the argument."""
    cursor: str | None = None
    """The cursor of what is being delivered."""


@dataclass
class Context:
    actor: Actor
    document: Document
    language: Language = "en"
    stream: Stream | None = None
    loaders: Loaders = field(init=False)

    def __post_init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Read anew from here on: something has changed."""
        self.loaders = Loaders(self.actor)


Info = strawberry.Info[Context, None]
