"""Files into the war room and out of it: uploads, previews, imports, undo, borders, exports with a reason."""

from __future__ import annotations

import asyncio
import csv
import io
import os
import re
import secrets
import time
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import quote

from aiohttp import web
from pydantic import Field

from dialer.errors import InputError
from dialer.i18n import N_
from dialer.store.access import Access, AuditEntry, write_audit
from dialer.warroom.borders import take_borders
from dialer.warroom.duties import MOST_AT_ONCE
from dialer.warroom.imports import Imports, Preview, Wishes
from dialer.warroom.people import selected
from dialer.warroom.sheets import Kind
from dialer.warroom.tallies import day_of
from dialer.web.api.warroom import number_in, viewer
from dialer.web.api.warroom_change import Selected, Told, _says
from dialer.web.endpoint import WAR_ROOM_EDIT, Body, Call, Empty, Endpoint, Line, Reply
from dialer.web.problems import Problem
from dialer.web.warroom_differences import harmless
from dialer.web.warroom_page import Pages

LARGEST_FILE: Final = 50 * 1024 * 1024
KEPT_S: Final = 86_400.0
_TOKEN: Final = re.compile(r"[0-9a-f]{32}")


class Uploaded(Reply):
    """The upload's name for what follows."""

    upload: str


class UploadBody(Body):
    """An uploaded file."""

    upload: Annotated[str, Field(pattern=_TOKEN.pattern)]


class ImportBody(UploadBody):
    """How an uploaded file is to be taken in. ``columns``: field to heading, or to ``#3``."""

    kind: str
    file_name: Line = ""
    sheet: Line = ""
    source: Line = ""
    stated_on: Line = ""
    invented: bool = False
    columns: Annotated[dict[str, Line], Field(default_factory=dict, max_length=40)]
    retire_gone: bool = False


class Stored(Reply):
    """The number of the import, and what it did."""

    number: int
    counts: dict[str, int]


class Reason(Body):
    """Who is exported, and why; the reason is kept in the audit log."""

    selection: Selected
    reason: Annotated[Line, Field(min_length=10)]


def _folder(call: Call[Any]) -> Path:
    folder = call.parts.config.data / "warroom" / "uploads"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


async def upload(call: Call[Empty]) -> Uploaded:
    """Keep a file for a day, until it is taken in or not."""
    folder, token = _folder(call), secrets.token_hex(16)
    await asyncio.to_thread(_sweep, folder)
    file, size = folder / token, 0
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as out:
            async for chunk in call.request.content.iter_chunked(256 * 1024):
                size += len(chunk)
                if size > LARGEST_FILE:
                    raise Problem("too_large", limit=str(LARGEST_FILE))
                await asyncio.to_thread(out.write, chunk)
    except BaseException:
        file.unlink(missing_ok=True)
        raise
    return Uploaded(upload=token)


def _sweep(folder: Path) -> None:
    for file in folder.iterdir():
        if time.time() - file.stat().st_mtime > KEPT_S:
            file.unlink(missing_ok=True)


def _file(call: Call[Any], token: str) -> Path:
    file = _folder(call) / token
    if not _TOKEN.fullmatch(token) or not file.exists():
        raise InputError(N_("the file is not here any more; choose it again"))
    return file


async def _preview(call: Call[ImportBody]) -> tuple[Imports, Preview]:
    body = call.body
    if body.kind not in set(Kind):
        raise InputError(N_("{kind}: is no kind of file"), kind=body.kind)
    imports = Imports(call.parts.database, call.parts.config.data)
    wishes = Wishes(
        Kind(body.kind), body.columns, body.sheet or None, body.source, body.stated_on, body.invented
    )
    name = body.file_name or body.upload
    return imports, await imports.preview(_file(call, body.upload), wishes, name=name)


async def preview(call: Call[ImportBody]) -> web.Response:
    """What the file would do, as a part of the page."""
    _imports, found = await _preview(call)
    return web.Response(text=Pages(viewer(call)).preview(found), content_type="text/html")


async def differences(call: Call[ImportBody]) -> web.Response:
    """All that the file would do, as CSV."""
    _imports, found = await _preview(call)
    text = Pages(viewer(call)).differences(found)
    return web.Response(body=text.encode("utf-8-sig"), content_type="text/csv")


async def store(call: Call[ImportBody]) -> Stored:
    """Take all of it in, or nothing."""
    imports, found = await _preview(call)
    by, now = call.person.name, call.parts.clock()
    number = await imports.store(found, by, now, retire_gone=call.body.retire_gone)
    _file(call, call.body.upload).unlink(missing_ok=True)
    return Stored(number=number, counts=found.found.counts())


async def undo(call: Call[Empty]) -> Stored:
    """Take an import back."""
    number = number_in(call, "number")
    imports = Imports(call.parts.database, call.parts.config.data)
    counts = await imports.undo(number, call.person.name, call.parts.clock())
    return Stored(number=number, counts=dict(counts))


async def borders(call: Call[UploadBody]) -> Told:
    """The constituencies' borders for the map, from GeoJSON."""
    parts = call.parts
    file = _file(call, call.body.upload)
    count = await take_borders(
        parts.database, parts.config.data, file, call.person.name, parts.clock()
    )
    file.unlink(missing_ok=True)
    return Told(says=_says(call, N_("The map has {count} constituencies now."), count=count), count=count)


async def export(call: Call[Reason]) -> web.Response:
    """Selected people with telephones as CSV; who was exported, and why, is kept."""
    body, now = call.body, call.parts.clock()
    store_of = Access(call.parts.database)
    wanted = body.selection.selection()
    async with store_of.reading() as connection:
        rows = await connection.run_sync(selected, wanted, day_of(now), MOST_AT_ONCE + 1)
    is_cut, rows = len(rows) > MOST_AT_ONCE, rows[:MOST_AT_ONCE]
    detail: dict[str, Any] = {"reason": body.reason, "people": len(rows), "cut": is_cut}
    if wanted.ids:
        detail["ids"] = list(wanted.ids)
    numbers = sorted({each["constituency"] or 0 for each in rows}) if wanted.ids else [wanted.constituency]
    subject = "constituency " + ", ".join(map(str, numbers))
    entry = AuditEntry(now, call.person.name, "people export", subject, detail)
    await store_of.transact(lambda link: write_audit(link, entry))
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(_EXPORTED)
    for row in rows:
        writer.writerow([harmless(row[name], is_phone=name == "phone") for name in _EXPORTED.values()])
    headers = {}
    if is_cut:
        told = N_("Only the first {count} people are in the file; narrow the selection for the others.")
        headers["X-Told"] = quote(_says(call, told, count=MOST_AT_ONCE))
    return web.Response(body=text.getvalue().encode("utf-8-sig"), content_type="text/csv", headers=headers)


_EXPORTED: Final = {
    "name": "name", "phone": "phone", "post": "title", "constituency": "constituency", "place": "kind",
    "number": "number", "address": "address", "languages": "languages",
}  # fmt: skip
"""Heading to column."""

_FAULTS = ("not_found", "invalid", "refused", "store_busy")
ENDPOINTS = (
    Endpoint("POST", "/api/v1/warroom/uploads", upload, WAR_ROOM_EDIT, "Upload a file", "war room",
             reply=Uploaded, problems=("too_large",), notes="The body is the file itself, at most 50 MB."),
    Endpoint("POST", "/api/v1/warroom/imports/preview", preview, WAR_ROOM_EDIT, "What a file would do",
             "war room", body=ImportBody, problems=_FAULTS),
    Endpoint("POST", "/api/v1/warroom/imports/differences", differences, WAR_ROOM_EDIT,
             "All that a file would do, as CSV", "war room", body=ImportBody, problems=_FAULTS),
    Endpoint("POST", "/api/v1/warroom/imports", store, WAR_ROOM_EDIT, "Take a file in", "war room",
             body=ImportBody, reply=Stored, problems=_FAULTS),
    Endpoint("POST", "/api/v1/warroom/imports/{number}/undo", undo, WAR_ROOM_EDIT, "Take an import back",
             "war room", reply=Stored, problems=_FAULTS),
    Endpoint("POST", "/api/v1/warroom/map", borders, WAR_ROOM_EDIT, "Borders from GeoJSON", "war room",
             body=UploadBody, reply=Told, problems=_FAULTS),
    Endpoint("POST", "/api/v1/warroom/export", export, WAR_ROOM_EDIT, "People with telephones, as CSV",
             "war room", body=Reason, problems=_FAULTS),
)  # fmt: skip
