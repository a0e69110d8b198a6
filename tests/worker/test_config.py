"""The settings of a worker: what is refused, and how it is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.settings import SettingsError, load
from worker.config import WorkerConfig


@pytest.mark.parametrize("lease", ["0.5", "0", "-3", "86401", "nan"])
def test_a_lease_that_no_space_takes_is_refused(tmp_path: Path, lease: str) -> None:
    with pytest.raises(SettingsError, match=rf"lease: found {lease}(\.0)?, expected 1 to 86400 seconds"):
        load(WorkerConfig, "worker", {"state": tmp_path}, {"DITRIT_LEASE": lease})


def test_a_lease_may_be_as_short_as_consul_can_be_set_to_take(tmp_path: Path) -> None:
    assert load(WorkerConfig, "worker", {"state": tmp_path, "lease": 1}, {}).lease == 1
    assert load(WorkerConfig, "worker", {"state": tmp_path}, {}).lease == 10
