"""The pages of the front end: served to anybody, kept by browsers when their name says their content."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dialer.web import desk_page
from tests.integration.desk_world import World, running_world


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with running_world(tmp_path) as running:
        yield running


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A front end as the build leaves it."""
    dist = tmp_path / "dist"
    dist.mkdir()
    (dist / "index.html").write_text("<!doctype html><title>desk</title>")
    (dist / "main-ABCD2345.js").write_text("export {};")
    (tmp_path / "main-SECRET22.js").write_text("not the build's")
    monkeypatch.setattr(desk_page, "DIST", dist)
    return dist


async def test_the_server_s_name_alone_leads_to_the_desk(world: World) -> None:
    reply = await world.desk().http.get(world.url, allow_redirects=False)
    assert (reply.status, reply.headers["Location"]) == (303, "/desk")


@pytest.mark.parametrize("path", ["/desk", "/sign-in"])
async def test_the_page_is_asked_for_each_time(world: World, built: Path, path: str) -> None:
    reply = await world.desk().get(path)
    assert reply.status == 200 and reply.content_type == "text/html"
    assert reply.headers["Cache-Control"] == "no-cache"


async def test_a_built_file_is_kept_for_ever(world: World, built: Path) -> None:
    reply = await world.desk().get("/assets/main-ABCD2345.js")
    assert reply.status == 200 and reply.content_type == "text/javascript"
    assert "immutable" in reply.headers["Cache-Control"]
    assert reply.headers["Content-Encoding"] in ("gzip", "deflate")


@pytest.mark.parametrize(
    "name", ["main-ZZZZZZZZ.js", "index.html", "..%2fmain-SECRET22.js", "%2e%2e%2fmain-SECRET22.js", "x"]
)
async def test_no_other_file_is_served(world: World, built: Path, name: str) -> None:
    reply = await world.desk().get(f"/assets/{name}")
    assert reply.status == 404


async def test_a_front_end_that_was_not_built_says_how(world: World, built: Path) -> None:
    (built / "index.html").unlink()
    reply = await world.desk().get("/desk")
    assert reply.status == 503 and "make setup" in await reply.text()


async def test_the_texts_are_sent_in_hindi(world: World) -> None:
    reply = await world.desk().get("/assets/texts.json")
    texts = await reply.json()
    assert texts["Ready"] == "तैयार" and all(re.search("[\u0900-\u097f]", text) for text in texts.values())
