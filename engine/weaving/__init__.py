"""Weaving: from the workflows written on types, and those of the topology itself, to productions."""

from engine.weaving.declarative import WORKFLOWS, canonical, weave
from engine.weaving.flow import ImperativeWorkflow
from engine.weaving.imperative import workflows
from engine.weaving.workflow import Workflow, compile_workflow, workflow_of
from engine.weaving.woven import WovenWorkflow

__all__ = [
    "WORKFLOWS",
    "ImperativeWorkflow",
    "Workflow",
    "WovenWorkflow",
    "canonical",
    "compile_workflow",
    "weave",
    "workflow_of",
    "workflows",
]
