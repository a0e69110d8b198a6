"""Settings from defaults, file, environment and flags."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from engine.settings import Settings, SettingsError, describe, environment, load


@dataclass(frozen=True, kw_only=True)
class Example(Settings):
    """Settings of every type."""

    slots: int = field(default=4, metadata={"help": "how many"})
    limit: float | None = None
    loud: bool = False
    journal: Path = Path("/opt/execs")


def loaded(environ: Mapping[str, str] | None = None, **flags: object) -> Example:
    return load(Example, "worker", flags, {"HOME": "/home/me", **(environ or {})})


def test_without_any_setting_everything_lives_in_the_users_state_folder() -> None:
    settings = loaded()
    assert settings.state == Path("/home/me/.local/state/ditrit")
    assert settings.space == "sqlite:///home/me/.local/state/ditrit/space.db"
    assert settings.artifacts == "file:///home/me/.local/state/ditrit/artifacts"


def test_the_state_folder_follows_the_xdg_variable() -> None:
    assert loaded({"XDG_STATE_HOME": "/var/x"}).state == Path("/var/x/ditrit")


def test_space_and_artifacts_follow_the_state_folder() -> None:
    assert loaded(state="/tmp/here").space == "sqlite:///tmp/here/space.db"


def test_a_state_folder_with_odd_characters_makes_proper_urls() -> None:
    assert loaded(state="/tmp/a b%").space == "sqlite:///tmp/a%20b%25/space.db"


def test_flags_win_over_variables_and_variables_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / "c.yaml"
    file.write_text("slots: 1\nlimit: 1.5\nworker:\n  loud: yes\n")
    settings = loaded({"DITRIT_SLOTS": "2", "DITRIT_LIMIT": "2.5"}, config=str(file), slots="3")
    assert (settings.slots, settings.limit, settings.loud) == (3, 2.5, True)


def test_the_section_of_a_daemon_wins_over_the_shared_settings_and_other_sections_are_left_alone(
    tmp_path: Path,
) -> None:
    file = tmp_path / "c.yaml"
    file.write_text("slots: 1\nworker: {slots: 7}\nmanager: {bind: here}\n")
    assert loaded({"DITRIT_CONFIG": str(file)}).slots == 7


def test_an_empty_variable_counts_as_absent() -> None:
    assert loaded({"DITRIT_SLOTS": ""}).slots == 4


def test_a_wrong_type_names_the_source_and_what_was_expected() -> None:
    with pytest.raises(SettingsError, match="DITRIT_SLOTS: found 'many', expected a whole number"):
        loaded({"DITRIT_SLOTS": "many"})
    with pytest.raises(SettingsError, match="--loud: found 'perhaps', expected true or false"):
        loaded(loud="perhaps")
    with pytest.raises(SettingsError, match="--limit: found 'x', expected a number"):
        loaded(limit="x")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("slot: 3", "unknown setting 'slot'; did you mean 'slots'"),
        ("zzz: 3", "unknown setting 'zzz'; known are"),
        ("- a", r"found \['a'\], expected a map"),
        ("worker: 3", "worker: found 3, expected a map"),
        ("a: [", "is not YAML"),
        ("slots: x", "slots: found 'x', expected a whole number"),
    ],
)
def test_a_wrong_file_is_refused_with_the_reason(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "c.yaml"
    file.write_text(text)
    with pytest.raises(SettingsError, match=message):
        loaded(config=str(file))


def test_a_missing_file_is_an_error() -> None:
    with pytest.raises(SettingsError, match="No such file"):
        loaded(config="/does/not/exist")


def test_an_empty_file_sets_nothing(tmp_path: Path) -> None:
    file = tmp_path / "c.yaml"
    file.write_text("")
    assert loaded(config=str(file)) == loaded()


def test_the_environment_made_from_settings_gives_another_process_the_same() -> None:
    settings = loaded(slots=9, loud="true", limit=3)
    assert load(Example, "worker", {}, environment(settings)) == settings


def test_that_environment_counts_also_where_another_one_is_inherited() -> None:
    settings = loaded()
    inherited = {"DITRIT_LIMIT": "7", "DITRIT_SLOTS": "9"}
    assert load(Example, "worker", {}, {**inherited, **environment(settings)}) == settings


def test_every_setting_is_described_with_its_variable() -> None:
    assert ("slots", "DITRIT_SLOTS", "how many") in describe(Example)
