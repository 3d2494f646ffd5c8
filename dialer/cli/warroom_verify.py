"""``dialer warroom``: whether a report is what its office signed, and this office's own key."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from dialer.cli.console import N_, JsonOption, _, config, note, out, print_json, with_database
from dialer.cli.warroom import app
from dialer.daily.districts import Districts
from dialer.daily.keys import key_id, key_text, read_key, signing_key
from dialer.daily.signing import LARGEST, Signed, read_signed
from dialer.errors import InputError, SignatureWrong


@app.command(help=_("Check a signed report, and the files beside it; exit code 1 when one was changed."))
def verify(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=_("The report's .json file."))],
    key: Annotated[
        str, typer.Option("--key", metavar="KEY", help=_("The public key that must have signed it."))
    ] = "",
    as_json: JsonOption = False,
) -> None:
    signed = _read(file)
    report = signed.checked(read_key(key) if key else _known(signed))
    beside = {name: file.with_name(name) for name in signed.files if Path(name).name == name}
    found = {name: each.read_bytes() for name, each in beside.items() if each.is_file()}
    changed = signed.changed(found)
    missing = sorted(signed.files.keys() - found.keys())
    if as_json:
        print_json({"id": report.id, "district": report.district, "day": report.day, "key": signed.key_id,
                    "sha256": signed.digest, "files": sorted(found), "changed": changed,
                    "missing": missing})  # fmt: skip
    else:
        text = _("✔ {id}: the report is what key {key} signed.")
        out.print(text.format(id=report.id, key=signed.key_id), style="green", markup=False)
        for name in sorted(found.keys() - set(changed)):
            note(_("✔ {name}: unchanged").format(name=name))
        for name in missing:
            note(_("{name}: does not lie beside it").format(name=name))
    if changed:
        text = N_("{names}: changed after the report was signed")
        raise SignatureWrong(text, names=", ".join(changed))


@app.command("key", help=_("Print the public key of this office, by which others check its reports."))
def key_() -> None:
    out.print(key_text(signing_key(config().data).public_key()), markup=False, soft_wrap=True)


def _read(file: Path) -> Signed:
    try:
        with file.open("rb") as source:
            return read_signed(source.read(LARGEST + 1))
    except OSError as fault:
        raise InputError(N_("{file}: cannot be read: {why}"), file=file, why=fault.strerror) from fault
    except InputError as fault:
        text = N_("{file}: {reason}")
        raise InputError(text, file=file, reason=fault.in_words(_)) from fault


def _known(signed: Signed) -> Ed25519PublicKey:
    """The key that the report names, if it is our own or that of a district we know."""
    own = signing_key(config().data).public_key()
    if signed.key_id == key_id(own):
        return own
    found = with_database(lambda opened: Districts(opened).signer(signed.key_id))
    if found is not None and found[0] == signed.content.get("district"):
        return found[1]
    text = N_("{id}: signed with key {key}, which is not known here; give the office's public key with --key")
    raise SignatureWrong(text, id=signed.id[:80], key=signed.key_id[:16])
