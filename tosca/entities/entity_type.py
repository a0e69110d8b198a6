"""What the definitions of types of all kinds share.  TOSCA 1.1 § 3.6.1.

Place in the flow: a part of `tosca.entities.types` and `tosca.entities.interface`.  ``derived_from`` is read by
`tosca.phases.namespaces`, before anything else of a type.
"""

from __future__ import annotations

from tosca.entities.base import Field, ignored, text

COMMON = (
    Field("derived_from", ignored),
    Field("version", ignored),
    Field("metadata", ignored),
    Field("description", text),
)
