"""Budgets as HTTP fields."""

from __future__ import annotations

from domain.budgets import Budget, OverBudget
from graphql_schema import budgeting


def test_the_fields_of_an_answer() -> None:
    assert budgeting.headers(Budget(600, 599, 120_000, 119_925, 42)) == {
        "RateLimit-Policy": '"requests";q=600;w=60, "cost";q=120000;w=60',
        "RateLimit": '"requests";r=599;t=42, "cost";r=119925;t=42',
    }


def test_a_budget_that_is_used_up() -> None:
    refused = budgeting.refusal(OverBudget(Budget(600, 0, 120_000, 7, 3)))
    assert (refused.code, refused.status) == ("rate_limited", 429)
    assert str(refused).endswith("in 3 seconds.")
    assert refused.headers == {
        "RateLimit-Policy": '"requests";q=600;w=60, "cost";q=120000;w=60',
        "RateLimit": '"requests";r=0;t=3, "cost";r=7;t=3',
        "Retry-After": "3",
    }
    assert "۳ ثانیه" in str(budgeting.refusal(OverBudget(Budget(1, 0, 1, 0, 3)), "fa"))
