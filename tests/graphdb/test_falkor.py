"""What goes wrong with a real FalkorDB is told in one line with what to do; TLS, and values as text."""

from __future__ import annotations

from pathlib import Path

import pytest

from astrolabe.graphdb.agent import Agent
from astrolabe.graphdb.cypher import Statement
from astrolabe.graphdb.falkor import GRAPH, Falkor
from astrolabe.graphdb.literals import as_text
from astrolabe.graphdb.rows import Batch, End, NodeRow
from astrolabe.graphdb.target import Target, TargetError
from tests.graphdb.falkorserver import PASSWORD, FalkorServer
from tests.persistence.servers import Certificates, tls_redis


def attempt(target: Target) -> None:
    schema = Agent("c")
    target.open(schema)
    target.begin("1")
    values = dict.fromkeys(schema.columns("Secret"))
    target.write(Batch(nodes=[NodeRow(End("Secret", "c/1"), values)]), "1")


def told(target: Target) -> str:
    """Return what an attempt to write says."""
    with pytest.raises(TargetError) as found:
        attempt(target)
    target.close()
    text = str(found.value)
    assert "\n" not in text
    assert PASSWORD not in text
    assert len(text) < 500
    return text


@pytest.mark.real
def test_trouble_is_told_with_what_to_do(tmp_path: Path) -> None:
    server = FalkorServer(tmp_path)
    with server.running(), server.client() as client:
        client.set(GRAPH, "text")
        assert "name another graph at the end of --to" in told(server.target())
        client.delete(GRAPH)
        client.config_set("maxmemory", "1mb")
        assert "give the server more memory" in told(server.target())
        client.config_set("maxmemory", "0")
        client.execute_command("ACL", "SETUSER", "reader", "on", f">{PASSWORD}", "~*", "+@read", "+ping")
        reader = Falkor("127.0.0.1", server.port, user="reader", password_file=server.password_file)
        assert "grant the user all commands on the key of the graph" in told(reader)
        client.replicaof("127.0.0.1", "1")
        assert "this one is a replica" in told(server.target())
        assert "check the user in --to" in told(Falkor("127.0.0.1", server.port))
    assert "check that the server runs" in told(server.target())


@pytest.mark.real
def test_two_nodes_with_one_key_are_told_and_may_be_put_right(tmp_path: Path) -> None:
    server = FalkorServer(tmp_path)
    with server.running():
        server.ask("CREATE (:Secret {key: 'mine'}), (:Secret {key: 'mine'})")
        for _ in range(2):
            assert "two nodes of the label Secret have one key" in told(server.target())
        server.ask("MATCH (n:Secret) WITH n LIMIT 1 DELETE n")
        target = server.target()
        target.open(Agent("c"))
        target._constrain("Secret")
        target.close()
        assert ("Secret", "key") in server.constraints()


@pytest.mark.real
def test_tls_with_an_authority_that_is_trusted_or_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificates = Certificates(tmp_path)
    # The FalkorDB of tests speaks no TLS; this Redis has no graphs, and says so once TLS stands.
    with tls_redis(tmp_path, certificates, "127.0.0.1", "--tls-auth-clients", "no") as (_, port):
        target = Falkor("127.0.0.1", port, tls=True)
        assert "SSL_CERT_FILE" in told(target)
        monkeypatch.setenv("SSL_CERT_FILE", certificates.ca)
        assert "a Redis without the module of FalkorDB" in told(target)


def test_values_are_written_as_cypher_does() -> None:
    values = {"a": "it's a \\ \x00", "b": [1, 1.5, float("nan"), True, None], "c": {"optional": False}}
    assert as_text(Statement("RETURN $a", values)) == (
        "CYPHER a='it\\'s a \\\\ ' b=[1,1.5,null,true,null] c={`optional`:false} RETURN $a"
    )
    assert as_text(Statement("RETURN 1", {})) == "RETURN 1"
