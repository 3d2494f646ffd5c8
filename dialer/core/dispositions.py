"""What an operator may record of a talk, and why a seat may pause: fixed codes, labels in both languages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Label:
    """A code as it is stored, its words, and the key that chooses it at the desk."""

    code: str
    hi: str
    en: str
    key: str


DISPOSITIONS: Final = (
    Label("informed", "जानकारी दी गई", "Informed", "1"),
    Label("answered_survey", "सर्वेक्षण पूरा हुआ", "Survey answered", "2"),
    Label("call_back", "बाद में बात करें", "Call back later", "3"),
    Label("not_interested", "रुचि नहीं है", "Not interested", "4"),
    Label("wrong_person", "गलत व्यक्ति या नंबर", "Wrong person or number", "5"),
    Label("language", "भाषा समझ में नहीं आई", "Another language is needed", "6"),
    Label("complaint", "शिकायत दर्ज करनी है", "Complaint to pass on", "7"),
    Label("not_audible", "आवाज़ साफ़ नहीं थी", "Could not hear each other", "8"),
    Label("dropped", "बात के बीच में फ़ोन कटा", "Cut off in mid-call", "9"),
    Label("opted_out", "दोबारा फ़ोन न करें", "Does not want calls", "0"),
)
"""``opted_out`` only describes the talk; the number is suppressed by the opt-out itself."""

PAUSE_REASONS: Final = (
    Label("break", "छोटा विराम", "Short break", "1"),
    Label("meal", "भोजन", "Meal", "2"),
    Label("meeting", "बैठक या सलाह", "Meeting or coaching", "3"),
    Label("paperwork", "लिखा-पढ़ी", "Paperwork", "4"),
    Label("equipment", "फ़ोन या कम्प्यूटर की समस्या", "Phone or computer trouble", "5"),
    Label("other", "अन्य", "Other", "6"),
)

DESK_GONE: Final = Label("desk_gone", "डेस्क से सम्पर्क टूटा", "The desk lost its connection", "")
"""The pause that begins by itself when a ready operator's desk is heard of no more."""

SKIP_REASONS: Final = (
    Label("later", "आज बाद में", "Later today", "1"),
    Label("another_day", "किसी और दिन", "Another day", "2"),
    Label("unsuitable", "इस अभियान के लिए नहीं", "Not for this campaign", "3"),
)
"""Why an operator who sees a person first does not have them called."""
SKIPPED_FOR_S: Final = {"later": 2 * 3600.0, "another_day": 24 * 3600.0, "unsuitable": None}
"""For how long; None: the person leaves the campaign."""

DISPOSITION_CODES: Final = frozenset(label.code for label in DISPOSITIONS)
PAUSE_CODES: Final = frozenset(label.code for label in PAUSE_REASONS)
