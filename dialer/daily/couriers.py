"""Who brings reports to whom: by HTTPS to a state instance, by e-mail to each recipient."""

from __future__ import annotations

import asyncio
import io
import json
import ssl
from email.message import EmailMessage
from email.utils import formatdate
from pathlib import Path
from typing import Any, Final, Protocol

import aiohttp
import aiosmtplib

from dialer.config import Config
from dialer.core.words import N_
from dialer.daily.outbox import Parcel
from dialer.daily.signing import read_signed, report_of
from dialer.daily.words import ReportWords
from dialer.errors import ConfigError, DeliveryFailed, DeliveryRefused
from dialer.i18n import LANGUAGES
from dialer.settings.reports import Mail, Push

DEADLINE_S: Final = 60.0
LARGEST_REPLY: Final = 64 * 1024
NO_ANSWER: Final = N_("{destination} does not answer: {why}")
NO_RECEIPT: Final = N_("{destination} answered, but not as a state instance does")
NOT_TAKEN: Final = N_("{destination} did not take it: {why}")
OPEN_SECRET: Final = N_("{file} can be read by others; `chmod 600` it")
UNREADABLE: Final = N_("{file}: cannot be read: {why}")
NO_CERTIFICATES: Final = N_("{file}: is no file of certificates")
NO_MAIL: Final = N_("{host}: {why}")
FAULTS: Final = (NO_ANSWER, NO_RECEIPT, NOT_TAKEN, OPEN_SECRET, UNREADABLE, NO_CERTIFICATES)
"""Why a report may not arrive, as the outbox keeps it; whoever shows it says it in the reader's language."""
_TRY_AGAIN: Final = frozenset({408, 425, 429})
"""Client errors that pass by themselves."""
_TYPES: Final = {
    ".pdf": ("application", "pdf"),
    ".xlsx": ("application", "vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}


class Courier(Protocol):
    """Brings parcels to one destination."""

    @property
    def destination(self) -> str:
        """Its name in the outbox."""

    async def deliver(self, parcel: Parcel) -> None:
        """Returns when the parcel is there; ``DeliveryFailed`` or ``DeliveryRefused`` when it is not."""


def couriers(config: Config) -> list[Courier]:
    """One for each destination of the settings."""
    reports = config.reports
    by_mail = [MailCourier(config, reports.mail, to) for to in reports.mail.to] if reports.mail else []
    return [*(HttpsCourier(config, each) for each in reports.push), *by_mail]


def destinations(config: Config) -> list[str]:
    """Where every report goes."""
    return [courier.destination for courier in couriers(config)]


class HttpsCourier:
    """POSTs the signed report; only a reply that names the report and its hash counts as a receipt."""

    def __init__(self, config: Config, push: Push) -> None:
        self.destination = push.url
        self._ca_file = config.base / push.ca_file if push.ca_file else None

    async def deliver(self, parcel: Parcel) -> None:
        """As ``Courier``."""
        timeout = aiohttp.ClientTimeout(total=DEADLINE_S)
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        try:
            context = await asyncio.to_thread(tls_context, self._ca_file)
            async with (
                aiohttp.ClientSession(timeout=timeout) as session,
                session.post(
                    self.destination, data=io.BytesIO(parcel.content), headers=headers, ssl=context,
                    allow_redirects=False,
                ) as reply,
            ):
                raw = await reply.content.read(LARGEST_REPLY)
        except (aiohttp.ClientError, TimeoutError, OSError) as fault:
            raise DeliveryFailed(NO_ANSWER, destination=self.destination, why=_why(fault)) from fault
        self._judge(parcel, reply.status, _object(raw))

    def _judge(self, parcel: Parcel, status: int, said: dict[str, Any]) -> None:
        if status in (200, 201):
            expected = {"id": parcel.report_id, "sha256": read_signed(parcel.content).digest}
            if {key: said.get(key) for key in expected} != expected:
                raise DeliveryFailed(NO_RECEIPT, destination=self.destination)
            return
        why = f"{status} {str(said.get('code', ''))[:60]} {str(said.get('detail') or '')[:160]}".strip()
        is_final = 400 <= status < 500 and status not in _TRY_AGAIN
        kind = DeliveryRefused if is_final else DeliveryFailed
        raise kind(NOT_TAKEN, destination=self.destination, why=why)


class MailCourier:
    """Sends the report with all its files to one address.

    A message keeps its Message-ID when it is sent again, so that one that arrived twice, because the answer
    to the first was lost, is seen to be one.
    """

    def __init__(self, config: Config, mail: Mail, to: str) -> None:
        self.destination = f"mail:{to}"
        self._mail, self._to, self._base = mail, to, config.base
        self._ca_file = config.base / mail.ca_file if mail.ca_file else None

    async def deliver(self, parcel: Parcel) -> None:
        """As ``Courier``."""
        mail = self._mail
        signed = read_signed(parcel.content)
        message = _message(parcel, signed.content, mail.sender, self._to, signed.digest)
        try:
            await aiosmtplib.send(
                message, sender=mail.sender, recipients=[self._to], hostname=mail.host, port=mail.port,
                username=mail.username or None, password=self._password(), timeout=DEADLINE_S,
                use_tls=mail.encryption == "tls", start_tls=mail.encryption == "starttls",
                tls_context=await asyncio.to_thread(tls_context, self._ca_file),
            )  # fmt: skip
        except aiosmtplib.SMTPException as fault:
            codes = [getattr(each, "code", 0) for each in (fault, *_recipients(fault))]
            kind = DeliveryRefused if any(code >= 500 for code in codes) else DeliveryFailed
            raise kind(NO_MAIL, host=mail.host, why=_why(fault)) from fault
        except (OSError, TimeoutError, ValueError) as fault:
            raise DeliveryFailed(NO_MAIL, host=mail.host, why=_why(fault)) from fault

    def _password(self) -> str | None:
        if self._mail.password_file is None:
            return None
        file = self._base / self._mail.password_file
        try:
            if file.stat().st_mode & 0o077:
                raise ConfigError(OPEN_SECRET, file=file)
            return file.read_text(encoding="utf-8").strip()
        except OSError as fault:
            raise ConfigError(UNREADABLE, file=file, why=fault.strerror) from fault


def tls_context(ca_file: Path | None) -> ssl.SSLContext:
    """Who answers must prove by certificate who it is; ``ConfigError`` for an unusable ``ca_file``."""
    try:
        context = ssl.create_default_context(cafile=ca_file)
    except OSError as fault:
        raise ConfigError(NO_CERTIFICATES, file=ca_file) from fault
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _message(parcel: Parcel, content: Any, sender: str, to: str, digest: str) -> EmailMessage:
    report = report_of(content)
    words = [ReportWords(report, language) for language in LANGUAGES]
    message = EmailMessage()
    message["From"], message["To"] = sender, to
    message["Subject"] = " / ".join(f"{each.title} {each.day}" for each in words) + f" · {words[0].office}"
    message["Date"] = formatdate(report.made_at, localtime=False)
    message["Message-ID"] = f"<{parcel.report_id}.{digest[:16]}@{sender.rpartition('@')[2]}>"
    message.set_content("\n\n".join(_summary(each) for each in words))
    message.add_attachment(
        parcel.content, maintype="application", subtype="json", filename=f"{report.id}.json"
    )
    for name, made in parcel.files.items():
        maintype, subtype = _TYPES[Path(name).suffix]
        message.add_attachment(made, maintype=maintype, subtype=subtype, filename=name)
    return message


def _summary(words: ReportWords) -> str:
    report = words.report
    lines = [f"{words.office}", f"{words.title} {words.day}, {words.area} ({words.made})", ""]
    for figure in report.section("calls"):
        lines.append(f"{words.measure(figure.measure)}: {words.value(figure.measure, figure.value)}")
    return "\n".join(lines)


def _recipients(fault: Exception) -> list[Any]:
    found = getattr(fault, "recipients", [])
    return list(found) if isinstance(found, list) else []


def _object(raw: bytes) -> dict[str, Any]:
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _why(fault: BaseException) -> str:
    return (str(fault) or type(fault).__name__)[:200]
