"""Types that refer to each other in a circle, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import strawberry

if TYPE_CHECKING:
    from graphql_schema.types.agency import Agency
    from graphql_schema.types.case import Case, Incident
    from graphql_schema.types.place import Place
    from graphql_schema.types.referral import Referral
    from graphql_schema.types.round import Round
    from graphql_schema.types.webhook import WebhookDelivery

AgencyRef = Annotated["Agency", strawberry.lazy("graphql_schema.types.agency")]
CaseRef = Annotated["Case", strawberry.lazy("graphql_schema.types.case")]
PlaceRef = Annotated["Place", strawberry.lazy("graphql_schema.types.place")]
IncidentRef = Annotated["Incident", strawberry.lazy("graphql_schema.types.case")]
ReferralRef = Annotated["Referral", strawberry.lazy("graphql_schema.types.referral")]
RoundRef = Annotated["Round", strawberry.lazy("graphql_schema.types.round")]
WebhookDeliveryRef = Annotated["WebhookDelivery", strawberry.lazy("graphql_schema.types.webhook")]
