"""What an operator of paper did."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class OperatorTally:
    """What one operator did. ``pop_ms``: from the join to the person on the desk; ``save_ms``: of a save.

    ``refused`` counts saves the server did not take, by problem code; ``sockets`` how often the desk's socket
    was opened.
    """

    calls: int = 0
    dispositions: int = 0
    answers: int = 0
    opt_outs: int = 0
    pauses: int = 0
    sign_ins: int = 0
    sockets: int = 0
    refused: dict[str, int] = field(default_factory=dict)
    pop_ms: list[float] = field(default_factory=list)
    save_ms: list[float] = field(default_factory=list)
