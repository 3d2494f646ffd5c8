"""``dialer operators``: the people who sign in at desks and wallboards."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Final

import typer

from dialer.cli import wording
from dialer.cli.console import (
    N_,
    JsonOption,
    _,
    actor,
    add_row,
    database,
    ngettext,
    note,
    out,
    print_json,
    progress,
    run_async,
    table,
)
from dialer.cli.seats import qr_text
from dialer.errors import InputError
from dialer.passwords import check_password, generate_password, hash_password
from dialer.recovery_codes import new_recovery_codes, recovery_digest
from dialer.store.operators import NewOperator, Operators, OperatorSeen, Role
from dialer.totp import key_uri, new_secret

app = typer.Typer(no_args_is_help=True, help=_("People who sign in on a seat"))

USERNAME: Final = re.compile(r"[a-z][a-z0-9._-]{1,39}")
ROLES: Final = {
    Role.OPERATOR: N_("role:operator"),
    Role.SUPERVISOR: N_("role:supervisor"),
    Role.ADMIN: N_("role:admin"),
    Role.WARROOM_READER: N_("role:war-room reader"),
    Role.WARROOM_EDITOR: N_("role:war-room editor"),
    Role.DISTRICT_HEAD: N_("role:district head"),
}
_HEADINGS: Final = (
    N_("operators:username"),
    N_("operators:name"),
    N_("operators:role"),
    N_("operators:seat"),
    N_("operators:second factor"),
    N_("operators:last seen"),
)
MOST_AT_ONCE: Final = 200

UsernameArgument = Annotated[
    str, typer.Argument(metavar="USERNAME", help=_("What the person signs in with."))
]
GenerateOption = Annotated[
    bool, typer.Option("--generate", help=_("Make a password and show it once, instead of asking for one."))
]
StdinOption = Annotated[
    bool, typer.Option("--password-stdin", help=_("Read the password from standard input, one line."))
]


@dataclass(frozen=True, slots=True)
class _Login:
    """A username and its password; ``shown``: it was generated, nobody else knows it yet."""

    username: str
    password: str
    shown: bool


@app.command(help=_("Make an operator, a supervisor or an admin; or many operators at once."))
def add(
    username: UsernameArgument,
    name: Annotated[
        str, typer.Option(metavar="TEXT", help=_("The person's name, as colleagues see it."))
    ] = "",
    role: Annotated[Role, typer.Option(help=_("What the person may do."))] = Role.OPERATOR,
    language: Annotated[str, typer.Option(metavar="hi|en", help=_("Language of the desk."))] = "hi",
    count: Annotated[
        int, typer.Option(min=1, max=MOST_AT_ONCE, help=_("Make USERNAME01, USERNAME02 ... so many."))
    ] = 1,
    generate: GenerateOption = False,
    password_stdin: StdinOption = False,
    as_json: JsonOption = False,
) -> None:
    if language not in ("hi", "en"):
        raise InputError(N_("--language {language}: choose hi or en"), language=language)
    names = _usernames(username, count)
    logins = _logins(names, generate or count > 1, password_stdin)
    people = _hashed(logins, name.strip(), role, language)

    async def work() -> None:
        async with database() as opened:
            await Operators(opened).add(people, actor(), time.time())

    run_async(work())
    _show_logins(logins, as_json, _("{username} may sign in now."))


@app.command("list", help=_("Show who may sign in, who sits where, and who was seen when."))
def list_(as_json: JsonOption = False) -> None:
    async def work() -> Sequence[OperatorSeen]:
        async with database() as opened:
            return await Operators(opened).all()

    people = run_async(work())
    if as_json:
        print_json([_as_json(one) for one in people])
        return
    if not people:
        note(_("Nobody may sign in yet; make one with `dialer operators add USERNAME`."))
        return
    shown = table(*(_word(heading) for heading in _HEADINGS), numbers=(3,))
    now = time.time()
    for one in people:
        person = one.operator
        last = wording.moment(one.last_seen_at, now) if person.active else _word(N_("operators:disabled"))
        style = None if person.active else "dim"
        told = person.username, person.name, role_word(person.role), one.seat, _factor(one)
        add_row(shown, *told, last, style=style)
    out.print(shown)


@app.command(help=_("Sign a person out everywhere and let in no more."))
def disable(username: UsernameArgument) -> None:
    _set_active(username, False)
    out.print(_("{username} is disabled; open desks close within seconds.").format(username=username))


@app.command(help=_("Let a disabled person sign in again."))
def enable(username: UsernameArgument) -> None:
    _set_active(username, True)
    out.print(_("{username} may sign in again.").format(username=username))


@app.command(help=_("Give a new password; whoever is signed in with the old one is signed out."))
def password(
    username: UsernameArgument,
    generate: GenerateOption = False,
    password_stdin: StdinOption = False,
    as_json: JsonOption = False,
) -> None:
    logins = _logins([username.lower()], generate, password_stdin)
    stored = hash_password(logins[0].password)

    async def work() -> None:
        async with database() as opened:
            await Operators(opened).set_password(username.lower(), stored, actor(), time.time())

    run_async(work())
    _show_logins(logins, as_json, _("{username} has a new password."))


@app.command("totp-on", help=_("Ask a supervisor or an admin for an app's code at every sign-in."))
def totp_on(username: UsernameArgument, as_json: JsonOption = False) -> None:
    secret, codes = new_secret(), new_recovery_codes()
    name = _set_totp(username, secret, codes)
    uri = key_uri(secret, name)
    if as_json:
        print_json({"username": name, "uri": uri, "recovery_codes": list(codes)})
        return
    words = _("{username} needs a code from now on. Scan this with an authenticator app:")
    out.print(words.format(username=name), markup=False)
    out.print(qr_text(uri), markup=False, highlight=False, no_wrap=True)
    out.print(uri, markup=False, soft_wrap=True)
    _show_codes(codes)
    note(_("The secret is shown this once and replaces an earlier one; open sign-ins end within seconds."))


@app.command("totp-codes", help=_("Make new recovery codes for when the app is lost; earlier ones end."))
def totp_codes(username: UsernameArgument, as_json: JsonOption = False) -> None:
    codes, name = new_recovery_codes(), username.lower()

    async def work() -> None:
        async with database() as opened:
            digests = [recovery_digest(code) for code in codes]
            await Operators(opened).set_recovery_codes(name, digests, actor(), time.time())

    run_async(work())
    if as_json:
        print_json({"username": name, "recovery_codes": list(codes)})
        return
    _show_codes(codes)


@app.command("totp-off", help=_("Ask no code of a supervisor or an admin any more."))
def totp_off(username: UsernameArgument) -> None:
    name = _set_totp(username, None, ())
    out.print(_("{username} signs in with the password alone.").format(username=name), markup=False)


def role_word(role: Role) -> str:
    """The role in words."""
    return _word(ROLES[role])


def _word(marked: str) -> str:
    """What stands before the colon tells translators where the word is read."""
    return _(marked).rpartition(":")[2]


def _set_active(username: str, active: bool) -> None:
    async def work() -> None:
        async with database() as opened:
            await Operators(opened).set_active(username.lower(), active, actor(), time.time())

    run_async(work())


def _set_totp(username: str, secret: str | None, codes: Sequence[str]) -> str:
    name, digests = username.lower(), [recovery_digest(code) for code in codes]

    async def work() -> None:
        async with database() as opened:
            await Operators(opened).set_totp(name, secret, actor(), time.time(), digests)

    run_async(work())
    return name


def _factor(one: OperatorSeen) -> str:
    if not one.has_totp:
        return "–"
    words = ngettext("app, {n} code left", "app, {n} codes left", one.codes_left)
    return words.format(n=one.codes_left)


def _show_codes(codes: Sequence[str]) -> None:
    out.print(_("Recovery codes; each signs in once instead of the app's code:"), markup=False)
    for pair in zip(codes[::2], codes[1::2], strict=True):
        out.print("  " + "   ".join(pair), markup=False, highlight=False)
    note(_("Print them and keep them locked away from the telephone; only their hashes are stored."))


def _usernames(username: str, count: int) -> list[str]:
    stem = username.strip().lower()
    names = [stem] if count == 1 else [f"{stem}{number:02d}" for number in range(1, count + 1)]
    if not all(USERNAME.fullmatch(one) for one in names):
        raise InputError(
            N_("username {username!r}: 2 to 40 of a-z, 0-9, dot, - and _, beginning with a letter"),
            username=username,
        )
    return names


def _logins(usernames: Sequence[str], generate: bool, from_stdin: bool) -> list[_Login]:
    if generate and from_stdin:
        raise InputError(N_("--generate and --password-stdin: choose one"))
    if generate:
        return [_Login(username, generate_password(), shown=True) for username in usernames]
    given = _read_line() if from_stdin else _ask(usernames[0])
    check_password(given, usernames[0])
    return [_Login(username, given, shown=False) for username in usernames]


def _read_line() -> str:
    return sys.stdin.readline().rstrip("\r\n")


def _ask(username: str) -> str:
    if not sys.stdin.isatty():
        raise InputError(N_("no terminal to ask for a password on; use --generate or --password-stdin"))
    words = _("Password for {username}").format(username=username)
    return str(typer.prompt(words, hide_input=True, confirmation_prompt=_("The same again"), err=True))


def _hashed(logins: Sequence[_Login], name: str, role: Role, language: str) -> list[NewOperator]:
    people = []
    with progress(_("Passwords")) as show:
        for number, login in enumerate(logins, start=1):
            stored = hash_password(login.password)
            people.append(NewOperator(login.username, name or login.username, role, stored, language))
            show(number / len(logins))
    return people


def _show_logins(logins: Sequence[_Login], as_json: bool, sentence: str) -> None:
    if as_json:
        known = [
            {"username": one.username, "password": one.password} if one.shown else {"username": one.username}
            for one in logins
        ]
        print_json(known)
        return
    for one in logins:
        out.print(sentence.format(username=one.username), markup=False)
    if logins[0].shown:
        shown = table(_word(N_("operators:username")), _word(N_("operators:password")))
        for one in logins:
            add_row(shown, one.username, one.password)
        out.print(shown)
        note(_("The passwords are shown this once; only their hashes are stored."))


def _as_json(one: OperatorSeen) -> dict[str, object]:
    person = one.operator
    return {
        "username": person.username,
        "name": person.name,
        "role": person.role.value,
        "language": person.language,
        "active": person.active,
        "seat": one.seat,
        "last_seen_at": one.last_seen_at,
        "totp": one.has_totp,
        "recovery_codes_left": one.codes_left,
        "created_at": person.created_at,
        "created_by": person.created_by,
    }
