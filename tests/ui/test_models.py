"""Models: uploaded, looked at, made instances of, deleted."""

from __future__ import annotations

import base64
import io
import re
import zipfile
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.support.gates import GATED
from tests.ui.site import EXAMPLES, Site

WRONG = """\
tosca_definitions_version: tosca_simple_yaml_1_1
topology_template:
  node_templates:
    server: {type: tosca.nodes.Compte}
    app: {type: tosca.nodes.SoftwareComponent, requirements: [{host: nobody}]}
"""


def archive(template: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as found:
        found.writestr("service.yaml", template)
    return buffer.getvalue()


def drop(page: Page, name: str, content: bytes) -> None:
    """Drop a file where archives are dropped, as a person does with the mouse."""
    transfer = page.evaluate_handle(
        """([name, content]) => {
            const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
            const transfer = new DataTransfer();
            transfer.items.add(new File([bytes], name, { type: "application/zip" }));
            return transfer;
        }""",
        [name, base64.b64encode(content).decode()],
    )
    for event in ("dragenter", "dragover", "drop"):
        page.dispatch_event(".drop", event, {"dataTransfer": transfer})


def test_an_archive_that_is_dropped_becomes_a_model(site: Site, page: Page) -> None:
    page.goto(site.page("models"))
    drop(page, "dropped example.zip", (EXAMPLES / "appli.zip").read_bytes())
    row = page.get_by_role("row").filter(has_text="dropped-example")
    expect(row).to_contain_text("install, uninstall")
    assert site.call("GET", "/csar/dropped-example")["node_templates"] == 8


def test_a_file_that_is_chosen_becomes_a_model_of_the_name_given(site: Site, page: Page) -> None:
    page.goto(site.page("models"))
    page.get_by_label("Name of the model").fill("chosen")
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose a file…").click()
    chooser.value.set_files(EXAMPLES / "minimal.zip")
    expect(page.get_by_role("rowheader", name="chosen", exact=True)).to_be_visible()


def test_what_is_wrong_with_an_archive_is_shown_by_file_with_line_column_path_and_code(
    site: Site, page: Page, screenshot: None
) -> None:
    page.goto(site.page("models"))
    drop(page, "wrong.zip", archive(WRONG))
    problems = page.get_by_role("region", name="service.yaml")
    expect(problems.get_by_role("listitem")).to_have_count(2)
    first = problems.get_by_role("listitem").first
    expect(first).to_contain_text("error")
    expect(first).to_contain_text("line 4, column")
    expect(first).to_contain_text("did you mean 'tosca.nodes.Compute'?")
    expect(first.locator(".path")).to_have_text("topology_template.node_templates.server.type")
    expect(first).to_contain_text("unknown-type")
    expect(page.get_by_role("rowheader", name="wrong", exact=True)).to_have_count(0)


def test_warnings_of_a_model_that_is_stored_are_shown_too(site: Site, page: Page) -> None:
    page.goto(site.page("models"))
    drop(page, "loose.zip", (EXAMPLES / "legacy.zip").read_bytes())
    expect(page.get_by_text(re.compile(r"is stored, with \d+ warnings"))).to_be_visible()
    expect(page.locator(".problems .severity.warning").first).to_be_visible()


def test_the_graph_of_a_model_shows_templates_and_what_they_are_related_to(
    site: Site, page: Page, screenshot: None
) -> None:
    site.upload("looked-at", (EXAMPLES / "appli.zip").read_bytes())
    page.goto(site.page("models", "looked-at"))
    page.get_by_role("button", name="A: Component").click()
    panel = page.get_by_role("complementary", name="A")
    expect(panel).to_contain_text("HostedOn → srvA")
    expect(panel).to_contain_text("Connection → B")


def test_the_archive_of_a_model_is_saved_as_it_was_uploaded(site: Site, page: Page) -> None:
    content = (EXAMPLES / "minimal.zip").read_bytes()
    site.upload("saved", content)
    page.goto(site.page("models", "saved"))
    with page.expect_download() as saved:
        page.get_by_role("button", name="Archive").click()
    assert saved.value.suggested_filename == "saved.zip"
    assert saved.value.path().read_bytes() == content


def test_an_instance_is_made_with_inputs_and_refused_inputs_are_told_in_the_dialog(
    site: Site, page: Page, tmp_path: Path
) -> None:
    site.upload("made", packed())
    page.goto(site.page("models", "made"))
    page.get_by_role("button", name="Create an instance…").click()
    dialog = page.get_by_role("dialog", name="Create an instance of made")
    dialog.get_by_label("Name").fill("first")
    dialog.get_by_label("gates").fill(str(tmp_path))
    dialog.get_by_label("servers").fill("0")
    dialog.get_by_role("button", name="Create").click()
    expect(dialog.get_by_role("alert")).to_contain_text("input 'servers': found 0")

    dialog.get_by_label("servers").fill("3")
    dialog.get_by_role("button", name="Create").click()

    expect(page).to_have_url(site.page("instances", "made", "first"))
    expect(page.locator("[data-box][data-state=initial]")).to_have_count(8)
    assert site.call("GET", "/instance/made/first")["inputs"] == {"gates": str(tmp_path), "servers": 3}


def packed() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as found:
        for name, text in {"service.yaml": GATED.template, **GATED.scripts}.items():
            found.writestr(name, text)
    return buffer.getvalue()


def test_a_model_is_deleted_after_a_question_and_one_with_instances_says_why_it_is_not(site: Site, page: Page) -> None:
    site.example("used", "minimal")
    site.upload("unused", (EXAMPLES / "minimal.zip").read_bytes())
    page.goto(site.page("models"))

    page.get_by_role("button", name="Delete used").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Delete").click()
    expect(dialog.get_by_role("alert")).to_contain_text("model 'used' has 1 instance(s): 'i'")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)

    page.get_by_role("button", name="Delete unused").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("rowheader", name="unused", exact=True)).to_have_count(0)
    expect(page.get_by_role("rowheader", name="used", exact=True)).to_be_visible()
