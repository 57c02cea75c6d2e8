"""A budget in HTTP's words: `RateLimit-Policy` and `RateLimit`, and the answer when it is used up.

The fields are those of draft-ietf-httpapi-ratelimit-headers-10: structured fields (RFC 9651), one
item for each of the policies "requests" and "cost"; q quota, w window in seconds, r what remains,
t seconds until it is full again.
"""

from __future__ import annotations

from domain.actors import Actor
from domain.budgets import WINDOW, Budget, OverBudget, budgets
from domain.errors import Language
from graphql_schema.errors import RequestRefused


async def spend(actor: Actor, cost: int, lang: Language) -> dict[str, str]:
    """Count a request; the headers that say what is left. Raises RequestRefused."""
    try:
        return headers(await budgets.spend(actor, cost))
    except OverBudget as over:
        raise refusal(over, lang) from None


def headers(budget: Budget) -> dict[str, str]:
    """What every answer says about the budget of who asked."""
    reset = budget.reset_seconds
    return {
        "RateLimit-Policy": f'"requests";q={budget.limit};w={WINDOW}, '
        f'"cost";q={budget.cost_limit};w={WINDOW}',
        "RateLimit": f'"requests";r={budget.remaining};t={reset}, '
        f'"cost";r={budget.cost_remaining};t={reset}',
    }


def refusal(over: OverBudget, lang: Language = "en") -> RequestRefused:
    """`rate_limited`, status 429, with when to ask again."""
    more = {**headers(over.budget), "Retry-After": str(over.retry_seconds)}
    return RequestRefused("rate_limited", over.message(lang), 429, more)
