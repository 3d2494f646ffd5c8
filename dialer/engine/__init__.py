"""The engine: single owner of live state, in rooms for seats, calls, campaigns and resync."""

from dialer.engine.engine import Engine
from dialer.engine.settings import EngineSettings, PlacedCall

__all__ = ["Engine", "EngineSettings", "PlacedCall"]
