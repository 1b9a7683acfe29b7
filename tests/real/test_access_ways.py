"""Each way to a Secret's value, tried on a real API server: what it answers, and what it refuses."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from tests.access.world import RBAC, Object, World, binding, cluster_role, role, rule
from tests.access.world import account as account_of
from tests.access.world import secret as secret_of
from tests.real.cluster import Cluster
from tests.real.control_plane import ApiServer
from tests.real.processes import until
from tests.real.test_access import APIS, cluster, create, server

__all__ = ["cluster", "server"]

VALUE = base64.b64encode(b"hidden").decode()
SECRETS = "/api/v1/namespaces/red/secrets"
MERGE = {"Content-Type": "application/merge-patch+json"}
AUTH = "authentication.k8s.io"
CERT = "certificates.k8s.io"


@pytest.fixture
def secret(cluster: Cluster) -> Iterator[str]:
    """The path of a Secret with a value."""
    cluster.post(SECRETS, {"metadata": {"name": "db"}, "data": {"password": VALUE}})
    yield f"{SECRETS}/db"
    cluster.delete(f"{SECRETS}/db")


def granted(cluster: Cluster, *rules: Object, to: str = "User/alice", namespace: str = "red") -> None:
    """Grant rules to somebody and wait until the authorizer knows."""
    name = to.replace("/", "-").replace(":", "-").lower()
    made = (role if namespace else cluster_role)(name, *((namespace,) if namespace else ()), *rules)
    create(cluster, made, binding(name, namespace, f"{made['kind']}/{name}", to))
    kind, _, who = to.partition("/")
    probe = {
        "user": who if kind == "User" else "",
        "groups": [who] if kind == "Group" else [],
        "resourceAttributes": {
            "verb": rules[0]["verbs"][0],
            "group": rules[0]["apiGroups"][0],
            "resource": rules[0]["resources"][0].partition("/")[0],
            "subresource": rules[0]["resources"][0].partition("/")[2],
            "namespace": namespace,
            "name": next(iter(rules[0].get("resourceNames", [])), ""),
        },
    }
    body = {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": probe}

    def known() -> bool:
        return bool(
            cluster.post("/apis/authorization.k8s.io/v1/subjectaccessreviews", body)["status"]["allowed"]
        )

    until(known, "the authorizer knows the grant")


class As:
    """Somebody whose requests are told by what they answer."""

    def __init__(self, cluster: Cluster, token: str) -> None:
        self._cluster = Cluster(cluster.url, cluster.ca, token)

    def sees(self, method: str, path: str, body: object = None, **options: object) -> bool:
        """Whether the answer holds the value."""
        return VALUE in self._cluster.request(method, path, body, **options).text

    def status(self, method: str, path: str, body: object = None, **options: object) -> int:
        return self._cluster.request(method, path, body, **options).status_code


@pytest.fixture
def alice(cluster: Cluster) -> As:
    """An account by its token: impersonating it, as other tests do, is one of the ways."""
    path = "/api/v1/namespaces/red/serviceaccounts"
    if not cluster.request("GET", f"{path}/alice").ok:
        cluster.post(path, {"metadata": {"name": "alice"}})
    return As(cluster, cluster.token_of("red", "alice"))


ALICE = "User/system:serviceaccount:red:alice"


@pytest.mark.parametrize(
    ("verb", "method", "path", "body", "sees"),
    [
        ("get", "GET", f"{SECRETS}/db", None, True),
        ("list", "GET", SECRETS, None, True),
        ("patch", "PATCH", f"{SECRETS}/db", {}, True),
        ("update", "PUT", f"{SECRETS}/db?dryRun=All", {"metadata": {"name": "db"}}, False),
        ("delete", "DELETE", f"{SECRETS}/db?dryRun=All&propagationPolicy=Foreground", None, True),
        ("deletecollection", "DELETE", f"{SECRETS}?dryRun=All", None, True),
        ("create", "POST", f"{SECRETS}?dryRun=All", {"metadata": {"name": "db"}}, False),
    ],
)
def test_which_verbs_answer_with_the_value(
    cluster: Cluster, secret: str, alice: As, verb: str, method: str, path: str, body: object, sees: bool
) -> None:
    headers = {"headers": MERGE} if verb == "patch" else {}
    assert alice.status(method, path, body, **headers) == 403
    granted(cluster, rule(verb, "secrets"), to=ALICE)
    assert alice.sees(method, path, body, **headers) is sees
    assert cluster.request("GET", secret).ok, "nothing was taken away"


def test_a_token_of_an_account_is_as_good_as_the_account(cluster: Cluster, secret: str, alice: As) -> None:
    accounts = "/api/v1/namespaces/red/serviceaccounts"
    cluster.post(accounts, {"metadata": {"name": "robot"}})
    granted(cluster, rule("get", "secrets"), to="User/system:serviceaccount:red:robot")
    granted(cluster, rule("create", "serviceaccounts/token", names=["robot"]), to=ALICE)
    assert not alice.sees("GET", secret)
    answer = alice._cluster.post(f"{accounts}/robot/token", {"spec": {}})
    assert As(cluster, answer["status"]["token"]).sees("GET", secret)
    cluster.delete(f"{accounts}/robot")


def test_impersonation_of_accounts_users_and_groups(cluster: Cluster, secret: str, alice: As) -> None:
    granted(cluster, rule("get", "secrets"), to="User/system:serviceaccount:red:robot")
    granted(cluster, rule("impersonate", "serviceaccounts", names=["robot"]), to=ALICE)
    robot = {"Impersonate-User": "system:serviceaccount:red:robot"}
    assert alice.sees("GET", secret, headers=robot)
    # The right to impersonate users of that name is none to impersonate the account.
    assert alice.status("GET", secret, headers={"Impersonate-User": "bob"}) == 403


def test_a_group_needs_a_user_to_go_with_it(cluster: Cluster, secret: str, alice: As) -> None:
    granted(cluster, rule("impersonate", "groups", names=["system:masters"]), to=ALICE, namespace="")
    masters = {"Impersonate-Group": "system:masters"}
    assert not alice.sees("GET", secret, headers=masters)
    assert alice.status("GET", secret, headers={**masters, "Impersonate-User": "bob"}) == 403
    granted(
        cluster,
        rule("impersonate", "users", names=["bob"]),
        to="Group/system:serviceaccounts:red",
        namespace="",
    )
    assert alice.sees("GET", secret, headers={**masters, "Impersonate-User": "bob"})


def test_impersonation_for_certain_requests(cluster: Cluster, secret: str, alice: As) -> None:
    robot = {"Impersonate-User": "system:serviceaccount:red:robot"}
    granted(cluster, rule("get", "secrets"), to="User/system:serviceaccount:red:robot")
    granted(
        cluster, rule("impersonate:serviceaccount", "serviceaccounts", (AUTH,), names=["robot"]), to=ALICE
    )
    assert alice.status("GET", secret, headers=robot) == 403
    granted(
        cluster,
        rule("impersonate-on:serviceaccount:get", "secrets"),
        to="Group/system:serviceaccounts:red",
    )
    assert alice.sees("GET", secret, headers=robot)
    assert alice.status("GET", SECRETS, headers=robot) == 403


def test_bind_gives_oneself_a_role(cluster: Cluster, secret: str, alice: As) -> None:
    create(cluster, role("reader", "red", rule("get", "secrets")))
    mine = {**binding("mine", "red", "Role/reader", ALICE), "apiVersion": f"{RBAC}/v1"}
    del mine["metadata"]["uid"]
    path = f"{APIS}/namespaces/red/rolebindings"
    granted(cluster, rule("create", "rolebindings", (RBAC,)), to=ALICE)
    assert alice.status("POST", path, mine) == 403
    granted(cluster, rule("bind", "roles", (RBAC,), names=["reader"]), to="Group/system:serviceaccounts:red")
    assert alice.status("POST", path, mine) == 201
    assert until(lambda: alice.sees("GET", secret), "the binding holds")


def test_escalate_writes_any_rule_into_a_role_that_one_has(cluster: Cluster, secret: str, alice: As) -> None:
    create(cluster, role("mine", "red", rule("get", "pods")), binding("mine", "red", "Role/mine", ALICE))
    path = f"{APIS}/namespaces/red/roles/mine"
    more = {"rules": [rule("get", "secrets")]}
    granted(cluster, rule("patch", "roles", (RBAC,), names=["mine"]), to=ALICE)
    assert alice.status("PATCH", path, more, headers=MERGE) == 403
    granted(
        cluster,
        rule("escalate", "roles", (RBAC,), names=["mine"]),
        to="Group/system:serviceaccounts:red",
    )
    assert alice.status("PATCH", path, more, headers=MERGE) == 200
    assert until(lambda: alice.sees("GET", secret), "the rule holds")


@pytest.mark.usefixtures("secret")
def test_pods_are_started_with_any_secret_and_any_account_of_the_namespace(
    cluster: Cluster, alice: As
) -> None:
    accounts = "/api/v1/namespaces/red/serviceaccounts"
    cluster.post(accounts, {"metadata": {"name": "robot"}})
    pod = {
        "metadata": {"name": "mine"},
        "spec": {
            "serviceAccountName": "robot",
            "containers": [{"name": "main", "image": "app"}],
            "volumes": [{"name": "db", "secret": {"secretName": "db"}}],
        },
    }
    path = "/api/v1/namespaces/red/pods"
    assert alice.status("POST", path, pod) == 403
    granted(cluster, rule("create", "pods"), to=ALICE)
    assert alice.status("POST", path, pod) == 201
    cluster.delete(f"{path}/mine", gracePeriodSeconds="0")
    # Of an account that does not exist none is started, as soon as admission knows.
    cluster.delete(f"{accounts}/robot")

    def refused() -> bool:
        status = alice.status("POST", path, pod)
        if status == 201:
            cluster.delete(f"{path}/mine", gracePeriodSeconds="0")
        return status == 403

    until(refused, "a Pod of an account that does not exist is refused")


def test_get_alone_enters_no_pod(cluster: Cluster, alice: As) -> None:
    """Two checks: get for the request, and create for what it asks (from Kubernetes 1.35 on)."""
    path = "/api/v1/namespaces/red/pods/any/exec?command=id&stdout=true"
    upgrade = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
        "Sec-WebSocket-Protocol": "v5.channel.k8s.io",
    }
    granted(cluster, rule("get", "pods/exec"), to=ALICE)
    assert alice.status("GET", path, headers=upgrade) == 403
    granted(cluster, rule("create", "pods/exec"), to="Group/system:serviceaccounts:red")
    assert alice.status("GET", path, headers=upgrade) == 404, "there is no such Pod"


def test_certificates_of_the_masters_are_refused(cluster: Cluster) -> None:
    """Admission refuses that group to the signer of clients; any other name is for the approver to judge."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    def ask(name: str, group: str) -> int:
        key = ec.generate_private_key(ec.SECP256R1())
        named = x509.Name(
            [
                x509.NameAttribute(x509.NameOID.COMMON_NAME, name),
                x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, group),
            ]
        )
        request = x509.CertificateSigningRequestBuilder().subject_name(named).sign(key, hashes.SHA256())
        body = {
            "metadata": {"generateName": "mine-"},
            "spec": {
                "request": base64.b64encode(request.public_bytes(serialization.Encoding.PEM)).decode(),
                "signerName": "kubernetes.io/kube-apiserver-client",
                "usages": ["client auth"],
            },
        }
        path = "/apis/certificates.k8s.io/v1/certificatesigningrequests"
        return cluster.request("POST", path, body).status_code

    assert ask("eve", "system:masters") == 403
    assert ask("system:serviceaccount:red:robot", "system:serviceaccounts:red") == 201


def legacy_token(server: ApiServer, secret: str, account: Object) -> str:
    """Sign a token as the controller does that fills Secrets of the type."""
    claims = {
        "iss": "kubernetes/serviceaccount",
        "sub": f"system:serviceaccount:red:{account['metadata']['name']}",
        "kubernetes.io/serviceaccount/namespace": "red",
        "kubernetes.io/serviceaccount/secret.name": secret,
        "kubernetes.io/serviceaccount/service-account.name": account["metadata"]["name"],
        "kubernetes.io/serviceaccount/service-account.uid": account["metadata"]["uid"],
    }
    parts = [json.dumps(part).encode() for part in ({"alg": "RS256", "typ": "JWT"}, claims)]
    text = b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in parts)
    key = serialization.load_pem_private_key(server.key.read_bytes(), None)
    assert isinstance(key, rsa.RSAPrivateKey)
    signature = key.sign(text, padding.PKCS1v15(), hashes.SHA256())
    return (text + b"." + base64.urlsafe_b64encode(signature).rstrip(b"=")).decode()


def test_a_token_in_a_secret_is_of_no_use_to_a_later_account_of_the_name(
    server: ApiServer, cluster: Cluster
) -> None:
    accounts = "/api/v1/namespaces/red/serviceaccounts"
    first = cluster.post(accounts, {"metadata": {"name": "robot"}})
    token = legacy_token(server, "robot-token", first)
    annotations = {
        "kubernetes.io/service-account.name": "robot",
        "kubernetes.io/service-account.uid": first["metadata"]["uid"],
    }
    cluster.post(
        SECRETS,
        {
            "metadata": {"name": "robot-token", "annotations": annotations},
            "type": "kubernetes.io/service-account-token",
            "data": {"token": base64.b64encode(token.encode()).decode()},
        },
    )
    robot = As(cluster, token)
    review = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
    body = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
    assert robot.status("POST", review, body) == 201
    cluster.delete(f"{accounts}/robot")
    second = cluster.post(accounts, {"metadata": {"name": "robot"}})
    assert second["metadata"]["uid"] != first["metadata"]["uid"]
    until(lambda: robot.status("POST", review, body) == 401, "the token is refused")

    def told(uid: str) -> list[str]:
        """Who reads `db` by way of the account, as the evaluator has it."""
        found = World(
            secret_of("db", "red"),
            secret_of("robot-token", "red", token_of="robot", of_uid=first["metadata"]["uid"]),
            account_of("robot", "red", uid=uid),
            role("reader", "red", rule("get", "secrets", names=["db"])),
            binding("reader", "red", "Role/reader", "ServiceAccount/red/robot"),
            role("tokens", "red", rule("get", "secrets", names=["robot-token"])),
            binding("tokens", "red", "Role/tokens", "User/alice"),
        )
        return sorted(found.reach("red", "db").subjects)

    assert "User/alice" in told(first["metadata"]["uid"])
    assert "User/alice" not in told(second["metadata"]["uid"])
    cluster.delete(f"{accounts}/robot")
    cluster.delete(f"{SECRETS}/robot-token")
