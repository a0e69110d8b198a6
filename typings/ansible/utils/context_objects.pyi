from collections.abc import Mapping

class CLIArgs(dict[str, object]):
    def __init__(self, mapping: Mapping[str, object]) -> None: ...
