from collections.abc import Mapping
from typing import Any

class AggregateStats:
    custom: Mapping[str, Mapping[str, Any]]
