import logging

from gunicorn.config import Config

class Logger:
    error_log: logging.Logger
    access_log: logging.Logger
    def setup(self, cfg: Config) -> None: ...
