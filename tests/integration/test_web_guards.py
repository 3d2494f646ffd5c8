"""What protects the API: every route asked without a right, wrong bodies, headers, tokens."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from aiohttp import ClientSession, web

from dialer.core.desk_events import CampaignsChanged
from dialer.web.api import ENDPOINTS, PUBLIC_PATHS
from dialer.web.app import add_endpoints, build_app
from dialer.web.endpoint import PUBLIC, Empty, Endpoint
from dialer.web.parts import PARTS
from tests.integration.desk_world import World, next_of, running_world

EXPECTED_PUBLIC = {
    ("POST", "/api/v1/session"),
    ("POST", "/api/v1/reports"),
    ("GET", "/health"),
    ("GET", "/api/v1/openapi.json"),
    ("GET", "/api/v1/docs"),
    ("GET", "/static/docs.css"),
    ("GET", "/"),
    ("GET", "/sign-in"),
    ("GET", "/desk"),
    ("GET", "/assets/texts.json"),
    ("GET", "/assets/{file}"),
}
_PARAMETER = re.compile(r"\{(?:seat|number|person|fact|post|change|report|day|name)(?::\\d\{1,\d\})?\}")


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with running_world(tmp_path) as running:
        yield running


def routes(world: World) -> Iterator[tuple[str, str]]:
    """Every method and path that the running server knows, parameters filled in."""
    for route in world.server.app.router.routes():
        resource = route.resource
        assert resource is not None
        yield route.method, resource.canonical


async def test_the_server_serves_nothing_but_the_endpoints(world: World) -> None:
    declared = {(one.method, re.sub(r"\{(\w+):.*\}", r"{\1}", one.path)) for one in ENDPOINTS}
    assert set(routes(world)) == declared


async def test_the_public_endpoints_are_those_that_are_meant(world: World) -> None:
    assert PUBLIC_PATHS == EXPECTED_PUBLIC
    assert {(one.method, one.path) for one in ENDPOINTS if one.access.public} == EXPECTED_PUBLIC


async def test_every_other_route_refuses_a_stranger(world: World) -> None:
    async with ClientSession() as stranger:
        for method, path in routes(world):
            if (method, path) in EXPECTED_PUBLIC:
                continue
            url = world.url + _PARAMETER.sub("1", path)
            # A proxy's header, so that the stranger is not taken for a program on this machine.
            headers = {"Origin": world.url, "X-Forwarded-For": "203.0.113.9"}
            async with stranger.request(method, url, json={}, headers=headers) as reply:
                assert reply.status == 401, f"{method} {path}"
                assert reply.content_type == "application/problem+json"


async def test_every_route_keeps_roles_apart(world: World) -> None:
    operator, guide = await world.seated("op01", 1), await world.seated("guide", 2)
    for endpoint in ENDPOINTS:
        if endpoint.access.public or endpoint.messages or endpoint.path == "/api/v1/session":
            continue
        path = _PARAMETER.sub("9", endpoint.path)
        for desk, role in ((operator, "operator"), (guide, "supervisor")):
            headers = {"X-CSRF-Token": desk.csrf, "Origin": world.url, "X-Forwarded-For": "203.0.113.9"}
            url = world.url + path
            async with desk.http.request(endpoint.method, url, json={}, headers=headers) as reply:
                is_allowed = role in {one.value for one in endpoint.access.roles}
                assert (reply.status != 403) is is_allowed, f"{endpoint.method} {path} as {role}"


async def test_a_public_endpoint_that_is_not_listed_is_refused(world: World) -> None:
    async def leak(_call: object) -> web.Response:
        return web.Response()

    app = build_app(world.config, world.engine, world.database)
    endpoint = Endpoint("GET", "/leak", leak, PUBLIC, "", "", body=Empty)
    with pytest.raises(ValueError, match="leak"):
        add_endpoints(app, app[PARTS], [endpoint])


async def test_a_request_without_the_csrf_token_changes_nothing(world: World) -> None:
    desk = await world.seated()
    for token in ("", "x" * 32, "\xff\xfe"):
        reply = await desk.post("/api/v1/desk/ready", {}, **{"X-CSRF-Token": token})
        assert reply.status == 403 and (await reply.json())["code"] == "csrf"


async def test_another_site_cannot_act_with_the_cookie_even_with_the_token(world: World) -> None:
    desk = await world.seated()
    reply = await desk.post("/api/v1/desk/ready", {}, Origin="https://evil.example")
    assert (await reply.json())["code"] == "foreign_origin"
    refused = await desk.http.post(
        f"{world.url}/api/v1/session",
        json={"username": "op01", "password": "x", "seat": 1},
        headers={"Origin": "https://evil.example"},
    )
    assert (await refused.json())["code"] == "foreign_origin"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"attempt_id": "a" + "0" * 24, "code": "informed", "extra": 1}, "extra"),
        ({"attempt_id": "a" + "0" * 24, "code": "nonsense"}, "code"),
        ({"attempt_id": "1; DROP TABLE attempt", "code": "informed"}, "attempt_id"),
        ({"attempt_id": "a" + "0" * 24, "code": "informed", "notes": "x" * 2001}, "notes"),
        ({"attempt_id": "a" + "0" * 24, "code": "informed", "notes": "a\x00b"}, "notes"),
        ({"attempt_id": "a" + "0" * 24, "code": "informed", "notes": "abc\u202egpj"}, "notes"),
        ({"attempt_id": "a" + "0" * 24, "code": "informed", "done": "yes"}, "done"),
        ({"code": "informed"}, "attempt_id"),
        ([1, 2], ""),
    ],
)
async def test_a_wrong_field_is_named_in_both_languages(world: World, body: object, field: str) -> None:
    desk = await world.seated()
    for language in ("hi", "en"):
        reply = await desk.post("/api/v1/desk/disposition", body, **{"Accept-Language": language})
        assert reply.status == 422 and reply.headers["Content-Language"] == language
        problem = await reply.json()
        assert [fault["field"] for fault in problem["fields"]] == [field]
        assert problem["fix"] and problem["title"] and problem["fields"][0]["message"]
        assert bool(re.search(r"[\u0900-\u097f]", problem["title"])) is (language == "hi")


NASTY: tuple[object, ...] = (
    None, True, -1, 2**70, 1.5, "", "x" * 10_000, "\u202e", "'; DROP TABLE operator; --", "../../etc/passwd",
    [], [None], {}, {"a": {"b": [1]}},
)  # fmt: skip


@pytest.mark.parametrize("path", sorted(one.path for one in ENDPOINTS if one.takes_body))
async def test_no_value_of_any_field_is_a_fault_of_ours(world: World, path: str) -> None:
    desk = await world.seated()
    endpoint = next(one for one in ENDPOINTS if one.path == path)
    good = {"attempt_id": "a" + "0" * 24, "username": "op01", "password": "x", "code": "informed"}
    for field in endpoint.body.model_fields:
        for value in NASTY:
            known = {key: text for key, text in good.items() if key in endpoint.body.model_fields}
            reply = await desk.post(path, {**known, field: value})
            assert reply.status < 500, (field, value)
            assert not world.engine.facts


async def test_what_is_no_json_is_refused(world: World) -> None:
    desk = await world.seated()
    headers = {"X-CSRF-Token": desk.csrf, "Origin": world.url}
    url = f"{world.url}/api/v1/desk/ready"
    for content_type, data, status in (
        ("text/plain", b"{}", 415),
        ("application/x-www-form-urlencoded", b"a=1", 415),
        ("application/json", b"{", 422),
        ("application/json", b'{"campaigns": null, "x": "\xff"}', 422),
        ("application/json", b"[" * 50_000, 422),
        ("application/json", b'{"campaigns": "' + b"x" * 70_000 + b'"}', 413),
    ):
        reply = await desk.http.post(url, data=data, headers={**headers, "Content-Type": content_type})
        assert reply.status == status, data[:20]
        assert reply.content_type == "application/problem+json"


async def test_unknown_paths_and_methods_are_problems_too(world: World) -> None:
    desk = world.desk()
    unknown = await desk.get("/api/v1/nothing", **{"Accept-Language": "en"})
    assert unknown.status == 404 and (await unknown.json())["code"] == "not_found"
    wrong = await desk.http.put(f"{world.url}/health")
    assert wrong.status == 405 and (await wrong.json())["code"] == "method_not_allowed"


async def test_every_reply_carries_the_security_headers(world: World) -> None:
    desk = await world.seated()
    for path in ("/api/v1/me", "/api/v1/docs", "/health", "/nothing", "/static/docs.css"):
        headers = (await desk.get(path)).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "unsafe-inline" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff" and headers["X-Frame-Options"] == "DENY"
        assert headers["Referrer-Policy"] == "no-referrer" and headers["Server"] == "Sampark"
        assert "Cache-Control" in headers


async def test_the_page_for_people_has_no_script_and_asks_no_other_server(world: World) -> None:
    page = await (await world.desk().get("/api/v1/docs")).text()
    assert "<script" not in page and "style=" not in page and "<style" not in page
    assert not re.findall(r"""(?:src|href)=["'](?:https?:)?//""", page)
    assert "POST" in page and "/api/v1/desk/disposition" in page and "problem-csrf" in page


async def test_the_command_line_uses_the_local_token(world: World) -> None:
    token = world.config.secret("cli")
    desk = world.desk()
    bearer = {"Authorization": f"Bearer {token}"}
    reply = await desk.http.post(f"{world.url}/api/v1/campaigns/changed", headers=bearer)
    assert reply.status == 202 and isinstance(world.engine.events[-1], CampaignsChanged)
    room = await (await desk.get("/api/v1/live", **bearer)).json()
    assert len(room["room"]["seats"]) == 36
    socket = await desk.http.ws_connect(f"{world.url}/api/v1/live/stream", headers=bearer)
    assert (await next_of(socket, "room"))["room"]["campaigns"][0]["name"] == "campaign 1"
    assert (await desk.get("/api/v1/desk/state", **bearer)).status == 403
    wrong = await desk.get("/api/v1/live", Authorization="Bearer " + "x" * 43)
    assert wrong.status == 401


async def test_a_supervisors_wallboard_shows_names_and_ends_with_the_sign_in(world: World) -> None:
    await world.seated("op01", 1)
    guide = world.desk()
    assert (await guide.sign_in("guide", None)).status == 201
    socket = await guide.open("/api/v1/live/stream")
    assert (await next_of(socket, "room"))["operators"] == {"1": "op01 नाम"}
    await guide.delete("/api/v1/session")
    await next_of(socket, "session_ended")


async def test_a_supervisor_signs_a_seat_out(world: World) -> None:
    operator = await world.seated("op01", 1)
    socket = await operator.open()
    guide = world.desk()
    await guide.sign_in("guide", None)
    assert (await guide.post("/api/v1/seats/1/sign-out")).status == 202
    assert (await next_of(socket, "session_ended"))["reason"] == "signed_out_by_supervisor"
    assert (await guide.post("/api/v1/seats/1/sign-out")).status == 404
    for missing in (99, 250):
        assert (await guide.post(f"/api/v1/seats/{missing}/sign-out")).status == 422


async def test_figures_are_for_this_machine_or_the_token_only(world: World) -> None:
    desk = await world.seated()
    figures = await (await desk.get("/metrics")).text()
    assert 'sampark_seats{state="paused"} 1.0' in figures and "sampark_http_requests_total" in figures
    proxied = {"X-Forwarded-For": "203.0.113.9"}
    assert (await world.desk().get("/metrics", **proxied)).status == 401
    assert (await desk.get("/metrics", **proxied)).status == 403
    token = {"Authorization": f"Bearer {world.config.secret('cli')}", **proxied}
    assert (await world.desk().get("/metrics", **token)).status == 200


async def test_health_tells_readiness_and_nothing_else(world: World) -> None:
    desk = world.desk()
    assert await (await desk.get("/health")).json() == {"status": "ready"}
    world.engine.ready = False
    reply = await desk.get("/health")
    assert reply.status == 503 and await reply.json() == {"status": "starting"}


async def test_the_document_describes_every_route_and_every_reference_exists(world: World) -> None:
    document = await (await world.desk().get("/api/v1/openapi.json")).json()
    assert document["openapi"].startswith("3.1")
    described = {(method.upper(), path) for path, all_ in document["paths"].items() for method in all_}
    assert described == set(routes(world))
    references = set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(document)))
    assert references <= set(document["components"]["schemas"])
    body = document["components"]["schemas"]["DispositionBody"]
    assert body["additionalProperties"] is False and "informed" in json.dumps(body)
    operations = [one["operationId"] for all_ in document["paths"].values() for one in all_.values()]
    assert len(operations) == len(set(operations))


async def test_a_fault_of_ours_tells_a_number_and_no_more(world: World) -> None:
    desk = await world.seated()

    def broken() -> None:
        raise RuntimeError("+919876543210 सीता")

    world.engine.snapshot = broken  # type: ignore[method-assign, assignment]
    reply = await desk.get("/api/v1/campaigns")
    assert reply.status == 500
    text = await reply.text()
    assert "9876543210" not in text and "सीता" not in text and "RuntimeError" not in text
