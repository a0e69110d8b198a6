"""A two-tier application is deployed by playbooks into containers, and serves its pages."""

from __future__ import annotations

import re
from pathlib import Path

import requests

from example.pack import pack
from tests.acceptance.test_lxc import lxc
from tests.support.lxc import NOTHING

EXAMPLE = Path(__file__).parents[2] / "example/web"


def test_a_database_three_servers_and_a_load_balancer_serve_pages_and_go_without_a_trace(
    tmp_path: Path, lxc_images: Path
) -> None:
    with lxc(tmp_path, lxc_images, 2) as (server, site):
        server.put("/csar", params={"model": "web"}, files={"file": pack(EXAMPLE)})
        inputs = {"inputs": {"password": 'it\'s "secret" $1'}}
        server.put("/instance", params={"model": "web", "name": "one"}, json=inputs)

        execution = server.execute("web", "install", seconds=600)

        url = server.get("/instance/web/one")["outputs"]["url"]
        pages = [requests.get(url, timeout=30).text for _ in range(6)]
        answers = [re.fullmatch(r"visitor (\d+), served by (\S+)\n", page) for page in pages]
        assert all(answers), pages
        assert [int(answer.group(1)) for answer in answers if answer] == [1, 2, 3, 4, 5, 6]
        assert len({answer.group(2) for answer in answers if answer}) == 3
        assert "secret" not in server.text(f"/exec/{execution}/log")

        server.execute("web", "uninstall")
        assert site.leftovers() == NOTHING
