"""An archive → what an upload would say to it, and what is wrong with that.

Place in the flow of a run: runs in a process of its own (`benchmarks.fuzz.child`).  The archive is opened, parsed,
woven in both ways and counted, as `manager.catalog` and `manager.validation` do it, and compiled; nothing is stored.
"""

from __future__ import annotations

import contextlib
import json
import traceback
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from engine.instances.properties import PropertyError
from engine.instances.scaling import Scale, ScalingError, scale_of
from engine.weaving import WORKFLOWS, compile_workflow, workflow_of, workflows
from engine.weaving.errors import WeavingError
from engine.weaving.hosting import Hosting
from manager.archives import Gathered
from manager.soundness import MODES
from manager.validation import NOBODY, Validation, checked
from tosca.csar import META
from tosca.model import ServiceTemplate

ROOT = Path(__file__).parents[2]
MOST_INSTANCES = 1000
_PRODUCT = tuple(str(ROOT / package) for package in ("tosca", "engine", "manager"))


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of an archive; a finding is something that must not be, and has the same name wherever it is met."""

    accepted: bool = False
    codes: tuple[str, ...] = ()
    finding: str = ""
    detail: str = ""

    def encoded(self) -> bytes:
        return json.dumps(asdict(self)).encode() + b"\n"

    @classmethod
    def decoded(cls, line: bytes) -> Verdict:
        said = json.loads(line)
        return cls(**said | {"codes": tuple(said["codes"])})


class TooLong(BaseException):
    """The time is over; nothing may take it for a problem of the archive."""


def judged(data: bytes) -> Verdict:
    """Judge an archive; never raises."""
    try:
        found = checked(Path("fuzzed.zip"), Gathered(data))
        json.dumps(found.problems).encode()
        if found.template is not None:
            _weave(found.template)
    except (Exception, TooLong) as error:
        return Verdict(finding=_where(error), detail="".join(traceback.format_exception(error, limit=-30))[-6000:])
    codes = tuple(sorted({item["code"] for item in found.problems}))
    wrong = _contradiction(found) or next(filter(None, (_lack(item, found) for item in found.problems)), None)
    finding, detail = wrong or ("", "")
    return Verdict(not found.errors, codes, finding, detail)


def _weave(template: ServiceTemplate) -> None:
    """Weave as other settings of an upload, or of an installation, would have it; compile what is not too large."""
    scale = _scale(template)
    for mode in MODES:
        for name in workflows(template) or WORKFLOWS:
            with contextlib.suppress(WeavingError, PropertyError):  # what is told to the user
                workflow = workflow_of(template, name, mode, Hosting("lxc").providers(template))
                if scale is not None:
                    json.dumps([production.to_json() for production in compile_workflow(workflow, scale).productions])


def _scale(template: ServiceTemplate) -> Scale | None:
    try:
        scale = scale_of(template, {})
    except ScalingError:
        return None
    return scale if scale.total <= MOST_INSTANCES else None


def _where(error: BaseException) -> str:
    """Name an exception by its kind and by the place in the product where it was raised."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename.startswith(_PRODUCT)]
    if isinstance(error, TooLong | MemoryError | RecursionError):
        frames = frames[:8]  # where it happens to be when time or memory is over says little
    place = f"{Path(frames[-1].filename).relative_to(ROOT)} {frames[-1].name}" if frames else "outside"
    return f"{type(error).__name__} in {place}"


def _contradiction(found: Validation) -> tuple[str, str] | None:
    """A template in spite of errors, or none without one."""
    parsed = found.parsed
    if parsed is not None and (parsed.service_template is None) != bool(parsed.problems.errors):
        return "contradiction", f"{len(parsed.problems.errors)} errors, template: {parsed.service_template is not None}"
    if parsed is None and not found.errors:
        return "contradiction", "no template and no problem"
    return None


def _lack(item: dict[str, Any], found: Validation) -> tuple[str, str] | None:
    """What a problem does not say: its code, its message, or the line of the document in which it is."""
    if not item["code"] or not item["message"].strip():
        return f"problem without code or message: {item['code']}", json.dumps(item)
    own = found.parsed is None or any(item == problem.to_dict() for problem in found.parsed.problems)
    placed = item["file"] in (NOBODY, META) or item["code"].startswith("csar-") or item["line"] > 0
    if own and (not item["file"] or not placed):
        return f"problem without a place: {item['code']}", json.dumps(item)
    return None
