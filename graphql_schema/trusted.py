"""Trusted documents: asked for by their hash, and given to this deployment as files.

`documentId` is the GraphQL working group's proposal for persisted documents, `persistedQuery`
that of Apollo's clients. Nobody makes a document trusted by asking for it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from domain import trusted
from domain.trusted import NotTrustworthy
from graphql_schema import documents
from graphql_schema.errors import InvalidDocument, RequestRefused, coded
from graphql_schema.requests import Parameters


async def resolve(given: Parameters) -> Parameters:
    """The request with its query's text. Raises RequestRefused, InvalidDocument."""
    if given.query:
        return await _sent(given)
    assert given.hash is not None
    text = await trusted.text_of(given.hash)
    if text is None and given.by_apollo:
        # The message and the code by which Apollo's clients know to send the text.
        raise InvalidDocument(coded("PERSISTED_QUERY_NOT_FOUND", "PersistedQueryNotFound"))
    if text is None:
        raise InvalidDocument(coded("document_not_found", "no trusted document has this hash"))
    return replace(given, query=text)


async def _sent(given: Parameters) -> Parameters:
    hashed = trusted.hash_of(given.query)
    if given.hash not in (None, hashed):
        raise RequestRefused("invalid_request", "sha256Hash is not that of query")
    if trusted.only() and await trusted.text_of(hashed) is None:
        raise InvalidDocument(coded("document_not_trusted", "only trusted documents are executed"))
    return given


async def trust_files(paths: Iterable[Path]) -> list[str]:
    """Trust the documents of these files, all or none; their hashes. Raises NotTrustworthy."""
    texts = [text for path in paths for text in _read(path)]
    await trusted.trust(*texts)
    return [trusted.hash_of(text) for text in texts]


def _read(path: Path) -> list[str]:
    """The documents of a `.graphql` file or a manifest `{hash: text}`, checked like requests."""
    try:
        content = path.read_bytes().decode()
    except (OSError, UnicodeDecodeError) as error:
        raise NotTrustworthy(f"{path}: cannot be read as UTF-8: {error}") from None
    if path.suffix == ".json":
        return list(_manifest(path, content))
    _check(str(path), content)
    return [content]


def _manifest(path: Path, content: str) -> Iterator[str]:
    try:
        found = json.loads(content)
    except ValueError as error:
        raise NotTrustworthy(f"{path}: not JSON: {error}") from None
    if not isinstance(found, dict) or not all(isinstance(text, str) for text in found.values()):
        raise NotTrustworthy(f"{path}: a manifest is an object of texts by their hashes")
    for hashed, text in found.items():
        if hashed.removeprefix("sha256:") != trusted.hash_of(text):
            raise NotTrustworthy(f"{path}: {hashed} is not the SHA-256 of its text")
        _check(f"{path}: {hashed}", text)
        yield text


def _check(name: str, text: str) -> None:
    try:
        documents.prepare(text)
    except InvalidDocument as invalid:
        reasons = "; ".join(error.message for error in invalid.errors)
        raise NotTrustworthy(f"{name}: {reasons}") from None
