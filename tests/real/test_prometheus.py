"""Prometheus, its checker and Alertmanager answer as the tests of our own pages expect."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.real.control_plane import answers
from tests.real.prometheus import Prometheus, alertmanager, promtool

PAGE = """\
# HELP astrolabe_test_info A fixed sample.
# TYPE astrolabe_test_info gauge
astrolabe_test_info{namespace="shop",instance_label="a"} 1
"""


class _Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.end_headers()
        self.wfile.write(PAGE.encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def page() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Page) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_page_is_scraped_and_queried(prometheus: Callable[..., Prometheus], page: str) -> None:
    labels = {"__name__": "astrolabe_test_info", "namespace": "shop", "instance_label": "a"}
    assert prometheus(page).rows("astrolabe_test_info") == [(labels, 1.0)]


def test_promtool_accepts_a_clean_page() -> None:
    done = promtool("check", "metrics", text=PAGE)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_promtool_names_what_it_dislikes() -> None:
    done = promtool("check", "metrics", text=PAGE.replace("gauge", "counter"))
    assert done.returncode == 3
    assert 'counter metrics should have "_total" suffix' in done.stderr


def test_alertmanager_is_ready(tmp_path: Path) -> None:
    with alertmanager(tmp_path) as port:
        assert answers(f"http://127.0.0.1:{port}/-/healthy")
