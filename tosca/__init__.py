"""TOSCA: a CSAR → a service template.

Place in the flow: the first package that an upload meets.  It is pure: values in, values out, no I/O
beyond the archive.
"""

from tosca.csar import Csar, open_csar
from tosca.errors import CsarError, FunctionError, ToscaError
from tosca.members import Limits
from tosca.parser import Parsed, parse
from tosca.problems import Problem, Problems

__all__ = [
    "Csar",
    "CsarError",
    "FunctionError",
    "Limits",
    "Parsed",
    "Problem",
    "Problems",
    "ToscaError",
    "open_csar",
    "parse",
]
