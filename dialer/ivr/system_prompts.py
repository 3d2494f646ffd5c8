"""What the office itself says in every campaign: who called, how to stop calls, which key was wrong.

``{office}`` and ``{callback}`` become the office's name and number from config.yaml.
"""

from __future__ import annotations

from collections.abc import Mapping

LANGUAGES = ("hi", "en")
PRESS_KEYS = {**{digit: digit for digit in "0123456789"}, "star": "*", "hash": "#"}

_KEY_NAMES = {
    "hi": {"star": "स्टार", "hash": "हैश"},
    "en": {"star": "star", "hash": "hash"},
}
_PRESS = {"hi": "{key} दबाएँ।", "en": "press {key}."}

_TEXTS: Mapping[str, Mapping[str, str]] = {
    "abandoned": {
        "hi": "नमस्ते। यह फ़ोन {office} से है। माफ़ कीजिए, इस समय हमारे सभी साथी दूसरे लोगों से बात कर रहे हैं। "
              "आगे से हमारे फ़ोन न चाहें, तो 9 दबाएँ। हमसे बात करने के लिए {callback} पर फ़ोन कीजिए। धन्यवाद।",
        "en": "Namaste. This call is from the {office}. We are sorry, all our operators are busy just now. "
              "If you do not want our calls any more, press 9. To reach us, call {callback}. Thank you.",
    },
    "opted_out": {
        "hi": "ठीक है। अब हमारी ओर से इस नंबर पर फ़ोन नहीं आएगा। धन्यवाद।",
        "en": "All right. We will not call this number again. Thank you.",
    },
    "apology": {
        "hi": "माफ़ कीजिए, किसी गड़बड़ी के कारण बात आगे नहीं हो पा रही है। "
              "आगे से हमारे फ़ोन न चाहें, तो 9 दबाएँ। नमस्ते।",
        "en": "We are sorry, because of a fault we cannot go on. "
              "If you do not want our calls any more, press 9. Goodbye.",
    },
    "inbound": {
        "hi": "नमस्ते। आपने {office} को फ़ोन किया है। हम इस नंबर से लोगों को फ़ोन करके "
              "सरकारी योजनाओं की जानकारी देते हैं और उनकी राय पूछते हैं। आगे से हमारे फ़ोन न चाहें, तो 9 दबाएँ। धन्यवाद।",
        "en": "Namaste. You have called the {office}. From this number we call people to tell them of "
              "government schemes and to ask for their opinion. "
              "If you do not want our calls any more, press 9. Thank you.",
    },
    "wrong_key": {"hi": "यह बटन सही नहीं है।", "en": "That key does not fit."},
    "no_key": {"hi": "हमें आपका जवाब नहीं मिला।", "en": "We did not get your answer."},
    "goodbye": {"hi": "समय देने के लिए धन्यवाद। नमस्ते।", "en": "Thank you for your time. Goodbye."},
}  # fmt: skip


def system_texts(language: str) -> dict[str, str]:
    """Name -> text of every prompt of the office; a language it does not speak gets the Hindi ones."""
    spoken = language if language in LANGUAGES else LANGUAGES[0]
    texts = {name: by_language[spoken] for name, by_language in _TEXTS.items()}
    for name in PRESS_KEYS:
        texts[f"press_{name}"] = _PRESS[spoken].format(key=_KEY_NAMES[spoken].get(name, name))
    return texts
