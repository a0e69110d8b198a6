"""Exceptions of the package.

Place in the flow: raised while an archive is opened or a function is evaluated; mistakes in a template are never
exceptions, they are `tosca.problems.Problem`s.

    ToscaError
    ├── CsarError          the archive cannot be used; carries the problems
    └── FunctionError      an intrinsic function cannot be evaluated
"""

from __future__ import annotations

from tosca.problems import Problem


class ToscaError(Exception):
    """The root of everything that this package raises."""


class CsarError(ToscaError):
    """An archive that cannot be opened; ``problems`` says why."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        super().__init__("; ".join(str(problem) for problem in problems))


class FunctionError(ToscaError):
    """An intrinsic function with arguments that it cannot take."""

    def __init__(self, name: str, found: object, expected: str) -> None:
        self.name, self.found, self.expected = name, found, expected
        super().__init__(f"{name}: found {found!r}, expected {expected}")
