"""GitLab's REST API, as far as a change of some files needs it."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, NamedTuple
from urllib.parse import quote

from astrolabe.override.backend import Impossible, Trouble
from astrolabe.override.gitops.calls import Answer, Remote

_MOST_FILES = 40
"""Files that are read; each is a call, and GitLab takes few."""
_PAGE = 100


class Branch(NamedTuple):
    """A branch and its newest commit."""

    commit: str
    message: str


class Merge(NamedTuple):
    """A merge request."""

    number: int
    state: str
    """`opened`, `merged`, `closed` or `locked`."""
    sha: str
    """The newest commit of its source branch."""
    status: str
    """`detailed_merge_status`."""
    url: str

    @property
    def shown(self) -> str:
        """As messages name it."""
        return f"merge request !{self.number} ({self.url})"


class Outcome(NamedTuple):
    """What a merge came to."""

    done: bool
    conflict: bool
    """Whether the branch cannot be merged as it is."""
    said: str


class Text(NamedTuple):
    """A file's text and the last commit that changed it."""

    text: str
    commit: str


class Changed(Exception):
    """Somebody else changed a file since it was read."""


CALLS = (
    ("GET", "repository/branches"),
    ("GET", "repository/tree"),
    ("GET", "repository/files"),
    ("POST", "repository/commits"),
    ("DELETE", "repository/branches"),
    ("GET", "merge_requests"),
    ("POST", "merge_requests"),
    ("PUT", "merge_requests/merge"),
)
"""Methods and endpoints, as they are counted."""


class GitLab:
    """One project. Raises `Trouble` for what may pass, and `Impossible` with what would help."""

    def __init__(self, remote: Remote, project: str) -> None:
        """`project` is its path, as in `shop/environments`, or its number."""
        self._remote = remote
        self.project = project
        self._root = f"/api/v4/projects/{quote(project, safe='')}"

    async def branch(self, name: str) -> Branch | None:
        """Return a branch; None where there is none. Raises `Impossible` where there is no such project."""
        path = f"/repository/branches/{quote(name, safe='')}"
        answer = await self._send("GET", "repository/branches", path)
        if answer.status == HTTPStatus.NOT_FOUND:
            if "branch" in answer.said.lower():
                return None
            raise self._refused(answer, f"reads branch {name}")
        self._expect(answer, f"reads branch {name}")
        commit = answer.body["commit"]
        return Branch(commit["id"], commit.get("message") or "")

    async def files(self, folder: str, commit: str) -> dict[str, Text]:
        """Return the YAML files of a folder, or the one file that it is, as of a commit."""
        if folder.endswith((".yaml", ".yml")):
            paths = [folder]
        else:
            paths = await self._tree(folder.strip("/"), commit)
        return {path: await self._file(path, commit) for path in paths}

    async def _tree(self, folder: str, commit: str) -> list[str]:
        found: list[str] = []
        query = {"ref": commit, "recursive": "true", "per_page": str(_PAGE), "page": "1"}
        if folder:
            query["path"] = folder
        while query["page"]:
            answer = await self._send("GET", "repository/tree", "/repository/tree", query)
            if answer.status == HTTPStatus.NOT_FOUND:
                raise Impossible(f"GitLab: {self.project} has no folder {folder}: set gitops.path")
            self._expect(answer, f"lists {folder or 'its files'}")
            found += [
                each["path"]
                for each in answer.body
                if each["type"] == "blob" and each["path"].endswith((".yaml", ".yml"))
            ]
            query["page"] = answer.headers.get("X-Next-Page", "")
            if len(found) > _MOST_FILES:
                raise Impossible(
                    f"GitLab: {self.project} has more than {_MOST_FILES} YAML files in {folder or 'its root'}"
                    ": set gitops.path to the folder or file with the SleepInfo"
                )
        return found

    async def _file(self, path: str, commit: str) -> Text:
        address = f"/repository/files/{quote(path, safe='')}"
        answer = await self._send("GET", "repository/files", address, {"ref": commit})
        if answer.status == HTTPStatus.NOT_FOUND:
            raise Impossible(f"GitLab: {self.project} has no file {path}: set gitops.path")
        self._expect(answer, f"reads {path}")
        try:
            text = base64.b64decode(answer.body["content"]).decode()
        except (binascii.Error, UnicodeDecodeError):
            return Text("", answer.body["last_commit_id"])  # no text: nothing to edit in it
        return Text(text, answer.body["last_commit_id"])

    async def commit(
        self, branch: str, start: str, message: str, files: Mapping[str, str], known: Mapping[str, str]
    ) -> None:
        """Make a branch (again) that is one commit ahead of `start`; raises `Changed`.

        `known` are the last commits that changed each file, as they were read.
        """
        body = {
            "branch": branch,
            "start_sha": start,
            "force": True,
            "commit_message": message,
            "actions": [
                {"action": "update", "file_path": path, "content": text, "last_commit_id": known[path]}
                for path, text in files.items()
            ],
        }
        answer = await self._send("POST", "repository/commits", "/repository/commits", body=body)
        changed = "changed" in answer.said or "has been updated" in answer.said
        if answer.status == HTTPStatus.CONFLICT or (answer.status == HTTPStatus.BAD_REQUEST and changed):
            raise Changed(answer.said)
        self._expect(answer, f"commits to branch {branch}")

    async def remove(self, branch: str) -> None:
        """Remove a branch; one that is gone is fine."""
        path = f"/repository/branches/{quote(branch, safe='')}"
        answer = await self._send("DELETE", "repository/branches", path)
        if answer.status != HTTPStatus.NOT_FOUND:
            self._expect(answer, f"removes branch {branch}")

    async def requests(self, source: str, target: str) -> Sequence[Merge]:
        """Return the merge requests of a source branch, newest first."""
        query = {"source_branch": source, "target_branch": target, "state": "all"}
        answer = await self._send("GET", "merge_requests", "/merge_requests", query)
        self._expect(answer, "lists merge requests")
        return sorted(map(_merge, answer.body), key=lambda each: -each.number)

    async def request(self, number: int) -> Merge:
        """Return a merge request, with how it stands."""
        answer = await self._send("GET", "merge_requests", f"/merge_requests/{number}")
        self._expect(answer, f"reads merge request !{number}")
        return _merge(answer.body)

    async def open(self, source: str, target: str, title: str, description: str) -> Merge | None:
        """Open a merge request; None where there is one already."""
        body = {
            "source_branch": source,
            "target_branch": target,
            "title": title,
            "description": description,
            "remove_source_branch": True,
        }
        answer = await self._send("POST", "merge_requests", "/merge_requests", body=body)
        if answer.status == HTTPStatus.CONFLICT:
            return None
        self._expect(answer, "opens a merge request")
        return _merge(answer.body)

    async def merge(self, request: Merge) -> Outcome:
        """Merge exactly the commit that was looked at."""
        body = {"sha": request.sha, "should_remove_source_branch": True}
        path = f"/merge_requests/{request.number}/merge"
        answer = await self._send("PUT", "merge_requests/merge", path, body=body)
        match answer.status:
            case HTTPStatus.METHOD_NOT_ALLOWED | HTTPStatus.LOCKED:
                return Outcome(done=False, conflict=False, said=answer.said)
            case HTTPStatus.NOT_ACCEPTABLE | HTTPStatus.CONFLICT | HTTPStatus.UNPROCESSABLE_ENTITY:
                return Outcome(done=False, conflict=True, said=answer.said)
            case HTTPStatus.UNAUTHORIZED | HTTPStatus.FORBIDDEN:
                raise Impossible(
                    f"GitLab: the token may not merge {request.shown}: allow its user to merge into the"
                    f" protected branch, or merge it by hand ({answer.said})"
                )
        self._expect(answer, f"merges !{request.number}")
        state = answer.body.get("state")
        return Outcome(done=state == "merged", conflict=False, said=f"it is {state}")

    async def _send(
        self,
        method: str,
        endpoint: str,
        path: str,
        query: Mapping[str, str] | None = None,
        body: object = None,
    ) -> Answer:
        return await self._remote.send(method, endpoint, self._root + path, query, body)

    def _expect(self, answer: Answer, what: str) -> None:
        if not answer.ok:
            raise self._refused(answer, what)
        if answer.body is None and answer.status != HTTPStatus.NO_CONTENT:
            raise Trouble(f"GitLab: {self.project}: the answer is empty ({what})")

    def _refused(self, answer: Answer, what: str) -> Exception:
        match answer.status:
            case HTTPStatus.UNAUTHORIZED:
                return Impossible(
                    "GitLab refuses the token (401), which is wrong, expired or revoked: make one with the"
                    " scope `api` and put it into gitlab.token_file"
                )
            case HTTPStatus.FORBIDDEN if "scope" in answer.said:
                return Impossible(
                    "GitLab: the token lacks the scope `api`: make one that has it and put it into"
                    f" gitlab.token_file ({answer.said})"
                )
            case HTTPStatus.FORBIDDEN:
                return Impossible(
                    f"GitLab: {self.project}: the token's user may not do this ({what}: {answer.said}): it"
                    " needs the role Developer, and branches named astrolabe/* must not be protected"
                )
            case HTTPStatus.NOT_FOUND:
                return Impossible(
                    f"GitLab: {self.project} is not there, or the token's user cannot see it: check"
                    " gitops.project, and make the user a member"
                )
        if answer.status < HTTPStatus.BAD_REQUEST:
            return Impossible(f"GitLab: {self.project}: {answer.status} leads elsewhere: check gitlab.url")
        return Trouble(f"GitLab: {self.project}: {what}: {answer.status} {answer.said}")


def _merge(body: Mapping[str, Any]) -> Merge:
    return Merge(
        int(body["iid"]),
        str(body["state"]),
        str(body.get("sha") or ""),
        str(body.get("detailed_merge_status") or "unchecked"),
        str(body.get("web_url") or ""),
    )
