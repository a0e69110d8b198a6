"""The root of the engine's errors.

EngineError
├── engine.space.errors.SpaceError           the store and its transactions
├── engine.weaving.errors.WeavingError       a workflow that cannot be woven
├── engine.artifacts.base.ArtifactError      the artifact store
└── engine.executions.errors.ExecutionError  requests that the state of an instance forbids
"""


class EngineError(Exception):
    """Root of all errors of the engine."""
