"""The page: the overview, an object, a list."""

from __future__ import annotations

import html
import json
import re
from itertools import islice
from time import perf_counter

import pytest

from astrolabe import __version__
from astrolabe.api.assets import Assets
from astrolabe.api.page.access import PATHS
from astrolabe.api.page.frame import document
from astrolabe.api.page.inspection import PHRASES
from astrolabe.api.page.view import View
from astrolabe.api.state import State
from astrolabe.derived.diagnosis.problems import gather
from astrolabe.graph.facts import EDGE_TYPES, READY, Facts, Ref, Verdict, kind_of, ref
from astrolabe.scheduling.steps import at_once
from astrolabe.testing.apiserver import ApiServer
from astrolabe.testing.faults import Refuse
from tests.api.exporter import Client, cluster, phases, serving, until
from tests.api.shop import controller, make, pod, workload


def test_every_relation_has_words_from_both_ends() -> None:
    assert set(PHRASES) == set(EDGE_TYPES)


def reason(word: str) -> str:
    return f'<a href="/docs/reasons/README.md#{word.lower()}" class="reason">{word}</a>'


class TestOverview:
    async def test_it_shows_what_is_there_and_what_is_broken(self) -> None:
        broken = pod("broken")
        broken["status"] = {"phase": "Failed", "reason": "Evicted", "message": "The node was low on memory."}
        async with serving(cluster(broken)) as client:
            status, response, body = await client.get("/")
            assert (status, response.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
            text = body.decode()
            assert 'href="/?object=Pod/shop/broken"' in text
            assert f"version {__version__}" in text
            assert '<b class="healthy">healthy</b> · 12 objects' in text
            assert "1 in error" in text
            assert "<td>deployments.apps</td>" in text
            assert "<title>2 broken · Astrolabe</title>" in text

    async def test_what_is_broken_leads_to_why(self) -> None:
        broken = pod("broken")
        broken["status"] = {"phase": "Pending"}
        async with serving(cluster(broken)) as client:
            (row,) = re.findall(r'<tr data-key="Pod/shop/broken">.*?</tr>', await client.text("/"))
        assert re.findall(r'href="([^"]+)"', row) == ["/?object=Pod/shop/broken", "/?object=Secret/shop/db"]
        assert 'class="status Missing"' in row

    async def test_what_is_broken_is_told_by_cause(self) -> None:
        server = cluster()
        for name in ("web-abc-1", "web-abc-2"):
            failing = pod(name, owner=controller("ReplicaSet", "web-abc"))
            failing["status"] = {
                "phase": "Running",
                "conditions": [
                    {"type": "Ready", "status": "False", "lastTransitionTime": "2026-03-01T12:00:00Z"}
                ],
                "containerStatuses": [
                    {
                        "name": "web",
                        "ready": False,
                        "restartCount": 7,
                        "state": {"waiting": {"reason": "CrashLoopBackOff"}},
                        "lastState": {"terminated": {"exitCode": 1, "message": "no <b>config</b>"}},
                    }
                ],
            }
            server.put(failing)
        server.put(
            make(
                "EndpointSlice",
                "web-xyz",
                api="discovery.k8s.io/v1",
                metadata={"labels": {"kubernetes.io/service-name": "web"}},
                endpoints=[
                    {"conditions": {"ready": False}, "targetRef": {"kind": "Pod", "name": "web-abc-1"}}
                ],
            )
        )
        async with serving(server) as client:
            text = await client.text("/")
            cause = await client.text("/?object=Pod/shop/web-abc-2")
        (causes,) = re.findall(r'<section aria-labelledby="broken">.*?</section>', text)
        causes = re.sub(r' data-uid="[^"]*"|(?<=">)\d+d(?= ago)', "", causes)
        assert causes.split("<tbody>")[1].removesuffix("</tbody></table></div></section>") == (
            '<tr data-key="cause Pod/shop/web-abc-1"><td><span class="status Error">Error</span></td>'
            '<td><a href="/?object=Pod/shop/web-abc-1" class="object" data-id="Pod/shop/web-abc-1">'
            '<span class="kind">Pod</span> <span class="place">shop/</span><b>web-abc-1</b></a>'
            " <small>and 1 more alike</small>"
            '<span class="says">Container web exited with code 1: no &lt;b&gt;config&lt;/b&gt;; 7 restarts'
            f'</span></td><td>{reason("CrashLoopBackOff")}</td><td><time datetime="2026-03-01T12:00:00Z"'
            ' title="2026-03-01T12:00:00Z"> ago</time></td>'
            '<td><a href="/?object=Pod/shop/web-abc-1">2 objects</a>'
            '<div><a href="/?object=Ingress/shop/web" class="object" data-id="Ingress/shop/web">'
            '<span class="kind">Ingress</span> <span class="place">shop/</span><b>web</b></a></div>'
            '<div><a href="/?object=Service/shop/web" class="object" data-id="Service/shop/web">'
            '<span class="kind">Service</span> <span class="place">shop/</span><b>web</b></a></div></td></tr>'
        )
        # The page of any of those that are alike leads on to what they broke.
        (broke,) = re.findall(r'<section aria-labelledby="broke">.*?</section>', cause)
        assert '<h2 id="broke">Broke with 1 alike <small>2</small></h2>' in broke
        assert objects(broke) == ["Ingress/shop/web", "Service/shop/web"]

    async def test_an_account_that_was_refused_something_says_what_it_lacks(self) -> None:
        server = cluster(make("ServiceAccount", "till", "shop"))
        asking = pod("asking")
        asking["spec"]["serviceAccountName"] = "till"
        words = (
            'pods is forbidden: User "system:serviceaccount:shop:till" cannot list resource "pods"'
            ' in API group "" at the cluster scope'
        )
        asking["status"] = {"phase": "Failed", "reason": "Error", "message": words}
        server.put(asking)
        said = (
            'It may not list pods in the whole cluster. A ClusterRole with verbs ["list"], resources'
            ' ["pods"], apiGroups [""], given to it by a ClusterRoleBinding, would grant it'
        )
        async with serving(server) as client:
            (row,) = re.findall(
                r'<tr data-key="cause ServiceAccount/shop/till">.*?</tr>', await client.text("/")
            )
            page = await client.text("/?object=Pod/shop/asking")
            listed = json.loads(await client.text("/api/v1/problems"))
        assert f'<span class="says">{html.escape(said)}</span></td><td>{reason("Forbidden")}</td>' in row
        (why,) = re.findall(r'<section class="why" .*?</section>', page)
        assert html.escape(said) in why
        found = {each["id"]: each for each in listed}["ServiceAccount/shop/till"]
        assert (found["reason"], found["message"]) == ("Forbidden", said)

    async def test_what_is_missing_is_a_cause_with_a_page(self) -> None:
        waiting = pod("waiting")
        waiting["status"] = {"phase": "Pending"}
        async with serving(cluster(waiting)) as client:
            (row,) = re.findall(r'<tr data-key="cause Secret/shop/db">.*?</tr>', await client.text("/"))
            page = await client.text("/?object=Secret/shop/db")
        assert '<span class="status Missing">Missing</span>' in row
        assert f'<span class="says">does not exist</span></td><td>{reason("NotFound")}</td><td></td>' in row
        assert '<a href="/?object=Secret/shop/db">1 object</a>' in row
        (broke,) = re.findall(r'<section aria-labelledby="broke">.*?</section>', page)
        assert objects(broke) == ["Pod/shop/waiting"]

    async def test_what_is_at_rest_is_not_broken_and_stands_apart_as_long_as_it_rests(self) -> None:
        resting = workload("Deployment", "resting")
        resting["spec"]["replicas"] = 0
        resting["status"] = {"observedGeneration": 1}
        server = cluster(resting)
        async with serving(server) as client:
            text = await client.text("/")
            assert "AtRest" in await client.text("/api/v1/graph/Deployment%2Fshop%2Fresting")
            (apart,) = re.findall(r'<section aria-labelledby="rest">.*?</section>', text)
            assert objects(apart) == ["Deployment/shop/resting"]
            assert "Deployment/shop/resting" not in text.replace(apart, "")
            server.delete("deployments.apps", "shop", "resting")
            await until(lambda: not client.application.exposition.resting)
            assert 'aria-labelledby="rest"' not in await client.text("/")

    async def test_nothing_is_broken(self) -> None:
        server = ApiServer()
        server.put(make("Namespace", "shop", "", status={"phase": "Active"}))
        async with serving(server) as client:
            text = await client.text("/")
        assert "<p>Nothing. Every known object is Ready.</p>" in text
        assert "0 in error, 0 pending" in text

    async def test_nothing_of_it_comes_from_elsewhere(self) -> None:
        async with serving() as client:
            _, response, body = await client.get("/")
            text = body.decode()
            assert re.findall(r"https?:|//\w|@import", text) == []
            linked = re.findall(r"""(?:href|src|action)\s*=\s*["']?([^"'\s>]+)""", text)
            assert {"/", "/metrics", "/readyz", "/health"} < set(linked)
            for path in set(linked) - {"#view"}:
                assert (await client.get(html.unescape(path)))[0] == 200, path
            policy = response.headers["Content-Security-Policy"].split("; ")
            assert "default-src 'none'" in policy
            assert {each for each in policy if each.split()[0].endswith("-src")} == {
                "default-src 'none'",
                "script-src 'self'",
                "style-src 'self'",
                "img-src 'self'",
                "connect-src 'self'",
            }
            assert re.findall(r"<style|<script(?! type=\"module\" src=)| on\w+=| style=", text) == []
            assert response.headers["X-Content-Type-Options"] == "nosniff"
            assert response.headers["Referrer-Policy"] == "no-referrer"

    async def test_it_loads_itself_again_only_where_no_script_does(self) -> None:
        async with serving() as client:
            text = await client.text("/")
        assert re.findall(r"(<\w+>)<meta http-equiv", text) == ["<noscript>"]

    async def test_what_comes_from_the_cluster_is_escaped(self) -> None:
        server = cluster()
        server.faults.order("secrets", Refuse(500, "<img src=x onerror=alert(1)>"), times=None)
        evil = Facts(
            id='Pod/shop/<b a="\'">',
            kind="<i>Pod",
            namespace="shop",
            uid="1",
            api_version="<u>v1",
            verdict=Verdict("Error", message="</table><script>alert(1)</script>&amp;"),
            labels=(("<u>", '"<u>'),),
        )
        async with serving(server, ready=False) as client:
            await until(lambda: "failing" in phases(client))
            client.application.put(evil, None, perf_counter())
            text = await client.text("/")
            pages = [
                await client.text("/", params=query)
                for query in (
                    {"object": evil.id},
                    {"namespace": "shop"},
                    {"kind": "<i>Pod"},
                    {"q": '"><b a'},
                    {"object": '"><b a="1">/x'},
                    {"release": '"><b a="1">/<i>'},
                )
            ]
        assert "&lt;b a=&quot;&#x27;&quot;&gt;</b>" in text
        assert "&lt;/table&gt;&lt;script&gt;alert(1)&lt;/script&gt;&amp;amp;" in text
        assert "&lt;i&gt;Pod</a>" in text
        assert "&lt;img src=x onerror=alert(1)&gt;" in text
        for page in (text, *pages):
            for raw in ("<script>", "<img src=x", "<i>", "<b a", "<u>"):
                assert raw not in page

    async def test_it_stays_short_however_much_is_broken(self) -> None:
        async with serving() as client:
            for number in range(300):
                add_pod(client, f"p{number:03}", verdict=Verdict("Error"))
            text = await client.text("/")
        causes, broken = text.split('id="objects"')
        for part in (causes, broken):
            assert "Pod/x/p199" in part
            assert "Pod/x/p200" not in part
        assert '<p class="more">and 101 more causes</p>' in causes
        # The Ingress of the shop, which has no address, comes after what is in error.
        assert '<p class="more">and 101 more: <a href="/?status=Error">' in text


def add_pod(client: Client, name: str, *, verdict: Verdict = READY, refs: tuple[Ref, ...] = ()) -> None:
    client.application.put(
        Facts(
            id=f"Pod/x/{name}",
            kind="Pod",
            namespace="x",
            uid=name,
            api_version="v1",
            verdict=verdict,
            refs=refs,
        ),
        None,
        perf_counter(),
    )


def objects(text: str) -> list[str]:
    """The objects that a view links to, in its order."""
    return [html.unescape(each) for each in re.findall(r'data-id="([^"]+)"', text)]


class TestObject:
    async def test_what_it_says_and_what_it_is_related_to(self) -> None:
        async with serving() as client:
            text = await client.text("/?object=Pod/shop/web-abc-1")
        assert "<h1>web-abc-1</h1>" in text
        assert "<title>Pod/shop/web-abc-1 · Astrolabe</title>" in text
        assert re.findall(r"<dt>([^<]+)</dt><dd>([^<]+)</dd>", text)[:3] == [
            ("Node name", "one"),
            ("Image", "nginx:1.30"),
            ("Restart count", "0"),
        ]
        assert objects(re.findall(r"<dt>Controlled by</dt>(.*?)</dd>", text)[0]) == ["Deployment/shop/web"]
        groups = dict(re.findall(r"<h3>([^<]+?)(?: <small>\d+</small>)?</h3>(.*?)</ul>", text))
        assert {phrase: objects(group) for phrase, group in groups.items()} == {
            "Missing references": ["ConfigMap/shop/settings", "Secret/shop/db"],
            "Endpoint of": ["EndpointSlice/shop/web-xyz"],
            "Owned by": ["ReplicaSet/shop/web-abc"],
            "Runs as": ["ServiceAccount/shop/default"],
            "Runs image": ["Image/docker.io/library/nginx:1.30"],
            "Runs on": ["Node/one"],
            "Selected by": ["Service/shop/web"],
        }
        assert "optional" in groups["Missing references"].split("Secret/shop/db")[0]

    async def test_why_and_by_what_way(self) -> None:
        server = cluster()
        for name in ("web-abc-1", "web-abc-2"):
            broken = pod(name, owner=controller("ReplicaSet", "web-abc"))
            broken["status"] = {"phase": "Pending"}
            server.put(broken)
        server.delete("endpointslices.discovery.k8s.io", "shop", "web-xyz")
        async with serving(server) as client:
            text = await client.text("/?object=Service/shop/web")
        (why,) = re.findall(r'<section class="why".*?</section>', text)
        assert objects(why) == ["Secret/shop/db", "Pod/shop/web-abc-1"]
        assert "by way of" in why

    async def test_a_namesake_of_what_is_missing_is_said_to_be_one(self) -> None:
        async with serving() as client:
            claim = "PersistentVolumeClaim/x/p-scratch"
            mine = Ref("mounts", claim, uid="p")
            add_pod(client, "p", verdict=Verdict("Pending"), refs=(mine,))
            taken = Facts(
                id=claim,
                kind=kind_of(claim),
                namespace="x",
                uid="another",
                api_version="v1",
                verdict=Verdict("Error"),
            )
            client.application.put(taken, None, perf_counter())
            text = await client.text("/?object=Pod/x/p")
            causes = json.loads(await client.text("/api/v1/graph/Pod%2Fx%2Fp/causes"))
        (missing,) = re.findall(r"<h3>Missing references</h3>(.*?)</ul>", text)
        assert objects(missing) == [claim]
        assert "another object has this name" in missing
        (why,) = re.findall(r'<section class="why".*?</section>', text)
        assert objects(why) == [claim]
        assert "another object has this name" in why
        assert [(cause["id"], cause["missing"], cause["uid"]) for cause in causes] == [
            (claim, True, "another")
        ]

    async def test_what_breaks_with_it(self) -> None:
        async with serving() as client:
            text = await client.text("/?object=Node/one")
        (impact,) = re.findall(r'aria-labelledby="impact">(.*?)</section>', text)
        assert objects(impact) == [
            "Ingress/shop/web",
            "Deployment/shop/web",
            "EndpointSlice/shop/web-xyz",
            "Pod/shop/web-abc-1",
            "Pod/shop/web-abc-2",
            "ReplicaSet/shop/web-abc",
            "Service/shop/web",
        ]

    async def test_one_that_is_missing_says_who_needs_it(self) -> None:
        async with serving() as client:
            text = await client.text("/?object=Secret/shop/db")
        assert 'class="status Missing"' in text
        assert "There is no such object." in text
        assert "What helps: Create it" in text
        assert "Pod/shop/web-abc-1" in objects(text)

    async def test_one_that_nobody_needs_is_no_fault(self) -> None:
        async with serving() as client:
            text = await client.text("/?object=Secret/shop/nobody-needs-it")
        assert "There is no such object." in text
        assert "What helps" not in text
        assert "waits or fails" not in text

    async def test_one_object_is_not_several(self) -> None:
        async with serving() as client:
            text = await client.text("/?q=Node/one")
        assert "<p>1 object</p>" in text

    async def test_one_that_nobody_could_know(self) -> None:
        async with serving() as client:
            assert "not every Rocket is followed" in await client.text("/?object=Rocket/shop/one")
            assert "An object is named" in await client.text("/?object=rocket")

    async def test_a_node_with_many_pods_stays_short(self) -> None:
        async with serving() as client:
            for number in range(120):
                add_pod(client, f"p{number:03}", refs=(ref("runs-on", "Node", "", "one"),))
            text = await client.text("/?object=Node/one")
        assert "<h3>Carries <small>122</small></h3>" in text
        assert '<p class="more">and 72 more</p>' in text


class TestList:
    async def ask(self, query: dict[str, str]) -> tuple[str, list[str]]:
        async with serving() as client:
            text = await client.text("/", params=query)
            return text, objects(re.sub(r".*<tbody>", "", text, flags=re.DOTALL))

    async def test_a_namespace_worst_first(self) -> None:
        text, found = await self.ask({"namespace": "shop"})
        assert "<p>8 objects</p>" in text
        assert found[0] == "Ingress/shop/web"
        assert sorted(found[1:]) == found[1:]

    async def test_a_kind_of_it(self) -> None:
        text, found = await self.ask({"namespace": "shop", "kind": "Pod"})
        assert found == ["Pod/shop/web-abc-1", "Pod/shop/web-abc-2"]
        assert 'href="/?namespace=shop&amp;kind=Pod" aria-current="true">Pod <small>2</small>' in text
        # What else could be chosen is still there.
        assert 'href="/?namespace=shop&amp;kind=Service"' in text

    async def test_a_status(self) -> None:
        assert (await self.ask({"status": "Pending"}))[1] == ["Ingress/shop/web"]

    async def test_a_kind_outside_namespaces(self) -> None:
        assert (await self.ask({"kind": "Node"}))[1] == ["Node/one"]

    async def test_words_in_any_order_and_case(self) -> None:
        assert (await self.ask({"q": "2 WEB pod"}))[1] == ["Pod/shop/web-abc-2"]

    async def test_a_release(self) -> None:
        labels = {"app.kubernetes.io/managed-by": "Helm", "app.kubernetes.io/instance": "till"}
        annotations = {"meta.helm.sh/release-name": "till", "meta.helm.sh/release-namespace": "shop"}
        server = cluster(make("ConfigMap", "till", metadata={"labels": labels, "annotations": annotations}))
        async with serving(server) as client:
            assert 'href="/?release=shop/till"' in await client.text("/")
            text = await client.text("/?release=shop/till")
            assert "No objects found." in await client.text("/?release=shop")
        assert objects(text) == ["ConfigMap/shop/till"]
        assert 'data-source="/api/v1/graph?release=till&amp;namespace=shop&amp;missing=true"' in text

    async def test_what_is_drawn_is_answered(self) -> None:
        async with serving() as client:
            for query in ({"namespace": "shop"}, {"object": "Pod/shop/web-abc-1"}):
                text = await client.text("/", params=query)
                (source,) = re.findall(r'data-source="([^"]+)"', text)
                document = json.loads(await client.text(html.unescape(source)))
                assert "Pod" in {node["kind"] for node in document["nodes"]}

    async def test_it_stays_short(self) -> None:
        async with serving() as client:
            for number in range(400):
                add_pod(client, f"p{number:03}")
            text = await client.text("/?namespace=x")
        assert len(objects(text)) == 300
        assert "and 100 more: choose a status or a kind, or search" in text


@pytest.mark.parametrize(
    "view",
    [
        View(),
        View(namespace="shop"),
        View(kind="Pod"),
        View(q="web"),
        View(object="Node/one"),
        View(object="Deployment/shop/web"),
        View(object="Service/shop/web"),
    ],
    ids=str,
)
async def test_objects_may_go_while_a_view_is_made(view: View) -> None:
    broken = pod("web-abc-1", owner=controller("ReplicaSet", "web-abc"))
    broken["status"] = {"phase": "Pending"}
    async with serving(cluster(broken)) as client:
        app = client.application
        state = State(
            app.graph,
            app.exposition,
            app.telemetry,
            app.supervisor,
            app.bus,
            app.scheduler,
            app.feed,
            app.access,
            app.recent,
            app.sleep,
            app.cost,
        )
        ids = sorted(node.id for node in app.graph)
        problems = at_once(gather(app.graph, app.graph.all_unwell()))
        steps = sum(1 for _ in document(state, view, Assets(), problems, PATHS))
        there = [app.graph.get(node_id) for node_id in ids]
        for step in range(steps):
            # At every pause everything goes but the virtual, and comes back for the next attempt.
            pieces = document(state, view, Assets(), problems, PATHS)
            text = list(islice(pieces, step))
            for node in there:
                if node is not None and node.facts.uid:
                    app.remove(node.facts, None)
            text += pieces
            assert "".join(text).endswith("</html>\n")
            for node in there:
                if node is not None and node.facts.uid:
                    app.put(node.facts, None, perf_counter())
