"""The key table: where each thing lives in the space.

    model/<model>                                        a model: digest of its CSAR, weaving, networks
    roster/<model>                                       a token, new whenever an instance of the model is put
    instance/<model>/<instance>                          an instance: inputs, counts, the execution that runs on it
    exec/<exec>                                          an execution: instance, workflow, network, status
    rule/<network>/<production>                          a production of a compiled network; never changes
    cell/<model>/<instance>/<production>/<flat>          a memory: the fact of a node instance and its joins
    cell/…/<flat>/<step>.<level>.<group>                 an inner node of a fan-in tree of such a join
    cell/…/.host:<node>/<flat>                           the queue of a host on which operations take turns
    op/<lane>/<priority>/<exec>/<production>/<flat>      an operation tuple: ready unless a session holds it
    prop/<lane>/<exec>/<id>                              a continuation tuple: facts still to be put into rules
    bell/<lane>                                          rung when tuples were put in that lane
    done/<exec>/<id>                                     one record of history for each commit
    count/<exec>/<session>                               how many operations a worker has committed, and passed over
    fail/<exec>/<production>/<flat>/<step>               why an operation failed
    bell/worker/<session>                                a live worker; held by its session, so its end rings
    output/<model>/<instance>/<owner>/<number>/<interface>/<operation>
                                                         what an operation of a node or relationship instance said
    place/<model>/<instance>/<node>/<number>             on which machine a container is that a provider made
    gc/<what>                                            held while somebody keeps house

Every component is percent-encoded, so no name can leave its place.
"""

from __future__ import annotations

import functools
import re
from urllib.parse import quote, unquote

LANES = 8
_SAFE = re.compile(r"[A-Za-z0-9_.-]+").fullmatch


def path(*parts: object) -> str:
    """Join components to a key."""
    return "/".join([_encode(str(part)) for part in parts])


@functools.lru_cache(maxsize=8192)
def _encode(part: str) -> str:
    return part if _SAFE(part) else quote(part, safe="")


def prefix(*parts: object) -> str:
    """The prefix of all keys below these components."""
    return path(*parts) + "/"


def split(key: str) -> list[str]:
    """The components of a key."""
    return [unquote(part) if "%" in part else part for part in key.split("/")]
