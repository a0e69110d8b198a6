"""All provocations: one document for each code of a problem in a template."""

from __future__ import annotations

from tests.tosca import provocations, substitution_provocations, topology_provocations
from tests.tosca.provocations import Provocation

PROVOCATIONS: dict[str, Provocation] = (
    provocations.PROVOCATIONS | topology_provocations.PROVOCATIONS | substitution_provocations.PROVOCATIONS
)
