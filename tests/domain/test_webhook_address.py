"""No address leads into our own network, whatever a name resolves to."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import service, webhook_address
from domain.errors import DomainError
from domain.vault import Vault
from domain.webhook_address import Address, numbers, parse
from tests.support.refusals import refusal

PUBLIC = "93.184.216.34"
INNER = [
    *("10.0.0.1", "172.16.5.4", "192.168.1.1", "127.0.0.1", "127.8.8.8", "169.254.169.254"),
    *("100.64.0.1", "0.0.0.0", "224.0.0.1", "239.1.1.1", "192.0.0.8", "192.88.99.1"),
    *("198.18.0.1", "240.0.0.1", "255.255.255.255", "203.0.113.7", "192.0.2.1"),
    *("::", "::1", "::7f00:1", "::ffff:10.0.0.1", "::ffff:127.0.0.1", "::ffff:8.8.8.8"),
    *("fe80::1", "fc00::1", "fd00:ec2::254", "fec0::1", "ff02::1", "ff0e::1", "2001:db8::1"),
    *("64:ff9b::a00:1", "64:ff9b:1::1", "2002:a00:1::", "2001:0:a00:1::", "3fff::1"),
]


@dataclass
class Names:
    """A name service that says what it is told to."""

    known: dict[str, list[str]] = field(default_factory=dict)

    async def resolve(self, host: str) -> list[str]:
        return self.known.get(host, [])


def configure(*, local: bool = False, **known: list[str]) -> None:
    names = {name.replace("_", "."): found for name, found in known.items()}
    service.configure(
        service.Service(
            vault=Vault.from_secret("test secret " * 4),
            sms_line="1",
            resolver=Names(names),
            local_webhooks=local,
        )
    )


@pytest.fixture(autouse=True)
def _real() -> None:
    configure(partner_example=[PUBLIC, "2606:4700::1111"])


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://partner.example", Address(True, "partner.example", 443, "/")),
        ("https://Partner.Example./a/b?c=d", Address(True, "partner.example", 443, "/a/b?c=d")),
        (" https://partner.example:8443/x ", Address(True, "partner.example", 8443, "/x")),
        (f"https://{PUBLIC}/", Address(True, PUBLIC, 443, "/")),
        ("https://[2606:4700::1111]:444", Address(True, "2606:4700::1111", 444, "/")),
        ("https://xn--mgba3a4f16a.example/", Address(True, "xn--mgba3a4f16a.example", 443, "/")),
    ],
)
def test_good_addresses(url: str, expected: Address) -> None:
    found = parse(url)
    assert found == expected
    assert parse(found.url) == expected


@pytest.mark.parametrize(
    "url",
    [
        *(
            "ftp://partner.example",
            "partner.example",
            "https://",
            "https:///x",
            "//partner.example",
        ),
        *(
            "https://user@partner.example",
            "https://a:b@partner.example",
            "https://@partner.example",
        ),
        *(
            "https://partner.example#x",
            "https://partner.example\\@evil.example",
            "https://a b.example",
        ),
        *(
            "https://partner.example:0",
            "https://partner.example:99999",
            "https://partner.example:x",
        ),
        *("https://2130706433", "https://0x7f000001", "https://127.1", "https://0177.0.0.1"),
        *("https://localhost", "https://intranet", "https://-a.example", "https://a..example"),
        *(
            "https://سازمان.ایران",
            "https://partner.example/راه",
            "https://[::1",
            "https://[::1%25eth0]",
        ),
        *("https://127.0.0.1%2f.example", "javascript:alert(1)", "https://partner_x.example"),
    ],
)
def test_what_is_no_address(url: str) -> None:
    with pytest.raises(DomainError) as found:
        parse(url)
    assert (found.value.code, found.value.field) in {("invalid", "url"), ("address_refused", "url")}


@pytest.mark.parametrize(
    ("url", "code"),
    [
        (None, "invalid"),
        (7, "invalid"),
        ("", "required"),
        ("https://partner.example/" + "x" * 480, "too_long"),
        ("https://partner.example/\n", None),
        ("https://partner\n.example/", "invalid_characters"),
        ("http://partner.example", "address_refused"),
        (f"http://{PUBLIC}", "address_refused"),
    ],
)
def test_codes(url: object, code: str | None) -> None:
    try:
        parse(url)
    except DomainError as error:
        assert error.code == code
    else:
        assert code is None


@pytest.mark.parametrize("number", INNER)
async def test_inner_numbers_are_refused_as_such_and_behind_a_name(number: str) -> None:
    host = f"[{number}]" if ":" in number else number
    with pytest.raises(DomainError, match="public internet"):
        parse(f"https://{host}/")
    configure(partner_example=[PUBLIC, number])
    found = await refusal(webhook_address.checked("https://partner.example"))
    assert found == ("address_refused", "url")


async def test_a_name_gives_the_numbers_to_connect_to() -> None:
    address = await webhook_address.checked("https://partner.example:8443/x?y")
    assert await numbers(address) == [PUBLIC, "2606:4700::1111"]
    assert address.authority == "partner.example:8443"
    assert address.at(PUBLIC) == f"https://{PUBLIC}:8443/x?y"
    assert address.at("2606:4700::1111") == "https://[2606:4700::1111]:8443/x?y"
    assert await numbers(parse(f"https://{PUBLIC}")) == [PUBLIC]


async def test_a_name_that_is_not_there() -> None:
    found = await refusal(webhook_address.checked("https://nobody.example"))
    assert found == ("unresolvable", "url")
    configure(partner_example=["nonsense"])
    found = await refusal(webhook_address.checked("https://partner.example"))
    assert found == ("address_refused", "url")


async def test_this_machine_only_in_a_simulated_deployment() -> None:
    here = ["http://127.0.0.1:9/x", "http://[::1]:9/x", "http://localhost:9/x"]
    for url in here:
        assert (await refusal(webhook_address.checked(url)))[0] == "address_refused"
    configure(
        local=True, localhost=["127.0.0.1"], partner_example=[PUBLIC], inner_example=["10.0.0.1"]
    )
    for url in [*here, "https://127.0.0.1/"]:
        await webhook_address.checked(url)
    for url in (
        "http://partner.example",
        "https://inner.example",
        "http://10.0.0.1",
        "http://0.0.0.0",
    ):
        assert (await refusal(webhook_address.checked(url)))[0] == "address_refused"


@given(st.ip_addresses())
def test_only_global_numbers_are_open(
    number: IPv4Address | IPv6Address,
) -> None:
    if webhook_address.is_open(number):
        assert number.is_global
        assert not (number.is_private or number.is_loopback or number.is_link_local)
        assert not (number.is_multicast or number.is_reserved or number.is_unspecified)


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    for url in (text, f"https://{text}"):
        try:
            address = parse(url)
        except DomainError as error:
            assert error.field == "url"
        else:
            assert parse(address.url) == address
