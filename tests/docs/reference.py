"""Makes the pages of the documentation that are lists of what the code has.

python -m tests.docs.reference      # writes them
"""

from __future__ import annotations

from pathlib import Path

from tosca.codes import ERRORS, WARNINGS

DOCS = Path(__file__).parents[2] / "docs"
_PROBLEMS = """\
# Problem codes

Every problem of an archive has one of these codes, the same in each version; messages may change. `ditrit validate`
prints them in brackets at the end of a line, the API has them as `code`. `ditrit validate --strict` makes errors of
warnings; where each looseness comes from, and what is made of it, stands in [leniencies](leniencies.md).

## Errors

An archive with one of them is not stored.

{errors}
## Warnings

{warnings}"""


def pages() -> dict[str, str]:
    """The pages that are made, by their names."""
    return {"problems.md": _PROBLEMS.format(errors=_table(ERRORS), warnings=_table(WARNINGS))}


def _table(codes: dict[str, str]) -> str:
    rows = "".join(f"| `{code}` | {meaning} |\n" for code, meaning in codes.items())
    return f"| code | what is wrong |\n|---|---|\n{rows}"


if __name__ == "__main__":
    for name, text in pages().items():
        (DOCS / name).write_text(text, encoding="utf-8")
