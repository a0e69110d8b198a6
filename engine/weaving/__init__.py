"""Weaving: from the workflows written on types to the workflow of a topology."""

from engine.weaving.declarative import WORKFLOWS, canonical, weave, workflows
from engine.weaving.woven import WovenWorkflow

__all__ = ["WORKFLOWS", "WovenWorkflow", "canonical", "weave", "workflows"]
