"""The war room changed in place: facts, people, responsibilities, notes, campaigns to its people."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from dialer.i18n import N_, catalog
from dialer.warroom.acting import CallWish, call_people
from dialer.warroom.duties import Duties, Duty
from dialer.warroom.facts import Facts
from dialer.warroom.people import People, Selection
from dialer.warroom.posts import NewPost, Posts
from dialer.web.api.replies import Saved
from dialer.web.api.warroom import language, number_in
from dialer.web.endpoint import WAR_ROOM_CALL, WAR_ROOM_EDIT, Body, Call, Empty, Endpoint, Line, Notes, Reply

Ids = Annotated[list[Annotated[int, Field(ge=1)]], Field(max_length=5000)]


class Selected(Body):
    """Which people: those in ``ids``, else all of the constituency whom the rest selects."""

    constituency: int
    name: Line = ""
    booth: Line = ""
    booth_workers: bool = False
    open_only: bool = False
    ids: Ids = Field(default_factory=list)

    def selection(self) -> Selection:
        """For the rooms behind."""
        return Selection(
            self.constituency, self.booth, self.name, self.open_only, self.booth_workers, tuple(self.ids)
        )


class Why(Body):
    """The reason for a choice."""

    why: Line


class Correction(Body):
    """A new value and where it comes from."""

    value: Annotated[Line, Field(min_length=1)]
    source: Annotated[Line, Field(min_length=1)]


class PersonChange(Body):
    """Fields of a person to their new values: name, other_name, phone, address, languages."""

    values: Annotated[dict[str, Line], Field(max_length=5)]
    source: Annotated[Line, Field(min_length=1)]


class Merge(Body):
    """Two entries of one person: what the second has goes to the first."""

    keep: int
    gone: int


class PostBody(Body):
    """A post to be given. ``place``: a booth's number or another place's name; days may be empty."""

    title: Annotated[Line, Field(min_length=1)]
    kind: Line
    place: Line = ""
    from_on: Line = ""
    to_on: Line = ""
    source: Annotated[Line, Field(min_length=1)]


class PostEnd(Body):
    """From which day a post is not held any more (today when empty), and who says so."""

    on: Line = ""
    source: Annotated[Line, Field(min_length=1)]


class Assignment(Body):
    """A responsibility for many."""

    selection: Selected
    what: Line
    due: Line = ""
    given_by: Line = ""


class Finished(Body):
    """Responsibilities that are done or withdrawn."""

    ids: Ids
    withdrawn: bool = False


class NewNote(Body):
    """A note on a constituency."""

    constituency: int
    text: Notes


class CampaignBody(Body):
    """A campaign to selected people. ``confirm``: a message with a keypad question about the one
    responsibility ``what``, else operators.
    """

    selection: Selected
    name: Annotated[Line, Field(min_length=1, max_length=80)]
    purpose: Line
    consent: Line
    confirm: bool
    what: Line = ""
    survey: Line = ""
    trunk: Line = ""


class Reached(Reply):
    """Telephone (E.164) and address of one person."""

    phone: str
    address: str


class Told(Reply):
    """What was done, in words, and how many it concerns."""

    says: str
    count: int


def _says(call: Call[Any], text: str, **values: object) -> str:
    return catalog(language(call)).gettext(text).format(**values)


def _who(call: Call[Any]) -> tuple[str, float]:
    return call.person.name, call.parts.clock()


async def prefer(call: Call[Why]) -> Saved:
    """Take this source's statement."""
    by, now = _who(call)
    await Facts(call.parts.database).prefer(number_in(call, "fact"), call.body.why, by, now)
    return Saved(at=now)


async def correct(call: Call[Correction]) -> Saved:
    """A new value beside the old one."""
    by, now = _who(call)
    body = call.body
    await Facts(call.parts.database).correct(number_in(call, "fact"), body.value, body.source, by, now)
    return Saved(at=now)


async def reveal(call: Call[Empty]) -> Reached:
    """Telephone and address; written down first."""
    phone, address = await People(call.parts.database).reveal(number_in(call, "person"), *_who(call))
    return Reached(phone=phone, address=address)


async def change_person(call: Call[PersonChange]) -> Saved:
    """Correct a person's fields."""
    by, now = _who(call)
    people = People(call.parts.database)
    await people.change(number_in(call, "person"), call.body.values, call.body.source, by, now)
    return Saved(at=now)


async def give_post(call: Call[PostBody]) -> Saved:
    """Give a person a post."""
    (by, now), body = _who(call), call.body
    wanted = NewPost(body.title, body.kind, body.place, body.from_on, body.to_on, body.source)
    await Posts(call.parts.database).give(number_in(call, "person"), wanted, by, now)
    return Saved(at=now)


async def end_post(call: Call[PostEnd]) -> Saved:
    """End a post."""
    by, now = _who(call)
    posts = Posts(call.parts.database)
    await posts.end(number_in(call, "post"), call.body.on, call.body.source, by, now)
    return Saved(at=now)


async def take_back(call: Call[Empty]) -> Saved:
    """Undo one change of a person or a post."""
    by, now = _who(call)
    await Posts(call.parts.database).take_back(number_in(call, "change"), by, now)
    return Saved(at=now)


async def merge(call: Call[Merge]) -> Saved:
    """Two entries become one."""
    by, now = _who(call)
    await People(call.parts.database).merge(call.body.keep, call.body.gone, by, now)
    return Saved(at=now)


async def assign(call: Call[Assignment]) -> Told:
    """Give a responsibility to many."""
    body, (by, now) = call.body, _who(call)
    duty = Duty(body.what, body.given_by, body.due)
    ids = await Duties(call.parts.database).assign(body.selection.selection(), duty, by, now)
    says = _says(call, N_("{count} people have it now."), count=len(ids))
    return Told(says=says, count=len(ids))


async def finish(call: Call[Finished]) -> Told:
    """Responsibilities are done."""
    by, now = _who(call)
    duties = Duties(call.parts.database)
    count = await duties.finish(call.body.ids, by, now, withdrawn=call.body.withdrawn)
    return Told(says=_says(call, N_("{count} responsibilities are closed."), count=count), count=count)


async def note(call: Call[NewNote]) -> Saved:
    """Write a note down."""
    by, now = _who(call)
    await Duties(call.parts.database).note(call.body.constituency, call.body.text, by, now)
    return Saved(at=now)


async def campaign(call: Call[CampaignBody]) -> Told:
    """A draft that a supervisor starts like any other."""
    body, (by, now) = call.body, _who(call)
    wish = CallWish(body.name, body.purpose, body.consent, body.confirm, body.survey, body.trunk, body.what)
    parts = call.parts
    made = await call_people(parts.config, parts.database, body.selection.selection(), wish, by, now)
    text = N_(
        "Campaign {name} is a draft with {queued} people; {missing} have no telephone, {sharing} share one. "
        "A supervisor starts it with `dialer campaign start {name}`."
    )
    name = made.record.campaign.name
    counts = {"queued": made.queued, "missing": made.without_phone, "sharing": made.sharing}
    says = _says(call, text, name=name, **counts)
    return Told(says=says, count=made.queued)


_FAULTS = ("not_found", "invalid", "refused", "store_busy")
_EDITS = (
    ("/facts/{fact}/prefer", prefer, Why, Saved, "Prefer a source's statement"),
    ("/facts/{fact}/correct", correct, Correction, Saved, "State a new value with its source"),
    ("/people/merge", merge, Merge, Saved, "Make one person of two entries"),
    ("/people/{person}/reveal", reveal, Empty, Reached, "Telephone and address, written down"),
    ("/people/{person}", change_person, PersonChange, Saved, "Correct a person"),
    ("/people/{person}/posts", give_post, PostBody, Saved, "Give a person a post"),
    ("/posts/{post}/end", end_post, PostEnd, Saved, "End a post"),
    ("/changes/{change}/undo", take_back, Empty, Saved, "Undo one change of a person or a post"),
    ("/responsibilities", assign, Assignment, Told, "Give a responsibility to many"),
    ("/responsibilities/finish", finish, Finished, Told, "Responsibilities are done"),
    ("/notes", note, NewNote, Saved, "Write a note down"),
)
ENDPOINTS = (
    *(Endpoint("POST", f"/api/v1/warroom{path}", handler, WAR_ROOM_EDIT, summary, "war room", body=body,
               reply=reply, problems=_FAULTS) for path, handler, body, reply, summary in _EDITS),
    Endpoint("POST", "/api/v1/warroom/campaigns", campaign, WAR_ROOM_CALL, "A campaign to selected people",
             "war room", body=CampaignBody, reply=Told, problems=_FAULTS),
)  # fmt: skip
