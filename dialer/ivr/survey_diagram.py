"""A survey as a picture, drawn from its data: Mermaid text for documents, SVG for everybody else."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from html import escape

from dialer.core.survey_model import END, SKIP, Condition, Kind, Node, Survey
from dialer.i18n import N_, catalog

WIDTH, HEIGHT, GAP_X, GAP_Y = 240, 128, 60, 70
LINE = 30
"""Characters in a line of a box; Devanagari is wider than it counts."""
SMALL_LINE = 48
"""Of the smaller lines at its foot."""

_COLOURS = {
    Kind.INFO: "#e8eef7",
    Kind.SHUFFLE: "#efe6f5",
    Kind.MENU: "#fdf1dc",
    Kind.LANGUAGE: "#e5f3f0",
}
_QUESTION = "#fff7e0"
_ROLES = {
    "repeat": N_("hear it again"),
    "back": N_("question before"),
    "opt_out": N_("no more calls"),
    "operator": N_("an operator"),
}


@dataclass(frozen=True, slots=True)
class Edge:
    """A way from one node to another. ``label``: when it is taken; empty: always, or else."""

    origin: str
    target: str
    label: str


def edges(survey: Survey) -> list[Edge]:
    """Every way through a survey."""
    found = []
    for node in survey.nodes.values():
        found += [Edge(node.name, member, "") for member in node.members]
        found += [Edge(node.name, option.go, option.value) for option in node.options if option.go]
        if node.kind is not Kind.MENU:
            found += [Edge(node.name, rule.go, _when(node, rule.when)) for rule in node.next]
    return found


def _when(node: Node, conditions: tuple[Condition, ...]) -> str:
    return ", ".join(_condition(node, condition) for condition in conditions)


def _condition(node: Node, condition: Condition) -> str:
    subject = "" if condition.subject == node.name else f"{condition.subject} "
    if condition.one_of:
        return subject + "/".join(sorted(condition.one_of))
    low = "" if condition.minimum is None else f"≥ {condition.minimum:g}"
    high = "" if condition.maximum is None else f"≤ {condition.maximum:g}"
    return subject + " ".join(filter(None, (low, high)))


def _remarks(node: Node, language: str) -> list[str]:
    """When a node is passed by, and what silence does there."""
    text, remarks = catalog(language).gettext, []
    if node.skip_when:
        remarks.append(text(N_("passed by: {when}")).format(when=_when(node, node.skip_when)))
    if node.known:
        remarks.append(text(N_("not asked if known: {attribute}")).format(attribute=node.known))
    if node.kind.waits:
        meaning = {SKIP: text(N_("left open")), END: text(N_("goodbye"))}.get(node.no_answer, node.no_answer)
        words = text(N_("no key, asked {times}×: {meaning}"))
        remarks.append(words.format(times=node.asks, meaning=meaning))
    return remarks


def _legend(survey: Survey, language: str) -> list[str]:
    """The keys that work at every question."""
    text = catalog(language).gettext
    keys = [f"{key}: {text(_ROLES[role])}" for key, role in survey.keys.named().items()]
    return [text(N_("Keys at every question")), *keys]


def mermaid(survey: Survey, language: str) -> str:
    """A Mermaid flowchart."""
    shapes = {Kind.INFO: "[{}]", Kind.SHUFFLE: "{{{{{}}}}}"}
    lines = ["flowchart TD"]
    for node in survey.nodes.values():
        text = _in_mermaid([node.name, _short(node, language), *_remarks(node, language)])
        lines.append(f"  n_{node.name}" + shapes.get(node.kind, "([{}])").format(text))
    lines.append("  n_end((end))")
    lines.append(f"  legend[{_in_mermaid(_legend(survey, language))}]")
    for edge in edges(survey):
        label = f'|"{edge.label}"|' if edge.label else ""
        lines.append(f"  n_{edge.origin} -->{label} n_{edge.target}")
    return "\n".join(lines)


def _in_mermaid(lines: list[str]) -> str:
    return '"' + "<br/>".join(lines).replace('"', "'").replace("#", "＃") + '"'


def _short(node: Node, language: str) -> str:
    text = node.say.get(language, ", ".join(node.members))
    return text if len(text) <= 2 * LINE else text[: 2 * LINE - 1] + "…"


# --- SVG ------------------------------------------------------------------------------------------------


def svg(survey: Survey, language: str) -> str:
    """A picture of its own: each node below all that lead to it, ways back to the left in dashes."""
    ways = edges(survey)
    level = _levels(survey, ways)
    places = _places(level)
    width = max(x for x, _y in places.values()) + WIDTH + GAP_X
    legend = _legend(survey, language)
    below = max(y for _x, y in places.values()) + HEIGHT
    height = below + 18 * len(legend) + GAP_Y // 2
    parts = [_line(edge, places, level) for edge in ways]
    parts += [_box(node, places[node.name], language) for node in survey.nodes.values()]
    parts.append(_end(places[END]))
    parts += [
        f'<text class="legend" x="{GAP_X}" y="{below + 18 * at}">{escape(line)}</text>'
        for at, line in enumerate(legend)
    ]
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" font-family="Noto Sans, Noto Sans Devanagari, sans-serif" font-size="13">'
    )
    arrow = (
        '<defs><marker id="a" markerWidth="9" markerHeight="9" refX="8" refY="4.5" orient="auto">'
        '<path d="M0,0 L9,4.5 L0,9 z" fill="#555"/></marker></defs>'
    )
    title = f"<title>{escape(survey.title.get(language, survey.name))}</title>"
    background = f'<rect width="{width}" height="{height}" fill="white"/>'
    return "\n".join([head, title, arrow, background, *parts, "</svg>"])


def _levels(survey: Survey, ways: list[Edge]) -> dict[str, int]:
    """The longest way to each node, ways back not counted; the end is below everything."""
    after: dict[str, list[str]] = defaultdict(list)
    for edge in ways:
        after[edge.origin].append(edge.target)
    level = {survey.start: 0}

    def place(name: str, above: tuple[str, ...]) -> None:
        for target in after[name]:
            if target in above or level.get(target, -1) > level[name]:
                continue
            level[target] = level[name] + 1
            place(target, (*above, target))

    place(survey.start, (survey.start,))
    level[END] = max(level.values()) + (level.get(END, 0) < max(level.values()))
    return level


def _places(level: dict[str, int]) -> dict[str, tuple[int, int]]:
    columns: dict[int, int] = defaultdict(int)
    places = {}
    for name, row in level.items():
        places[name] = (GAP_X + columns[row] * (WIDTH + GAP_X), GAP_Y // 2 + row * (HEIGHT + GAP_Y))
        columns[row] += 1
    return places


def _line(edge: Edge, places: dict[str, tuple[int, int]], level: dict[str, int]) -> str:
    (x1, y1), (x2, y2) = places[edge.origin], places[edge.target]
    if level[edge.target] > level[edge.origin]:
        start, stop = (x1 + WIDTH // 2, y1 + HEIGHT), (x2 + WIDTH // 2, y2)
        middle = (start[1] + stop[1]) // 2
        path = f"M{start[0]},{start[1]} C{start[0]},{middle} {stop[0]},{middle} {stop[0]},{stop[1]}"
        dash, label = "", ((start[0] + stop[0]) // 2 + 6, middle + 4)
    else:
        start, stop = (x1, y1 + HEIGHT // 2), (x2, y2 + HEIGHT // 2)
        bend = min(x1, x2) - GAP_X // 2
        path = f"M{start[0]},{start[1]} C{bend},{start[1]} {bend},{stop[1]} {stop[0]},{stop[1]}"
        dash, label = ' stroke-dasharray="5 4"', (start[0] - GAP_X + 8, start[1] - 6)
    text = (
        f'<text x="{label[0]}" y="{label[1]}" fill="#333">{escape(edge.label)}</text>' if edge.label else ""
    )
    ends = f'data-from="{edge.origin}" data-to="{edge.target}" data-when="{escape(edge.label)}"'
    return f'<path {ends} d="{path}" fill="none" stroke="#555"{dash} marker-end="url(#a)"/>{text}'


def _box(node: Node, place: tuple[int, int], language: str) -> str:
    x, y = place
    colour = _COLOURS.get(node.kind, _QUESTION)
    keys = "  ".join(f"{option.key}={option.value}" for option in node.options)
    lines = [*_wrapped(_short(node, language)), keys[: LINE + 8]]
    body = "".join(
        f'<text x="{x + 10}" y="{y + 40 + 18 * at}">{escape(line)}</text>' for at, line in enumerate(lines)
    )
    foot = "".join(
        f'<text x="{x + 10}" y="{y + HEIGHT - 8 - 15 * at}" font-size="11" fill="#555">'
        f"{escape(line[:SMALL_LINE])}</text>"
        for at, line in enumerate(reversed(_remarks(node, language)))
    )
    round_ = 4 if node.kind in (Kind.INFO, Kind.SHUFFLE) else 18
    return (
        f'<g id="node-{node.name}"><rect x="{x}" y="{y}" width="{WIDTH}" height="{HEIGHT}" rx="{round_}" '
        f'fill="{colour}" stroke="#888"/>'
        f'<text x="{x + 10}" y="{y + 20}" font-weight="bold">{escape(node.name)} · {node.kind}</text>'
        f"{body}{foot}</g>"
    )


def _end(place: tuple[int, int]) -> str:
    x, y = place[0] + WIDTH // 2, place[1] + 18
    circle = f'<circle cx="{x}" cy="{y}" r="18" fill="#444"/>'
    return f'{circle}<text x="{x - 12}" y="{y + 5}" fill="white">end</text>'


def _wrapped(text: str) -> list[str]:
    lines = [""]
    for word in text.split():
        if lines[-1] and len(lines[-1]) + len(word) >= LINE:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines[:2]
