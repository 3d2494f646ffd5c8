"""``dialer warroom person``, ``give-post``, ``end-post``, ``take-back``: one person's posts and history."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from dialer.cli import warroom_person_view as view
from dialer.cli.console import N_, JsonOption, _, actor, note, print_json, with_database
from dialer.cli.warroom import app
from dialer.errors import InputError
from dialer.warroom.people import People
from dialer.warroom.posts import NewPost, Posts

Person = Annotated[int, typer.Argument(metavar="PERSON", help=_("As `dialer warroom people` shows it."))]
Source = Annotated[str, typer.Option(metavar="TEXT", help=_("Who says so."))]


@app.command(help=_("Show one person: posts, responsibilities, and every change with its number."))
def person(number: Person, as_json: JsonOption = False) -> None:
    story = with_database(lambda opened: People(opened).story(number, time.time()))
    if as_json:
        print_json(view.person_json(story))
    else:
        view.show_person(story)


@app.command("give-post", help=_("Give a person a post at a place."))
def give_post(
    number: Person,
    title: Annotated[str, typer.Argument(metavar="POST", help=_("What the post is called."))],
    place: Annotated[
        str, typer.Option("--at", metavar="KIND:NAME", help=_("Like booth:12, mandal:Patan, constituency."))
    ],
    source: Source,
    from_on: Annotated[str, typer.Option("--from", metavar="DAY", help=_("Since when."))] = "",
    to_on: Annotated[str, typer.Option("--until", metavar="DAY", help=_("Until when."))] = "",
    constituency: Annotated[
        int | None, typer.Option(metavar="NUMBER", help=_("Of the place, when not the person's own."))
    ] = None,
    as_json: JsonOption = False,
) -> None:
    kind, _colon, name = place.partition(":")
    if not kind.strip():
        raise InputError(N_("--at {place}: write KIND:NAME, like booth:12"), place=place)
    wanted = NewPost(title, kind.strip(), name, from_on, to_on, source, constituency)
    made = with_database(lambda opened: Posts(opened).give(number, wanted, actor(), time.time()))
    if as_json:
        print_json({"post": made})
    else:
        note(_("Post {number} is given.").format(number=made))


@app.command("end-post", help=_("Say that a post is not held any more."))
def end_post(
    post: Annotated[int, typer.Argument(metavar="POST", help=_("As `dialer warroom person` shows it."))],
    source: Source,
    on: Annotated[str, typer.Option(metavar="DAY", help=_("From which day; today without it."))] = "",
) -> None:
    with_database(lambda opened: Posts(opened).end(post, on, source, actor(), time.time()))
    note(_("Post {number} is ended.").format(number=post))


@app.command("take-back", help=_("Undo one change of a person or a post that was made by hand."))
def take_back(
    change: Annotated[int, typer.Argument(metavar="CHANGE", help=_("As `dialer warroom person` shows it."))],
) -> None:
    with_database(lambda opened: Posts(opened).take_back(change, actor(), time.time()))
    note(_("Change {number} is taken back.").format(number=change))
