"""Whatever a supervisor reads exists in Hindi."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dialer import catalogs, i18n
from dialer.errors import InputError

PLACEHOLDER = re.compile(r"\{(\w*)[^}]*\}")


def test_every_text_is_translated() -> None:
    assert catalogs.missing("hi") == {}


def test_a_translation_has_the_places_of_its_text() -> None:
    for message in catalogs.merged("hi"):
        originals = message.id if isinstance(message.id, tuple) else (message.id,)
        translated = message.string if isinstance(message.string, tuple) else (message.string,)
        allowed = {name for original in originals for name in PLACEHOLDER.findall(original)}
        for text in translated:
            assert set(PLACEHOLDER.findall(text)) <= allowed, message.id
            assert set(PLACEHOLDER.findall(text)) == set(PLACEHOLDER.findall(originals[0])), message.id


def test_a_text_is_said_in_the_selected_language(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGUAGE", "en")
    i18n.select_language("hi")
    try:
        assert i18n.translate("Rows read") == "पढ़ी गई पंक्तियाँ"
        assert i18n.ngettext("{count} warning", "{count} warnings", 2).format(count=2) == "2 चेतावनियाँ"
        assert i18n.translate("") == "" and i18n.translate("not in any catalog") == "not in any catalog"
    finally:
        i18n.select_language("en")
    assert i18n.translate("Rows read") == "Rows read"
    assert i18n.catalog("hi").gettext("Rows read") == "पढ़ी गई पंक्तियाँ"


def test_a_language_without_a_catalog_is_refused() -> None:
    with pytest.raises(ValueError, match="'fr' is not one of hi, en"):
        i18n.select_language("fr")


def test_two_files_must_not_say_one_text_differently(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "hi" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    monkeypatch.setattr(catalogs, "LOCALE_DIR", tmp_path)
    (folder / "a.po").write_text('msgid "seat"\nmsgstr "सीट"\n')
    (folder / "b.po").write_text('msgid "seat"\nmsgstr "सीट"\n\nmsgid "call"\nmsgstr "कॉल"\n')
    assert catalogs.build("hi").exists()
    (folder / "b.po").write_text('msgid "seat"\nmsgstr "कुर्सी"\n')
    with pytest.raises(InputError, match=r"another translation in a\.po"):
        catalogs.build("hi")
    assert sorted(file.name for file in folder.iterdir()) == ["a.po", "b.po", "sampark.mo"]


def test_the_front_end_is_sent_exactly_what_it_says() -> None:
    marked = re.compile(r'\b(?:_|N_)\(\s*"((?:[^"\\]|\\.)*)"')
    files = [*catalogs.SOURCES[1].rglob("*.ts"), *catalogs.SOURCES[1].rglob("*.tsx")]
    said = {text for file in files for text in marked.findall(file.read_text(encoding="utf-8"))}
    assert set(catalogs.texts_of("hi", "desk")) == said
