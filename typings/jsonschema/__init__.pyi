from collections.abc import Iterable, Iterator

def validate(instance: object, schema: object) -> None: ...

class ValidationError(Exception):
    message: str
    absolute_path: Iterable[str | int]

class Draft202012Validator:
    def __init__(self, schema: object) -> None: ...
    def iter_errors(self, instance: object) -> Iterator[ValidationError]: ...
