class Config:
    is_ssl: bool
    settings: dict[str, object]
    def set(self, name: str, value: object) -> None: ...
