"""Models over the API."""

import hashlib
import io
import zipfile
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import pytest
import requests

Refused = Callable[[requests.Response, int, str], dict[str, Any]]
Csar = Callable[..., bytes]
Together = Callable[[list[Callable[[], requests.Response]]], list[requests.Response]]


def test_an_archive_becomes_a_model(api: Any, csar: Csar, name: str) -> None:
    content = csar()
    response = api.upload(name, content)
    assert response.status_code == 201
    answer = response.json()
    assert answer["model"] == name
    assert answer["digest"] == hashlib.sha256(content).hexdigest()
    assert answer["node_templates"] == 2
    assert answer["workflows"] == ["install", "uninstall"]
    assert answer["weaving"] == "interleaved"
    assert isinstance(answer["warnings"], list)
    assert response.headers["Location"] == f"/csar/{name}"


def test_the_same_bytes_again_answer_200_and_change_nothing(api: Any, csar: Csar, name: str) -> None:
    first = api.upload(name, csar())
    second = api.upload(name, csar())
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()


def test_other_bytes_replace_a_model_without_instances(api: Any, csar: Csar, template: str, name: str) -> None:
    api.upload(name, csar())
    response = api.upload(name, csar(template + "# other\n"))
    assert response.status_code == 201
    assert api("GET", f"/csar/{name}").json() == response.json()


def test_other_bytes_are_refused_while_the_model_has_instances(
    api: Any, csar: Csar, template: str, name: str, refused: Refused
) -> None:
    before = api.upload(name, csar()).json()
    api.create(name)
    found = refused(api.upload(name, csar(template + "# other\n")), 409, "model-in-use")
    assert "'i'" in found["message"]
    assert api("GET", f"/csar/{name}").json() == before
    assert api.upload(name, csar()).status_code == 200


def test_the_archive_comes_back_byte_for_byte(api: Any, csar: Csar, name: str) -> None:
    api.upload(name, csar())
    response = api("GET", f"/csar/{name}/archive")
    assert response.content == csar()
    assert response.headers["Content-Type"] == "application/zip"
    assert response.headers["Content-Length"] == str(len(csar()))
    assert response.headers["Content-Disposition"] == f"attachment; filename={name}.zip"


def test_models_are_listed_by_name(api: Any, csar: Csar, name: str) -> None:
    for suffix in ("b", "a"):
        api.upload(name + suffix, csar())
    items = api("GET", "/csar", params={"limit": 1000}).json()["items"]
    names = [item["model"] for item in items]
    assert names == sorted(names)
    assert {name + "a", name + "b"} <= set(names)


def test_a_model_without_instances_can_be_deleted(api: Any, csar: Csar, name: str, refused: Refused) -> None:
    api.upload(name, csar())
    response = api("DELETE", f"/csar/{name}")
    assert (response.status_code, response.content) == (204, b"")
    refused(api("GET", f"/csar/{name}"), 404, "unknown-model")
    refused(api("DELETE", f"/csar/{name}"), 404, "unknown-model")
    assert api.upload(name, csar()).status_code == 201


def test_deleting_a_model_leaves_the_same_archive_of_another_model(api: Any, csar: Csar, name: str) -> None:
    api.upload(name + "a", csar())
    api.upload(name + "b", csar())
    api("DELETE", f"/csar/{name}a")
    assert api("GET", f"/csar/{name}b/archive").content == csar()


def test_a_model_with_instances_cannot_be_deleted(api: Any, csar: Csar, name: str, refused: Refused) -> None:
    api.upload(name, csar())
    api.create(name)
    refused(api("DELETE", f"/csar/{name}"), 409, "model-in-use")


@pytest.mark.parametrize(
    "path", ["/csar/none", "/csar/none/archive", "/model/none/graph", "/model/none/workflows/install"]
)
def test_an_unknown_model_is_404(api: Any, path: str, refused: Refused) -> None:
    assert "'none'" in refused(api("GET", path), 404, "unknown-model")["message"]


@pytest.mark.parametrize("model", ["a/b", "a b", "x" * 300, "a\x00b", "a\nb", "../etc", "-a", "é"])
def test_a_wrong_name_is_refused_and_named(api: Any, csar: Csar, model: str, refused: Refused) -> None:
    found = refused(api.upload(model, csar()), 422, "invalid-name")
    assert "expected 1 to 100 letters" in found["message"]


def test_the_model_must_be_named(api: Any, csar: Csar, refused: Refused) -> None:
    refused(api("PUT", "/csar", files={"file": ("a.zip", csar())}), 400, "missing-parameter")


def test_the_file_must_be_there(api: Any, name: str, refused: Refused) -> None:
    refused(api("PUT", "/csar", params={"model": name}), 400, "missing-file")


def test_an_unknown_weaving_is_refused(api: Any, csar: Csar, name: str, refused: Refused) -> None:
    refused(api.upload(name, csar(), weaving="loose"), 422, "invalid-parameter")


def test_weaving_can_be_chosen_by_the_client_or_the_template(api: Any, csar: Csar, template: str, name: str) -> None:
    assert api.upload(name + "a", csar(), weaving="strict").json()["weaving"] == "strict"
    strict = template.replace("topology_template:", "metadata: {weaving: strict}\ntopology_template:")
    assert api.upload(name + "b", csar(strict)).json()["weaving"] == "strict"
    assert api.upload(name + "c", csar(strict), weaving="interleaved").json()["weaving"] == "interleaved"


def test_an_unknown_weaving_in_the_template_is_refused(
    api: Any, csar: Csar, template: str, name: str, refused: Refused
) -> None:
    loose = template.replace("topology_template:", "metadata: {weaving: loose}\ntopology_template:")
    refused(api.upload(name, csar(loose)), 422, "invalid-weaving")


def zipped(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, content in members.items():
            archive.writestr(member, content)
    return buffer.getvalue()


BAD_ARCHIVES = {
    "not a zip": b"hello",
    "empty": b"",
    "not a zip, with a name like one": b"PK\x03\x04 and no more",
    "an empty zip": zipped({}),
    "a member that leaves the archive": zipped({"../x": b"", "a.yaml": b"x"}),
    "an absolute member": zipped({"/etc/x": b"", "a.yaml": b"x"}),
    "a bomb": zipped({"a.yaml": b"x" * (300 << 20)}),
    "truncated": zipped({"a.yaml": b"x: 1" * 1000})[:-30],
    "no template": zipped({"readme.txt": b"x"}),
}


@pytest.mark.parametrize("kind", BAD_ARCHIVES)
def test_a_bad_archive_is_refused_with_problems_and_nothing_is_stored(
    api: Any, name: str, kind: str, refused: Refused
) -> None:
    response = api.upload(name, BAD_ARCHIVES[kind])
    found = refused(response, 422, "invalid-archive")
    assert found["problems"]
    assert found["message"] == found["problems"][0]["message"]
    refused(api("GET", f"/csar/{name}"), 404, "unknown-model")


def test_broken_yaml_is_refused_with_line_and_column(api: Any, csar: Csar, name: str, refused: Refused) -> None:
    found = refused(api.upload(name, csar("a: 1\nb: [1, 2\nc: 3\n")), 422, "invalid-model")
    problem = found["problems"][0]
    assert problem["file"] == "service.yaml"
    assert problem["line"] >= 2
    assert problem["column"] >= 1


def test_all_problems_of_a_template_are_named_together(
    api: Any, csar: Csar, template: str, name: str, refused: Refused
) -> None:
    wrong = template.replace("tosca.nodes.Compute", "tosca.nodes.Compte").replace("host: server", "host: serve")
    found = refused(api.upload(name, csar(wrong)), 422, "invalid-model")
    errors = [problem for problem in found["problems"] if problem["severity"] == "error"]
    assert any("Compute" in problem["message"] for problem in errors)
    assert all(problem["line"] for problem in errors)


def test_a_request_over_the_limit_is_413(api: Any, name: str, refused: Refused) -> None:
    refused(api.upload(name, b"x" * (5 << 20)), 413, "request-entity-too-large")


def test_a_request_over_the_limit_that_does_not_tell_its_size_is_413(api: Any, name: str, refused: Refused) -> None:
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.zip"\r\n\r\n'
    chunks = iter([head, *([b"x" * (1 << 20)] * 5), b"\r\n--x--\r\n"])
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    refused(api("PUT", "/csar", params={"model": name}, data=chunks, headers=headers), 413, "request-entity-too-large")


def put(api: Any, model: str, content: bytes) -> requests.Response:
    url = f"{api.server}/csar"
    return requests.put(url, params={"model": model}, files={"file": ("a.zip", content)}, timeout=30)


def test_the_same_archive_many_times_at_once_is_stored_once(
    api: Any, csar: Csar, name: str, together: Together
) -> None:
    answers = together([lambda: put(api, name, csar()) for _ in range(8)])
    assert sorted(answer.status_code for answer in answers) == [200] * 7 + [201]
    assert len({answer.text for answer in answers}) == 1


def test_the_topology_is_shown_as_json_for_graphviz_and_drawn(
    api: Any, csar: Csar, name: str, refused: Refused
) -> None:
    api.upload(name, csar())
    graph = api("GET", f"/model/{name}/graph").json()
    assert {node["name"] for node in graph["node_templates"]} == {"server", "app"}
    [edge] = graph["relationships"]
    assert (edge["source"], edge["target"], edge["type"]) == ("app", "server", "tosca.relationships.HostedOn")
    dot = api("GET", f"/model/{name}/graph", params={"format": "dot"})
    assert dot.text.startswith(f'digraph "{name}" {{')
    assert '"app" -> "server"' in dot.text
    drawn = api("GET", f"/model/{name}/graph", params={"format": "svg"})
    assert drawn.headers["Content-Type"].startswith("image/svg+xml")
    assert ElementTree.fromstring(drawn.text).tag == "{http://www.w3.org/2000/svg}svg"
    refused(api("GET", f"/model/{name}/graph", params={"format": "png"}), 422, "invalid-parameter")


def test_a_woven_workflow_is_shown(api: Any, csar: Csar, name: str, refused: Refused) -> None:
    api.upload(name, csar())
    woven = api("GET", f"/model/{name}/workflows/deploy").json()
    assert woven["workflow"] == "install"
    assert set(woven["nodes"]) == {"server", "app"}
    refused(api("GET", f"/model/{name}/workflows/dance"), 404, "unknown-workflow")


def test_the_library_lists_the_normative_types_and_who_uses_them(api: Any, csar: Csar, name: str) -> None:
    api.upload(name, csar())
    items = api("GET", "/library", params={"limit": 1000}).json()["items"]
    compute = next(item for item in items if item["name"] == "tosca.nodes.Compute")
    assert compute["derived_from"] == "tosca.nodes.Root"
    assert name in compute["models"]
    assert any(item["kind"] == "relationship" for item in items)
