"""The registry that says whether a mobile number belongs to a national id (S1), over HTTP.

`POST` with `Authorization: Bearer …` and `{"national_id": …, "mobile": …}`; the answer is
`{"matched": true|false}`. Anything else means that it cannot tell, and a one-time code decides.
"""

from __future__ import annotations

import httpx2
import structlog

log = structlog.get_logger("verifier")

TIMEOUT = 5.0


class HttpVerifier:
    """`domain.service.Verifier` for the service at `url`."""

    def __init__(self, url: str, token: str, timeout: float = TIMEOUT) -> None:
        self._url = url
        self._headers = {"Authorization": f"Bearer {token}"}
        self._timeout = timeout

    async def matches(self, national_id: str, mobile: str) -> bool | None:
        """None when the registry does not answer in time, or not to the question."""
        body = {"national_id": national_id, "mobile": mobile}
        try:
            async with httpx2.AsyncClient(timeout=self._timeout) as client:
                reply = await client.post(self._url, json=body, headers=self._headers)
            matched = reply.json()["matched"] if reply.status_code == 200 else None
        except (httpx2.HTTPError, ValueError, KeyError, TypeError) as error:
            log.warning("no answer", error=type(error).__name__)
            return None
        if not isinstance(matched, bool):
            log.warning("not an answer", status=reply.status_code)
            return None
        return matched
