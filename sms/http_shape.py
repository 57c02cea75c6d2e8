"""The names that a generic HTTP/JSON gateway uses, as settings give them (docs/sms.md)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, model_validator

from models.enums import MessageState

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,40}$")]
Path = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,40}(\.[A-Za-z0-9_-]{1,40}){0,5}$")]
"""Where a value stands in JSON: names, and places in lists, with dots between them."""

_TOLD = (
    MessageState.ACCEPTED,
    MessageState.SENT,
    MessageState.DELIVERED,
    MessageState.UNDELIVERED,
    MessageState.FAILED,
    MessageState.BLOCKED,
    MessageState.CANCELLED,
)
"""States that a provider can tell of; the others are ours alone."""


def _told(word: Any) -> MessageState:
    if word not in _TOLD:
        raise ValueError(f"must be one of {', '.join(_TOLD)}")
    return MessageState(word)


def _default_states() -> dict[str, MessageState]:
    return {"queued": MessageState.ACCEPTED} | {state.value: state for state in _TOLD}


class Shape(BaseModel):
    """Fields of a request (`to` to `reference`) and places in what the provider says.

    `lookup`: it can be asked by reference. `idempotent`: a reference repeated does not send again.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)

    to: Name = "to"
    sender: Name = Field(default="from", alias="from")
    text: Name = "text"
    reference: Name = "reference"
    id: Path = "id"
    status: Path = "status"
    cost: Path = "cost"
    error: Path = "error.code"
    messages: Path = "messages"
    states: dict[str, Annotated[MessageState, PlainValidator(_told)]] = Field(
        default_factory=_default_states, min_length=1, max_length=50
    )
    lookup: bool = True
    idempotent: bool = True

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        names = {self.to, self.sender, self.text, self.reference}
        if len(names) != 4:
            raise ValueError("to, from, text and reference must have different names")
        return self

    def state(self, word: object) -> MessageState | None:
        """The state that a word of theirs means; one never heard of carries no information."""
        return self.states.get(str(word)) if isinstance(word, str | int) else None


def dig(value: Any, path: str) -> Any:
    """What stands at a path in JSON; None if nothing does."""
    for name in path.split("."):
        if isinstance(value, Mapping):
            value = value.get(name)
        elif isinstance(value, list) and name.isdigit() and int(name) < len(value):
            value = value[int(name)]
        else:
            return None
    return value
