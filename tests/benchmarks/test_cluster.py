"""The measurements on Consul run and give their figures; how large these are is no test's business."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.cluster import MEASUREMENTS, main
from tests.support.consul import binary


def test_all_measurements_give_their_figures(tmp_path: Path) -> None:
    binary()  # without it there is nothing to measure
    file = tmp_path / "figures.json"
    main(["--quick", "--json", str(file)])
    found = json.loads(file.read_text())
    assert list(found) == list(MEASUREMENTS)
    assert all(found.values())
    assert all(row["transactions_per_operation"] > 0 for row in found["chain"])
    assert found["wakeup"][0]["handovers"] > 0


def test_a_measurement_that_there_is_not_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--only", "spice"])
    assert "unknown measurement 'spice'; known are wide" in capsys.readouterr().err
