"""A browser without scripts: pages as a person reads them, forms filled in and sent.

A form takes only what it offers: fields that it has, values that can be chosen.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlencode, urlsplit

import httpx2

from tests.support.running import PASSWORD, RunningService

_UNSEEN = frozenset({"script", "style", "template", "title"})
_CHOSEN = frozenset({"radio", "checkbox"})
Given = str | list[str]


@dataclass
class Form:
    """A form as it stands; `choices` are the values of radios, boxes, lists and buttons."""

    action: str
    method: str
    values: dict[str, list[str]] = field(default_factory=dict)
    choices: dict[str, list[str]] = field(default_factory=dict)

    def filled(self, given: dict[str, Given]) -> dict[str, list[str]]:
        """What would be sent. A field that carries the name or number of its act goes without."""
        sent = {name: list(values) for name, values in self.values.items()}
        for name, value in given.items():
            chosen = value if isinstance(value, list) else [value]
            own = self._name(name)
            offered = self.choices.get(own)
            if offered is not None and not set(chosen) <= set(offered):
                raise AssertionError(f"{self.action}: {own} offers {offered}, not {chosen}")
            sent[own] = chosen
        return sent

    def _name(self, name: str) -> str:
        known = self.values.keys() | self.choices.keys()
        found = [own for own in sorted(known) if name in (own, *own.rsplit("-", 1))]
        if not found:
            raise AssertionError(f"{self.action} has no field {name}, only {sorted(known)}")
        return found[0]


class _Reader(HTMLParser):
    """Collects the words and the forms of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.forms: list[Form] = []
        self.links: list[str] = []
        self._unseen = 0
        self._form: Form | None = None
        self._list: str | None = None
        self._area: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in _UNSEEN:
            self._unseen += 1
        elif tag == "a" and "href" in given:
            self.links.append(given["href"])
        elif tag == "form":
            self._form = Form(given.get("action", ""), given.get("method", "get"))
            self.forms.append(self._form)
        elif self._form is not None:
            self._field(self._form, tag, given)

    def _field(self, form: Form, tag: str, given: dict[str, str]) -> None:
        name, value = given.get("name", ""), given.get("value", "")
        if tag == "option" and self._list:
            form.choices[self._list].append(value)
            if "selected" in given:
                form.values[self._list] = [value]
        elif not name:
            return
        elif tag == "select":
            self._list = name
            form.choices[name] = []
        elif tag == "textarea":
            self._area = name
            form.values[name] = [""]
        elif tag == "button":
            form.choices.setdefault(name, []).append(value)
        elif tag == "input" and given.get("type") in _CHOSEN:
            form.choices.setdefault(name, []).append(value)
            if "checked" in given:
                form.values.setdefault(name, []).append(value)
        elif tag == "input":
            form.values[name] = [value]

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN:
            self._unseen -= 1
        elif tag == "form":
            self._form = None
        elif tag == "select":
            self._list = None
        elif tag == "textarea":
            self._area = None

    def handle_data(self, data: str) -> None:
        if self._area and self._form:
            self._form.values[self._area] = [data.removeprefix("\n")]
        elif not self._unseen:
            self.words.append(data)


def links_of(html: str) -> list[str]:
    """Where the links of a page lead."""
    reader = _Reader()
    reader.feed(html)
    return reader.links


class Page:
    """An answer: its status, where it came from, its words and its forms."""

    def __init__(self, answer: httpx2.Response) -> None:
        self.status = answer.status_code
        self.path = answer.url.raw_path.decode()
        self.html = answer.text
        reader = _Reader()
        reader.feed(self.html)
        self.forms = reader.forms
        self.links = reader.links
        self.text = " ".join(" ".join(reader.words).split())

    def __contains__(self, words: str) -> bool:
        return words in self.text

    def has_form(self, ending: str) -> bool:
        return any(form.action.endswith(ending) for form in self.forms)

    def form(self, ending: str) -> Form:
        """The form whose address ends so."""
        for form in self.forms:
            if form.action.endswith(ending):
                return form
        actions = [form.action for form in self.forms]
        raise AssertionError(f"no form …{ending} on {self.path} among {actions}: {self.text[:800]}")


class Person:
    """Somebody who has signed in with their name and uses pages and forms."""

    def __init__(self, service: RunningService, name: str) -> None:
        self.service = service
        self.name = name
        self.http = httpx2.AsyncClient(
            base_url=service.base_url,
            headers={"sec-fetch-site": "same-origin"},
            follow_redirects=True,
            trust_env=False,
            timeout=30,
        )

    async def get(self, path: str, status: int = 200) -> Page:
        """The page at a path of the service; signs in where that is asked for."""
        page = Page(await self.http.get(path))
        if page.path.startswith("/login"):
            page = await self.submit(page.form("/login"), username=self.name, password=PASSWORD)
        assert page.status == status, (page.path, page.status, page.text[:800])
        return page

    async def submit(self, form: Form, status: int = 200, **given: Given) -> Page:
        """Fill a form in and send it; the page that this leads to."""
        sent = urlencode(form.filled(given), doseq=True)
        headers = {"content-type": "application/x-www-form-urlencoded"}
        page = Page(await self.http.post(form.action, content=sent, headers=headers))
        assert page.status == status, (form.action, page.status, page.text[:800])
        return page

    async def case(self, code: str) -> Page:
        """The page of the case with this tracking code, found by searching for it."""
        start = await self.get("/search")
        found = await self.submit(start.form("/search"), q=code)
        assert urlsplit(found.path).path.startswith("/cases/"), found.text[:800]
        return found

    async def act(self, code: str, act: str, status: int = 200, **given: Given) -> Page:
        """Do one of the acts offered on the page of a case."""
        page = await self.case(code)
        return await self.submit(page.form(f"/{act}"), status, **given)

    async def close(self) -> None:
        await self.http.aclose()


async def close_all(people: Iterable[Person]) -> None:
    for person in people:
        await person.close()
