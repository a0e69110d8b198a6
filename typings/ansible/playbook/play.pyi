class Play:
    environment: list[object] | None
