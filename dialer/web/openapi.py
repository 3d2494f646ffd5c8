"""The API's description, OpenAPI 3.1, made from the very models that validate; and the same for people."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from pydantic import TypeAdapter

from dialer.i18n import catalog
from dialer.web.endpoint import Access, Endpoint
from dialer.web.gate import CSRF_HEADER
from dialer.web.page_templates import template
from dialer.web.problems import KINDS, ProblemDocument

HERE: Final = Path(__file__).parent
_PARAMETER: Final = re.compile(r"\{(\w+)(?::[^{}]*(?:\{[^{}]*\})?[^{}]*)?\}")


@cache
def document() -> dict[str, Any]:
    """The OpenAPI document as plain values."""
    from dialer.web.api import ENDPOINTS

    references, schemas = _schemas(ENDPOINTS)
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in ENDPOINTS:
        operation = _operation(endpoint, references)
        paths.setdefault(_path(endpoint), {})[endpoint.method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Sampark",
            "version": version("sampark"),
            "description": "What desk, wallboard and command line use. Times are UTC epoch seconds.",
        },
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "session": {"type": "apiKey", "in": "cookie", "name": "sampark"},
                "csrf": {"type": "apiKey", "in": "header", "name": CSRF_HEADER},
                "token": {"type": "http", "scheme": "bearer"},
            },
        },
    }


def document_text() -> str:
    """The document as JSON."""
    return _document_text()


@cache
def _document_text() -> str:
    return json.dumps(document(), ensure_ascii=False)


@cache
def page_text() -> str:
    """The document as an HTML page without scripts."""
    hindi = catalog("hi").gettext
    problems = sorted(KINDS.items(), key=lambda item: (item[1].status, item[0]))
    page = template("docs.html")
    return page.render(api=document(), problems=problems, hindi=hindi, as_json=_as_json)


@cache
def style_text() -> str:
    """The page's style sheet."""
    return (HERE / "static" / "docs.css").read_text(encoding="utf-8")


def _as_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)


def _path(endpoint: Endpoint) -> str:
    return _PARAMETER.sub(r"{\1}", endpoint.path)


def _types(endpoint: Endpoint) -> Iterable[tuple[Any, str]]:
    if endpoint.takes_body:
        yield endpoint.body, "validation"
    if endpoint.reply is not None:
        yield endpoint.reply, "serialization"
    for message in endpoint.messages.values():
        yield message, "serialization"


def _schemas(endpoints: Iterable[Endpoint]) -> tuple[dict[Any, dict[str, Any]], dict[str, Any]]:
    wanted = {kind: mode for endpoint in endpoints for kind, mode in _types(endpoint)}
    wanted[ProblemDocument] = "serialization"
    inputs = [(kind, mode, TypeAdapter(kind)) for kind, mode in wanted.items()]
    references, definitions = TypeAdapter.json_schemas(
        inputs,  # type: ignore[arg-type]
        ref_template="#/components/schemas/{model}",
    )
    by_type = {kind: reference for (kind, _mode), reference in references.items()}
    return by_type, definitions["$defs"]


def _operation(endpoint: Endpoint, references: dict[Any, dict[str, Any]]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": f"{endpoint.method.lower()}_{re.sub(r'[^a-z0-9]+', '_', _path(endpoint)).strip('_')}",
        "summary": endpoint.summary,
        "description": " ".join(filter(None, (_who(endpoint.access), endpoint.notes))),
        "tags": [endpoint.tag],
        "security": _security(endpoint),
        "responses": _responses(endpoint, references),
    }
    if found := list(_PARAMETER.finditer(endpoint.path)):
        operation["parameters"] = [
            {"name": one[1], "in": "path", "required": True, "schema": _parameter_schema(one[0])}
            for one in found
        ]
    if endpoint.takes_body:
        content = {"application/json": {"schema": references[endpoint.body]}}
        operation["requestBody"] = {"required": True, "content": content}
    if endpoint.messages:
        operation["x-websocket-messages"] = {
            name: references[kind] for name, kind in endpoint.messages.items()
        }
    return operation


def _parameter_schema(parameter: str) -> dict[str, str]:
    return {"type": "integer" if r"\d" in parameter else "string"}


def _who(access: Access) -> str:
    if access.public:
        return "For everybody."
    words = ", ".join(sorted(role.value for role in access.roles)) or "nobody"
    if access.seat:
        words += " on a seat"
    if access.local:
        words = "programs on this machine"
    return f"For: {words}{', or the local token' if access.token else ''}."


def _security(endpoint: Endpoint) -> list[dict[str, list[str]]]:
    access = endpoint.access
    if access.public:
        return []
    ways: list[dict[str, list[str]]] = []
    if access.local:
        ways.append({})
    if access.roles:
        ways.append({"session": []} if endpoint.method == "GET" else {"session": [], "csrf": []})
    if access.token:
        ways.append({"token": []})
    return ways


def _responses(endpoint: Endpoint, references: dict[Any, dict[str, Any]]) -> dict[str, Any]:
    success: dict[str, Any] = {"description": "Switched to a WebSocket" if endpoint.messages else "Done"}
    if endpoint.reply is not None:
        success["content"] = {"application/json": {"schema": references[endpoint.reply]}}
    responses: dict[str, Any] = {str(endpoint.status): success}
    by_status: dict[int, list[str]] = {}
    for code in dict.fromkeys((*_common(endpoint), *endpoint.problems)):
        by_status.setdefault(KINDS[code].status, []).append(code)
    for status, codes in sorted(by_status.items()):
        responses[str(status)] = {
            "description": ", ".join(codes),
            "content": {"application/problem+json": {"schema": references[ProblemDocument]}},
        }
    return responses


def _common(endpoint: Endpoint) -> Iterable[str]:
    if not endpoint.access.public:
        yield from ("not_signed_in", "not_allowed")
        if endpoint.access.seat:
            yield "seat_needed"
        if endpoint.method != "GET":
            yield from ("csrf", "foreign_origin")
    if endpoint.takes_body:
        yield from ("not_json", "too_large", "invalid", "slow_request")
    yield "internal"
    if endpoint.tag != "system":
        yield "store_busy"
