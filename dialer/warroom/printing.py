"""HTML to PDF in a process of its own: laying out a page takes a second that nobody else should wait for."""

from __future__ import annotations

import asyncio
import sys
from contextlib import nullcontext
from typing import Any, Final

from dialer.core.words import N_
from dialer.errors import SamparkError

LONGEST_S: Final = 60.0
SMALLER: Final = (7.6, 7.0, 6.4)
"""Sizes of letters, in points, that are tried until everything stands on one page."""
_at_once = asyncio.Semaphore(2)


async def pdf_of(html: str, one_page: bool = True) -> bytes:
    """One page, or as many as it takes; ``SamparkError`` when it cannot be made.

    Nothing is fetched from anywhere.
    """
    options = ("--one-page",) if one_page else ()
    # Reports come one at a time, and not always in the event loop that the cards are printed in.
    async with _at_once if one_page else nullcontext():
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "dialer.warroom.printing", *options, stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        try:
            made, said = await asyncio.wait_for(process.communicate(html.encode()), LONGEST_S)
        except BaseException:
            if process.returncode is None:
                process.kill()
                await process.wait()
            raise
    if process.returncode or not made.startswith(b"%PDF"):
        why = said.decode(errors="replace").strip().splitlines()[-1:] or ["?"]
        raise SamparkError(
            N_("the PDF could not be made ({why}); are pango and fonts-noto-core installed?"), why=why[0]
        )
    return made


def main() -> None:
    """HTML on standard input, PDF on standard output."""
    from weasyprint import CSS, HTML

    def refuse(url: str, *_others: object, **_named: object) -> dict[str, object]:
        raise ValueError(f"{url[:60]}: nothing is fetched")

    source = HTML(string=sys.stdin.buffer.read().decode(), url_fetcher=refuse)
    document = source.render()
    if "--one-page" in sys.argv:
        document = _on_one_page(document, source, CSS)
    sys.stdout.buffer.write(document.write_pdf())


def _on_one_page(document: Any, source: Any, style: Any) -> Any:
    """Smaller letters until it fits; what then still does not is cut off."""
    for size in SMALLER:
        if len(document.pages) == 1:
            break
        document = source.render(stylesheets=[style(string=f"body {{ font-size: {size}pt !important }}")])
    return document.copy(document.pages[:1])


if __name__ == "__main__":
    main()
