"""``dialer seats``: who sits where now, and the accounts of plain SIP phones."""

from __future__ import annotations

import ipaddress
import socket
import time
from dataclasses import dataclass
from typing import Annotated, Any, Final

import typer
from typer.core import TyperGroup

from dialer.cli import seat_checks, wording
from dialer.cli.console import (
    N_,
    JsonOption,
    _,
    actor,
    add_row,
    config,
    database,
    note,
    out,
    print_json,
    run_async,
    table,
)
from dialer.cli.daemon_client import DaemonClient
from dialer.config import Config
from dialer.core.dispositions import DESK_GONE, PAUSE_REASONS
from dialer.core.live import SeatLive, SeatState
from dialer.errors import DaemonAway, InputError
from dialer.i18n import current_language
from dialer.store.access import AuditEntry
from dialer.store.sessions import Sessions


class ListsAlone(TyperGroup):
    """``dialer seats`` alone, or with ``--json``, is ``dialer seats list``."""

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]
        return super().parse_args(ctx, args if args and args[0] != "--json" else ["list", *args])


app = typer.Typer(cls=ListsAlone, help=_("The operators' places and their phones"))

TRANSPORT: Final = "UDP"
_LIVE_HEADINGS: Final = (
    N_("seats:seat"),
    N_("seats:state"),
    N_("seats:since"),
    N_("seats:operator"),
    N_("seats:phone"),
    N_("seats:remark"),
)
_ACCOUNT_HEADINGS: Final = (
    N_("seats:seat"),
    N_("seats:user"),
    N_("seats:password"),
    N_("seats:server"),
    N_("seats:port"),
    N_("seats:transport"),
)

SeatsArgument = Annotated[list[int] | None, typer.Argument(metavar="[SEAT]...", help=_("Numbers of seats."))]


@dataclass(frozen=True, slots=True)
class Account:
    """What is typed into a plain SIP phone."""

    seat: int
    user: str
    password: str
    server: str
    port: int

    def uri(self) -> str:
        """The seat's address (RFC 3261 19.1). No password: the RFC advises against it."""
        host = f"[{self.server}]" if ":" in self.server else self.server
        return f"sip:{self.user}@{host}:{self.port};transport={TRANSPORT.lower()}"


@app.command("list", help=_("Show every seat: who sits there, what goes on, and whether the phone answers."))
def list_(as_json: JsonOption = False) -> None:
    settings = config()
    try:
        room = DaemonClient(settings).live()
    except DaemonAway as fault:
        _list_without_daemon(settings, fault, as_json)
        return
    if as_json:
        seats = [_seat_json(seat, room.operators) for seat in room.snapshot.seats]
        print_json({"daemon": True, "seats": seats})
        return
    shown = table(*(_word(heading) for heading in _LIVE_HEADINGS), numbers=(0,))
    now = time.time()
    for seat in room.snapshot.seats:
        operator = room.operators.get(seat.operator_id or 0, "")
        phone = _word(N_("seats:answers") if seat.reachable else N_("seats:away"))
        since = "" if seat.state is SeatState.SIGNED_OUT else wording.span(now - seat.since)
        style = "dim" if seat.state is SeatState.SIGNED_OUT else None
        word = wording.seat_word(seat.state)
        add_row(shown, seat.seat, word, since, operator, phone, _remark(seat), style=style)
    out.print(shown)


@app.command(help=_("Show the SIP accounts for plain phones; the audit log keeps that you looked."))
def accounts(
    seats: SeatsArgument = None,
    qr: Annotated[
        bool, typer.Option("--qr", help=_("Draw each SIP address, without its password, as a QR code."))
    ] = False,
    as_json: JsonOption = False,
) -> None:
    settings = config()
    chosen = _chosen(seats, settings)
    found = [_account(settings, seat) for seat in chosen]
    run_async(_note_look(chosen))
    if as_json:
        print_json([_account_json(one) for one in found])
        return
    shown = table(*(_word(heading) for heading in _ACCOUNT_HEADINGS), numbers=(0, 4))
    for one in found:
        add_row(shown, one.seat, one.user, one.password, one.server, one.port, TRANSPORT)
    out.print(shown)
    if qr:
        for one in found:
            out.print(_("seat {seat}").format(seat=one.seat), style="bold")
            out.print(qr_text(one.uri()), markup=False, highlight=False, no_wrap=True)
        note(
            _(
                "Any QR reader shows a code's address as text, without the password. We know of no softphone "
                "that makes an account of it; Linphone's own reader takes only the web address of a "
                "configuration. There, choose a third-party SIP account and type in the line of the table. "
                "The phone must be set to answer by itself."
            )
        )
    if _is_loopback(found[0].server):
        note(_("These accounts work on this machine only; set asterisk.bind to the address of the LAN."))


app.command("checks", help=_("Show who checked the phone today, and what was found."))(seat_checks.checks)


def qr_text(content: str) -> str:
    """A QR code of half blocks, dark on light, for a terminal."""
    import io

    import qrcode

    code = qrcode.QRCode(border=2)
    code.add_data(content)
    drawn = io.StringIO()
    code.print_ascii(out=drawn, invert=True)
    return drawn.getvalue().rstrip("\n")


def _list_without_daemon(settings: Config, fault: DaemonAway, as_json: bool) -> None:
    async def work() -> dict[int, str]:
        async with database() as opened:
            return {one.seat or 0: one.operator.name for one in await Sessions(opened).seated()}

    people = run_async(work())
    numbers = range(1, settings.seats + 1)
    if as_json:
        print_json(
            {"daemon": False, "seats": [{"seat": one, "operator": people.get(one, "")} for one in numbers]}
        )
        return
    shown = table(_word(N_("seats:seat")), _word(N_("seats:operator")), numbers=(0,))
    for one in numbers:
        add_row(shown, one, people.get(one, ""))
    out.print(shown)
    note(fault.in_words(_))


def _remark(seat: SeatLive) -> str:
    words = {label.code: label.hi if current_language() == "hi" else label.en for label in _REASONS}
    reason = words.get(seat.reason, seat.reason)
    if seat.asks_help:
        return _("help wanted")
    if seat.draining:
        return _("leaves after this call") if not reason else _("then: {reason}").format(reason=reason)
    return reason


def _word(marked: str) -> str:
    """What stands before the colon tells translators where the word is read."""
    return _(marked).rpartition(":")[2]


_REASONS: Final = (*PAUSE_REASONS, DESK_GONE)


def _seat_json(seat: SeatLive, operators: Any) -> dict[str, object]:
    return {
        "seat": seat.seat,
        "state": seat.state.value,
        "since": seat.since,
        "asks_help": seat.asks_help,
        "operator": operators.get(seat.operator_id or 0, ""),
        "reason": seat.reason,
        "draining": seat.draining,
        "phone_answers": seat.reachable,
        "campaigns": sorted(seat.campaigns),
    }


def _chosen(seats: list[int] | None, settings: Config) -> list[int]:
    for seat in seats or []:
        if not 1 <= seat <= settings.seats:
            raise InputError(N_("seat {seat}: the seats are 1 to {seats}"), seat=seat, seats=settings.seats)
    return seats or list(range(1, settings.seats + 1))


def _account(settings: Config, seat: int) -> Account:
    from dialer.telephony.asterisk import seat_name, seat_password

    server = _server(settings.asterisk.bind)
    return Account(seat, seat_name(seat), seat_password(settings, seat), server, settings.asterisk.sip_port)


def _server(bind: str) -> str:
    """The address phones reach us at: for "every address", the one this machine uses towards others."""
    if bind not in ("0.0.0.0", "::"):
        return bind
    family = socket.AF_INET if bind == "0.0.0.0" else socket.AF_INET6
    elsewhere = "192.0.2.1" if family is socket.AF_INET else "2001:db8::1"
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((elsewhere, 9))  # chooses a route; no packet is sent
            return str(probe.getsockname()[0])
        except OSError:
            return "127.0.0.1" if family is socket.AF_INET else "::1"


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


async def _note_look(seats: list[int]) -> None:
    subject = f"seat {seats[0]}" if len(seats) == 1 else f"{len(seats)} seats"
    async with database() as opened:
        await Sessions(opened).audit([AuditEntry(time.time(), actor(), "account show", subject)])


def _account_json(one: Account) -> dict[str, object]:
    return {
        "seat": one.seat,
        "user": one.user,
        "password": one.password,
        "server": one.server,
        "port": one.port,
        "transport": TRANSPORT,
        "uri": one.uri(),
    }
