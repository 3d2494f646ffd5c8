"""The browser phone of a desk."""

from __future__ import annotations

from urllib.parse import urlsplit

from dialer.telephony.port import browser_endpoint
from dialer.web.endpoint import DESK, Call, Empty, Endpoint, Reply
from dialer.web.phones import socket_address


class SoftphoneAccount(Reply):
    """What the browser's phone signs in with at Asterisk's web socket ``ws_url``.

    An INVITE whose Call-Info header holds ``auto_answer`` is the seat's own leg: it is answered at once.
    """

    ws_url: str
    aor: str
    username: str
    password: str
    realm: str = "asterisk"
    auto_answer: str = "answer-after=0"


async def softphone(call: Call[Empty]) -> SoftphoneAccount:
    """The account of this sign-in; the same one until the sign-in ends or the daemon begins anew."""
    address = socket_address(call.parts.config.asterisk, call.request.host)
    username = browser_endpoint(call.seat)
    return SoftphoneAccount(
        ws_url=address,
        aor=f"sip:{username}@{urlsplit(address).netloc.rpartition(':')[0]}",
        username=username,
        password=await call.parts.phones.password(call.session, call.seat),
    )


ENDPOINTS = (
    Endpoint(
        "GET", "/api/v1/desk/softphone", softphone, DESK, "The browser phone's account", "desk",
        reply=SoftphoneAccount, problems=("phones_away",),
        notes="The password ends with the sign-in: Asterisk then answers REGISTER with 401. If it does that "
              "during a sign-in, the daemon has begun anew: ask again.",
    ),
)  # fmt: skip
