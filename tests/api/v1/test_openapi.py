"""The OpenAPI document, held to the running server by requests that are generated from it."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import pytest

from astrolabe.api.v1.openapi import PREFIX
from astrolabe.api.v1.routes import ROUTES
from astrolabe.demo.cluster import open_shop
from astrolabe.testing.apiserver import ApiServer
from tests.api.exporter import Client, serving

SEED = 7


async def described(client: Client) -> dict:
    status, response, body = await client.get("/openapi.json")
    assert (status, response.content_type) == (200, "application/json")
    found: dict = json.loads(body)
    return found


async def test_the_document_has_every_path_that_the_server_has() -> None:
    async with serving() as client:
        document = await described(client)
    assert document["openapi"] == "3.1.0"
    assert set(document["paths"]) == {PREFIX + route.path for route in ROUTES}
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    assert len({operation["operationId"] for operation in operations}) == len(operations)
    for operation in operations:
        assert operation["summary"]
        assert all(parameter["description"] for parameter in operation["parameters"])


async def test_what_is_no_plain_get_is_described_as_it_is() -> None:
    async with serving() as client:
        document = await described(client)
    assert {
        path: sorted(operations)
        for path, operations in document["paths"].items()
        if list(operations) != ["get"]
    } == {f"{PREFIX}/graphql": ["get", "post"]}
    schemas = document["components"]["schemas"]
    assert schemas["GraphqlQuestion"]["required"] == ["query"]
    assert set(schemas["GraphqlQuestion"]["properties"]) == {"query", "variables", "operationName"}
    post = document["paths"][f"{PREFIX}/graphql"]["post"]
    form, fault = (
        each["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
        for each in (post["requestBody"], post["responses"]["400"])
    )
    assert (form, fault) == ("GraphqlQuestion", "GraphqlAnswer")
    socket = document["paths"][f"{PREFIX}/changes/ws"]["get"]
    assert "200" not in socket["responses"]
    assert {"101", "426"} <= set(socket["responses"])
    assert [each["name"] for each in socket["parameters"]] == [
        "last_event_id",
        "namespace",
        "kind",
        "release",
        "Last-Event-ID",
    ]


async def test_the_bodies_have_the_fields_that_clients_know() -> None:
    async with serving() as client:
        schemas = (await described(client))["components"]["schemas"]
    node = schemas["GraphNode"]
    assert list(node["properties"]) == [
        "uid",
        "name",
        "namespace",
        "kind",
        "status",
        "message",
        "reason",
        "since",
        "chart",
        "release",
        "metadata",
    ]
    assert node["required"] == ["uid", "name", "namespace", "kind", "status", "message"]
    assert schemas["GraphEdge"]["required"] == ["type", "from", "to"]
    assert schemas["Graph"]["required"] == ["nodes", "edges"]
    resource = schemas["Resource"]
    assert resource["required"] == [
        "name",
        "namespace",
        "kind",
        "apiVersion",
        "status",
        "message",
        "chart",
        "release",
        "age",
        "creationTimestamp",
    ]
    assert set(resource["properties"]) - set(resource["required"]) == {
        "reason",
        "since",
        "image",
        "nodeName",
        "restartCount",
        "replicas",
        "ownerReferences",
        "volumeName",
        "claimRef",
        "targetPods",
        "mountedPVCs",
        "usedConfigMaps",
        "usedSecrets",
        "serviceAccountName",
    }


@pytest.mark.long
@pytest.mark.timeout(180)
async def test_the_server_does_as_the_document_says_whatever_is_asked(tmp_path: Path) -> None:
    server = ApiServer(seed=SEED)
    open_shop(server, seed=SEED)
    async with serving(server, patience=100) as client:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "schemathesis.cli",
            "run",
            f"{client.urls[0]}/openapi.json",
            "--phases=examples,coverage,fuzzing",
            "--checks=all",
            # What a token of a page or a label selector looks like, no schema says.
            "--exclude-checks=positive_data_acceptance",
            # A stream does not end; its own tests read it.
            f"--exclude-path={PREFIX}/changes",
            # What a document in GraphQL looks like, no schema says: its own tests generate them.
            f"--exclude-path={PREFIX}/graphql",
            f"--seed={SEED}",
            "--generation-deterministic",
            "--max-examples=8",
            "--max-time=20",
            "--request-timeout=10",
            "--no-color",
            cwd=tmp_path,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        try:
            output, _ = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
    assert process.returncode == 0, output.decode()[-8000:]
