"""The methods of Kavenegar's API by their path, and the verbs each one takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sms.simulator import (
    methods_account,
    methods_inbox,
    methods_outbox,
    methods_send,
    methods_status,
)
from sms.simulator.fields import Fields
from sms.simulator.state import State

Result = tuple[Any, Any]
"""Entries, and metadata of a paged call or None."""


@dataclass(frozen=True)
class Method:
    run: Callable[[State, Fields], Result]
    verbs: tuple[str, ...] = ("GET", "POST")


METHODS = {
    "sms/send": Method(methods_send.send),
    "sms/sendarray": Method(methods_send.send_array, ("POST",)),
    "verify/lookup": Method(methods_send.lookup),
    "call/maketts": Method(methods_send.make_tts),
    "sms/status": Method(methods_status.status),
    "sms/statuslocalmessageid": Method(methods_status.status_by_local_id),
    "sms/statusbyreceptor": Method(methods_status.status_by_receptor),
    "call/status": Method(methods_status.call_status),
    "sms/select": Method(methods_outbox.select),
    "sms/selectoutbox": Method(methods_outbox.select_outbox),
    "sms/latestoutbox": Method(methods_outbox.latest_outbox),
    "sms/countoutbox": Method(methods_outbox.count_outbox),
    "sms/cancel": Method(methods_status.cancel),
    "sms/receive": Method(methods_inbox.receive),
    "sms/unreads": Method(methods_inbox.receive),
    "sms/makereceive": Method(methods_inbox.make_receive),
    "sms/inboxpaged": Method(methods_inbox.inbox_paged),
    "sms/countinbox": Method(methods_inbox.count_inbox),
    "line/blocked/list": Method(methods_inbox.blocked_list),
    "line/blocked/add": Method(methods_inbox.blocked_add),
    "line/blocked/exists": Method(methods_inbox.blocked_exists),
    "line/blocked/remove": Method(methods_inbox.blocked_remove, ("DELETE", "POST")),
    "account/info": Method(methods_account.info),
    "account/config": Method(methods_account.config),
    "utils/getdate": Method(methods_account.get_date),
}
