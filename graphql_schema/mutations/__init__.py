"""What can be done: one mutation per use case, each calling the domain's own function."""

from __future__ import annotations

import strawberry

from graphql_schema.mutations.closing import ClosingMutations
from graphql_schema.mutations.handling import HandlingMutations
from graphql_schema.mutations.registration import RegistrationMutations
from graphql_schema.mutations.remarks import RemarkMutations
from graphql_schema.mutations.review import ReviewMutations
from graphql_schema.mutations.webhooks import WebhookMutations


@strawberry.type(description="Doing. A refusal is in the payload's `errors`, and changed nothing.")
class Mutation(
    RegistrationMutations,
    ReviewMutations,
    HandlingMutations,
    ClosingMutations,
    RemarkMutations,
    WebhookMutations,
):
    """Every mutation takes one `input` and answers with one payload."""
