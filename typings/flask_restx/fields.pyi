from collections.abc import Iterable

from flask_restx import Model

class Raw:
    required: bool | None
    def __init__(
        self,
        *,
        description: str | None = ...,
        required: bool | None = ...,
        example: object = ...,
        enum: Iterable[str] | None = ...,
    ) -> None: ...

class String(Raw): ...
class Integer(Raw): ...
class Float(Raw): ...
class Boolean(Raw): ...

class Nested(Raw):
    def __init__(
        self, model: Model, *, allow_null: bool = ..., description: str | None = ..., required: bool | None = ...
    ) -> None: ...

class List(Raw):
    def __init__(
        self,
        cls_or_instance: Raw | type[Raw],
        *,
        description: str | None = ...,
        required: bool | None = ...,
        example: object = ...,
    ) -> None: ...
