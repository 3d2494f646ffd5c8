"""What the office itself says in every campaign: who called, how to stop calls, which key was wrong.

``{office}`` and ``{callback}`` become the office's name and number from config.yaml.
"""

from __future__ import annotations

from collections.abc import Mapping

LANGUAGES = ("hi", "en")
"""Built in every office; what else it speaks, with the first survey in that language."""
SPOKEN = (*LANGUAGES, "hne")
"""All that the office speaks."""
PRESS_KEYS = {**{digit: digit for digit in "0123456789"}, "star": "*", "hash": "#"}

_KEY_NAMES = {
    "hi": {"star": "स्टार", "hash": "हैश"},
    "en": {"star": "star", "hash": "hash"},
    "hne": {"star": "स्टार", "hash": "हैश"},
}
_PRESS = {"hi": "{key} दबाएँ।", "en": "press {key}.", "hne": "{key} दबावव।"}

_TEXTS: Mapping[str, Mapping[str, str]] = {
    "abandoned": {
        "hi": "नमस्ते। यह फ़ोन {office} से है। माफ़ कीजिए, इस समय हमारे सभी साथी दूसरे लोगों से बात कर रहे हैं। "
              "आगे से हमारे फ़ोन न चाहें, तो 9 दबाएँ। हमसे बात करने के लिए {callback} पर फ़ोन कीजिए। धन्यवाद।",
        "en": "Namaste. This call is from the {office}. We are sorry, all our operators are busy just now. "
              "If you do not want our calls any more, press 9. To reach us, call {callback}. Thank you.",
        "hne": "जय जोहार। ए फोन {office} ले आय हे। माफी देहू, ए बेरा हमर जम्मो संगवारी दूसर मनखे मन ले गोठियावत हें। "
               "आगू हमर फोन नइ चाहत हव, त 9 दबावव। हमर ले गोठियाय बर {callback} म फोन करव। धन्यवाद।",
    },
    "opted_out": {
        "hi": "ठीक है। अब हमारी ओर से इस नंबर पर फ़ोन नहीं आएगा। धन्यवाद।",
        "en": "All right. We will not call this number again. Thank you.",
        "hne": "बने हे। अब हमर डहर ले ए नंबर म फोन नइ आवय। धन्यवाद।",
    },
    "apology": {
        "hi": "माफ़ कीजिए, किसी गड़बड़ी के कारण बात आगे नहीं हो पा रही है। "
              "आगे से हमारे फ़ोन न चाहें, तो 9 दबाएँ। नमस्ते।",
        "en": "We are sorry, because of a fault we cannot go on. "
              "If you do not want our calls any more, press 9. Goodbye.",
        "hne": "माफी देहू, कुछु गड़बड़ी के सेती गोठ आगू नइ बढ़ सकत हे। "
               "आगू हमर फोन नइ चाहत हव, त 9 दबावव। जोहार।",
    },
    "inbound": {
        "hi": "नमस्ते। आपने {office} को फ़ोन किया है। हम इस नंबर से लोगों को फ़ोन करके "
              "सरकारी योजनाओं की जानकारी देते हैं और उनकी राय पूछते हैं। आगे से हमारे फ़ोन न चाहें, तो 9 दबाएँ। धन्यवाद।",
        "en": "Namaste. You have called the {office}. From this number we call people to tell them of "
              "government schemes and to ask for their opinion. "
              "If you do not want our calls any more, press 9. Thank you.",
        "hne": "जय जोहार। तुमन {office} ल फोन करे हव। हमन ए नंबर ले मनखे मन ल फोन करके "
               "सरकारी योजना मन के जानकारी देथन अउ उंखर बिचार पूछथन। आगू हमर फोन नइ चाहत हव, त 9 दबावव। धन्यवाद।",
    },
    "inbound_menu": {
        "hi": "नमस्ते। आपने {office} को फ़ोन किया है। हमारे साथी से बात करने के लिए 1 दबाएँ। "
              "आगे से हमारे फ़ोन न चाहें, तो 9 दबाएँ।",
        "en": "Namaste. You have called the {office}. To speak with one of our operators, press 1. "
              "If you do not want our calls any more, press 9.",
        "hne": "जय जोहार। तुमन {office} ल फोन करे हव। हमर संगवारी ले गोठियाय बर 1 दबावव। "
               "आगू हमर फोन नइ चाहत हव, त 9 दबावव।",
    },
    "operator_wait": {
        "hi": "ठीक है। हम आपकी बात अपने एक साथी से करवा रहे हैं। कृपया लाइन पर बने रहिए।",
        "en": "All right. We are connecting you to one of our operators. Please stay on the line.",
        "hne": "बने हे। हमन तुंहर गोठ अपन एक संगवारी ले करावत हन। थोरकुन लाइन म रहव।",
    },
    "no_operator": {
        "hi": "माफ़ कीजिए, इस समय हमारा कोई साथी खाली नहीं है।",
        "en": "We are sorry, none of our operators is free just now.",
        "hne": "माफी देहू, ए बेरा हमर कोनो संगवारी खाली नइ हे।",
    },
    "wrong_key": {"hi": "यह बटन सही नहीं है।", "en": "That key does not fit.", "hne": "ए बटन सही नइ हे।"},
    "no_key": {
        "hi": "हमें आपका जवाब नहीं मिला।", "en": "We did not get your answer.",
        "hne": "हमला तुंहर जवाब नइ मिलिस।",
    },
    "goodbye": {
        "hi": "समय देने के लिए धन्यवाद। नमस्ते।", "en": "Thank you for your time. Goodbye.",
        "hne": "समय देय बर धन्यवाद। जोहार।",
    },
}  # fmt: skip


def system_texts(language: str) -> dict[str, str]:
    """Name -> text of every prompt of the office; a language it does not speak gets the Hindi ones."""
    spoken = language if language in SPOKEN else LANGUAGES[0]
    texts = {name: by_language[spoken] for name, by_language in _TEXTS.items()}
    for name in PRESS_KEYS:
        texts[f"press_{name}"] = _PRESS[spoken].format(key=_KEY_NAMES[spoken].get(name, name))
    return texts
