"""Logs as JSON."""

import json
import logging
import sys
from typing import Any

import pytest

from engine.log_lines import JsonLines, about


def line(message: str, *arguments: object, **more: Any) -> dict[str, Any]:
    extra = more.pop("extra", {})
    record = logging.getLogger("engine.x").makeRecord(
        "engine.x", 30, "f", 1, message, arguments, None, extra=extra, **more
    )
    text = JsonLines(worker="w1").format(record)
    assert "\n" not in text
    found: dict[str, Any] = json.loads(text)
    return found


def test_a_line_has_time_level_logger_and_message() -> None:
    found = line("two\nlines of %s", "text")
    assert set(found) == {"time", "level", "logger", "message", "worker"}
    assert (found["level"], found["logger"], found["message"]) == ("warning", "engine.x", "two\nlines of text")
    assert found["time"].endswith("Z")
    assert len(found["time"]) == len("2026-05-04T10:20:30.123456Z")


def test_a_line_says_what_it_is_about_and_nothing_else_that_it_was_given() -> None:
    found = line("x", extra={"execution": "e1", "index": [0, 1], "node": "A", "other": 1, "operation": None})
    assert (found["execution"], found["index"], found["node"]) == ("e1", [0, 1], "A")
    assert not {"other", "operation"} & set(found)


def test_what_holds_for_a_whole_request_is_in_all_its_lines() -> None:
    token = about.set({"request": "r1"})
    try:
        assert line("x")["request"] == "r1"
    finally:
        about.reset(token)


def test_an_exception_stays_in_the_line() -> None:
    try:
        raise ValueError("wrong")
    except ValueError:
        info = sys.exc_info()
    record = logging.getLogger("x").makeRecord("x", 40, "f", 1, "failed", (), info)
    assert "ValueError: wrong" in json.loads(JsonLines().format(record))["exception"]


@pytest.mark.parametrize("value", ["é\u2028", '"', object()])
def test_whatever_is_logged_makes_a_line_of_json(value: object) -> None:
    assert line("%s", value)["message"] == str(value)
