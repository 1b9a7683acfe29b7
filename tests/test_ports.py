"""A port that a test was given stays its own."""

from __future__ import annotations

import socket

import pytest

from tests.ports import free_port

HOST = "127.0.0.1"


def test_nobody_else_gets_it_and_nobody_answers() -> None:
    port = free_port()
    with socket.socket() as other, pytest.raises(OSError, match="in use"):
        other.bind((HOST, port))
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((HOST, port))


def test_a_server_listens_there_twice_and_only_one_at_a_time() -> None:
    port = free_port()
    for _ in range(2):
        with socket.create_server((HOST, port)) as server:
            with socket.create_connection((HOST, port)), server.accept()[0]:
                pass
            with pytest.raises(OSError, match="in use"):
                socket.create_server((HOST, port))
