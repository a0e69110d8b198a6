"""What every artifact store promises; a backend's test file gives it the fixture ``store``."""

from __future__ import annotations

import hashlib
import inspect
import threading
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.artifacts import ArtifactCorrupt, ArtifactError, ArtifactMissing, ArtifactStore
from engine.artifacts.base import MAX_KEY, csar_key

DIGEST = hashlib.sha256(b"archive").hexdigest()
components = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="/"), min_size=1, max_size=300)
keys = st.lists(components, min_size=2, max_size=3).map("/".join).filter(lambda key: len(key.encode()) <= MAX_KEY - 2)
shared = settings(
    max_examples=60,
    deadline=None,
    # One store for all examples, and the suite is a base class of every backend's.
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.differing_executors],
)


class ArtifactStoreContract:
    def test_what_was_put_is_got_opened_and_measured(self, store: ArtifactStore) -> None:
        store.put("log/e/1", b"one\n")
        with store.open("log/e/1") as stream:
            assert stream.read() == b"one\n"
        assert (store.get("log/e/1"), store.size("log/e/1"), store.exists("log/e/1")) == (b"one\n", 4, True)

    def test_an_empty_object_is_an_object(self, store: ArtifactStore) -> None:
        store.put("log/e/1", b"")
        assert (store.get("log/e/1"), store.size("log/e/1"), store.exists("log/e/1")) == (b"", 0, True)

    def test_putting_again_replaces(self, store: ArtifactStore) -> None:
        store.put("log/e/1", b"a longer one")
        store.put("log/e/1", b"two")
        assert store.get("log/e/1") == b"two"

    def test_a_file_can_be_put_and_stays(self, store: ArtifactStore, tmp_path: Path) -> None:
        source = tmp_path / "source"
        source.write_bytes(b"x" * 3_000_000)
        store.put("named/file", source)
        assert store.get("named/file") == source.read_bytes()

    @pytest.mark.parametrize("key", ["log/e/1", "named/file"])
    def test_a_file_given_away_is_stored_and_gone(self, store: ArtifactStore, tmp_path: Path, key: str) -> None:
        source = tmp_path / "source"
        source.write_bytes(b"content")
        store.put_file(key, source)
        assert (store.get(key), source.exists()) == (b"content", False)

    def test_a_link_given_away_leaves_what_it_points_to(self, store: ArtifactStore, tmp_path: Path) -> None:
        source, link = tmp_path / "source", tmp_path / "link"
        source.write_bytes(b"content")
        link.symlink_to(source)
        store.put_file("log/e/1", link)
        assert (store.get("log/e/1"), source.read_bytes(), link.is_symlink()) == (b"content", b"content", False)

    def test_a_second_name_of_a_file_given_away_does_not_reach_the_object(
        self, store: ArtifactStore, tmp_path: Path
    ) -> None:
        source, second = tmp_path / "source", tmp_path / "second"
        source.write_bytes(b"content")
        second.hardlink_to(source)
        store.put_file("log/e/1", source)
        second.write_bytes(b"changed")
        assert store.get("log/e/1") == b"content"

    def test_a_file_that_does_not_exist_is_an_error_that_names_it(self, store: ArtifactStore, tmp_path: Path) -> None:
        for put in (store.put, store.put_file):
            for key in ("log/e/1", f"csar/{DIGEST}"):
                with pytest.raises(ArtifactError, match=r"nowhere|log/e/1"):
                    put(key, tmp_path / "nowhere")
        assert list(store.list()) == []

    def test_what_is_missing_is_named(self, store: ArtifactStore, tmp_path: Path) -> None:
        store.put("log/e/1", b"")
        for key in ("nothing/here", "log", "log/e", "log/e/1/2"):
            for read in (store.get, store.open, store.size):
                with pytest.raises(ArtifactMissing, match=f"'{key}'"):
                    read(key)
            with pytest.raises(ArtifactMissing, match=f"'{key}'"):
                store.fetch(key, tmp_path / "copy")
            assert not store.exists(key)
        assert not (tmp_path / "copy").exists()

    def test_deleting_removes_one_object_and_may_be_repeated(self, store: ArtifactStore) -> None:
        store.put("log/e/1", b"")
        store.put("log/e/2", b"")
        for _ in range(2):
            store.delete("log/e/1")
        store.delete("log")
        assert list(store.list()) == ["log/e/2"]
        store.delete("log/e/2")
        store.put("log", b"where there was a folder")
        assert list(store.list()) == ["log"]

    def test_keys_are_listed_in_order_by_any_prefix(self, store: ArtifactStore) -> None:
        for key in ("log/e/10", "log/e/9", "log/f/1", "logs/x", "csars/a"):
            store.put(key, b"")
        assert list(store.list()) == ["csars/a", "log/e/10", "log/e/9", "log/f/1", "logs/x"]
        assert list(store.list("log")) == ["log/e/10", "log/e/9", "log/f/1", "logs/x"]
        assert list(store.list("log/")) == ["log/e/10", "log/e/9", "log/f/1"]
        assert list(store.list("log/e/1")) == ["log/e/10"]
        assert list(store.list("nothing/")) == list(store.list("log//")) == []

    def test_fetching_copies_into_a_file(self, store: ArtifactStore, tmp_path: Path) -> None:
        store.put(f"csar/{DIGEST}", b"archive")
        store.fetch(f"csar/{DIGEST}", tmp_path / "copy")
        assert (tmp_path / "copy").read_bytes() == b"archive"

    def test_an_archive_with_another_checksum_is_refused(self, store: ArtifactStore, tmp_path: Path) -> None:
        other = tmp_path / "other"
        other.write_bytes(b"other")
        for put in (store.put, store.put_file):
            with pytest.raises(ArtifactCorrupt, match=hashlib.sha256(b"other").hexdigest()):
                put(f"csar/{DIGEST}", other)
        assert not store.exists(f"csar/{DIGEST}")
        assert other.exists()

    def test_an_archive_that_was_changed_in_the_store_is_noticed(self, store: ArtifactStore, tmp_path: Path) -> None:
        store.write(f"csar/{DIGEST}", b"changed")
        with pytest.raises(ArtifactCorrupt, match=DIGEST):
            store.get(f"csar/{DIGEST}")
        with pytest.raises(ArtifactCorrupt):
            store.fetch(f"csar/{DIGEST}", tmp_path / "copy")
        assert list(tmp_path.glob("*copy*")) == []

    @pytest.mark.parametrize("key", ["", "/", "a//b", "/a", "a/", "x" * (MAX_KEY + 1), "\ud800"])
    def test_what_is_no_key_is_refused(self, store: ArtifactStore, key: str) -> None:
        for use in (store.get, store.open, store.size, store.delete):
            with pytest.raises(ArtifactError, match="key"):
                use(key)
        with pytest.raises(ArtifactError, match="key"):
            store.put(key, b"")

    @pytest.mark.parametrize("digest", ["", "abc", "A" * 64, "../" + "a" * 61])
    def test_only_a_digest_names_an_archive(self, digest: str) -> None:
        with pytest.raises(ArtifactError, match="SHA-256"):
            csar_key(digest)

    @given(key=keys)
    @shared
    def test_any_text_can_be_a_component(self, store: ArtifactStore, key: str) -> None:
        key = f"x/{key}"
        store.put(key, key.encode())
        assert store.get(key) == key.encode()
        assert list(store.list()) == [key]
        store.delete(key)
        assert list(store.list()) == []

    @pytest.mark.parametrize("component", ["..", ".", "...", "%incoming", "%2E", "a" * 600, "é" * 300, "a%" * 300])
    def test_no_component_leaves_its_place(self, store: ArtifactStore, component: str) -> None:
        store.put(f"log/{component}/x", b"1")
        store.put(f"log/{component}y", b"2")
        assert sorted(store.list("log/")) == sorted([f"log/{component}/x", f"log/{component}y"])
        assert store.get(f"log/{component}/x") == b"1"

    def test_readers_see_the_old_object_or_the_new_one(self, store: ArtifactStore) -> None:
        contents = [bytes([value]) * 400_000 for value in range(8)]
        store.put("log/e/1", contents[0])

        def write() -> None:
            for content in contents:
                store.put("log/e/1", content)

        writers = [threading.Thread(target=write) for _ in range(3)]
        for writer in writers:
            writer.start()
        while any(writer.is_alive() for writer in writers):
            assert store.get("log/e/1") in contents
        for writer in writers:
            writer.join()

    def test_objects_come_and_go_under_the_hands_of_several_writers(self, store: ArtifactStore) -> None:
        failures: list[BaseException] = []

        def churn(name: str) -> None:
            try:
                for _ in range(100):
                    store.put(f"log/shared/{name}", b"")
                    store.delete(f"log/shared/{name}")
            except BaseException as error:
                failures.append(error)

        churners = [threading.Thread(target=churn, args=(name,)) for name in "abcd"]
        for churner in churners:
            churner.start()
        for churner in churners:
            churner.join()
        assert failures == []
        assert list(store.list()) == []

    def test_the_backend_has_the_signatures_of_the_contract(self, store: ArtifactStore) -> None:
        for name, method in inspect.getmembers(ArtifactStore, inspect.isfunction):
            if not name.startswith("_"):
                assert inspect.signature(getattr(type(store), name)) == inspect.signature(method), name
