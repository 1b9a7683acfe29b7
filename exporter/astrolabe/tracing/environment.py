"""What OpenTelemetry's standard environment variables ask for. OpenTelemetry itself is not needed here."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, TypeAlias, TypeVar, get_args
from urllib.parse import SplitResult, unquote, urlsplit

import msgspec

from astrolabe import __version__
from astrolabe.patterns.names import shown

Sampler: TypeAlias = Literal[
    "always_on",
    "always_off",
    "traceidratio",
    "parentbased_always_on",
    "parentbased_always_off",
    "parentbased_traceidratio",
]
Compression: TypeAlias = Literal["none", "gzip", "deflate"]

_SAMPLERS: tuple[Sampler, ...] = get_args(Sampler)
_COMPRESSIONS: tuple[Compression, ...] = get_args(Compression)
_PROTOCOL = "http/protobuf"
_LONGEST_WAIT = 600.0
_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")

T = TypeVar("T")


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """Where spans go. It may hold credentials: `shown` alone may be told."""

    url: str
    headers: dict[str, str] = {}
    certificate: str = ""
    """File with the CA of the collector, PEM; empty for those that the system trusts."""
    client_certificate: str = ""
    client_key: str = ""
    timeout: float = 10.0
    """Seconds for a batch, further attempts included."""
    compression: Compression = "none"

    @property
    def shown(self) -> str:
        """The address without credentials."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{_place(parts)}{parts.path}"


class Tracing(msgspec.Struct, frozen=True, kw_only=True):
    """How spans are made and sent."""

    target: Target
    sampler: Sampler = "parentbased_always_on"
    ratio: float = 1.0
    """Part of the traces that the samplers with a ratio keep."""
    resource: dict[str, str]
    """What is said of this process with all spans."""
    queue: int = 2048
    """Spans that may wait to be sent."""
    batch: int = 512
    """Spans that are sent together."""
    delay: float = 5.0
    """Seconds until what waits is sent, where it is no whole batch."""


class NotUsable(Exception):
    """Spans cannot be sent as the variables have it. Its text is one line that names the variable."""


class Variables:
    """The variables of one process, and what is wrong with them. An empty one is as if it were not there."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self.ignored: list[str] = []
        """Values that cannot be meant, a line each; the default is used instead."""

    @property
    def wanted(self) -> bool:
        """Whether spans are asked for; raises `NotUsable`."""
        if self.text("OTEL_SDK_DISABLED").lower() == "true":
            return False
        exporters = [each.strip() for each in self.text("OTEL_TRACES_EXPORTER").split(",") if each.strip()]
        if exporters:
            for each in exporters:
                if each not in ("otlp", "none"):
                    raise NotUsable(f"OTEL_TRACES_EXPORTER: expected otlp or none, got {shown(each)}")
            return "otlp" in exporters
        return bool(self.text("OTEL_EXPORTER_OTLP_ENDPOINT") or self.text(_of_traces("ENDPOINT")))

    def tracing(self, service: str) -> Tracing:
        """Return how spans are made and sent by a program of this name; raises `NotUsable`."""
        ratio = 1.0
        sampler = self._chosen("OTEL_TRACES_SAMPLER", _SAMPLERS, "parentbased_always_on")
        if sampler.endswith("traceidratio"):
            ratio = self._number("OTEL_TRACES_SAMPLER_ARG", 1.0, least=0.0, most=1.0)
        queue = int(self._number("OTEL_BSP_MAX_QUEUE_SIZE", 2048, least=1, most=1 << 20, whole=True))
        batch = int(self._number("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", 512, least=1, most=1 << 20, whole=True))
        return Tracing(
            target=self._target(),
            sampler=sampler,
            ratio=ratio,
            resource=self._resource(service),
            queue=queue,
            batch=min(batch, queue),
            delay=self._number("OTEL_BSP_SCHEDULE_DELAY", 5000, least=1, most=_LONGEST_WAIT * 1000) / 1000,
        )

    def text(self, name: str) -> str:
        """Return a variable without blanks around it."""
        return self._environment.get(name, "").strip()

    def _target(self) -> Target:
        protocol_at, protocol = self._otlp("PROTOCOL")
        if protocol not in ("", _PROTOCOL):
            raise NotUsable(
                f"{protocol_at}: only {_PROTOCOL} is spoken, usually at port 4318 of a collector; got"
                f" {shown(protocol)}"
            )
        timeout_at, _ = self._otlp("TIMEOUT")
        compression_at, _ = self._otlp("COMPRESSION")
        target = Target(
            url=self._url(),
            headers=self._headers(),
            certificate=self._file("CERTIFICATE"),
            client_certificate=self._file("CLIENT_CERTIFICATE"),
            client_key=self._file("CLIENT_KEY"),
            timeout=self._number(timeout_at, 10.0, least=0.001, most=_LONGEST_WAIT),
            compression=self._chosen(compression_at, _COMPRESSIONS, "none"),
        )
        if target.client_key and not target.client_certificate:
            raise NotUsable("OTEL_EXPORTER_OTLP_CLIENT_KEY: the certificate that it belongs to is missing")
        return target

    def _url(self) -> str:
        name, url = self._otlp("ENDPOINT")
        url = url or "http://localhost:4318"
        try:
            parts = urlsplit(url)
            usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        except ValueError:
            usable = False
        if not usable:
            # It is not quoted: there may be a password in it.
            raise NotUsable(f"{name}: expected a URL as in http://collector:4318")
        return url if name == _of_traces("ENDPOINT") else f"{url.rstrip('/')}/v1/traces"

    def _headers(self) -> dict[str, str]:
        name, text = self._otlp("HEADERS")
        found = {}
        for pair in filter(None, map(str.strip, text.split(","))):
            key, equals, value = pair.partition("=")
            key, value = key.strip(), unquote(value.strip())
            if not (equals and _HEADER.fullmatch(key) and value.isascii() and value.isprintable()):
                # Nothing of it is quoted: it may be a token.
                raise NotUsable(f"{name}: expected NAME=VALUE, several joined by commas, percent-encoded")
            found[key.lower()] = value
        return found

    def _file(self, what: str) -> str:
        name, path = self._otlp(what)
        if path:
            try:
                with Path(path).open("rb"):
                    pass
            except OSError as error:
                raise NotUsable(f"{name}: {shown(path)} cannot be read: {error.strerror}") from None
        return path

    def _resource(self, service: str) -> dict[str, str]:
        found = {"service.name": service, "service.version": __version__}
        name = "OTEL_RESOURCE_ATTRIBUTES"
        for pair in filter(None, map(str.strip, self.text(name).split(","))):
            key, equals, value = pair.partition("=")
            if equals and key.strip():
                found[unquote(key.strip())] = unquote(value.strip())
            else:
                self.ignored.append(
                    f"{name}: expected NAME=VALUE, several joined by commas, got {shown(pair)}"
                )
        return found | ({"service.name": given} if (given := self.text("OTEL_SERVICE_NAME")) else {})

    def _otlp(self, what: str) -> tuple[str, str]:
        """Return the variable that decides, and its text: that for traces wins over that for everything."""
        name = _of_traces(what)
        if not self.text(name):
            name = f"OTEL_EXPORTER_OTLP_{what}"
        return name, self.text(name)

    def _chosen(self, name: str, known: tuple[T, ...], default: T) -> T:
        text = self.text(name).lower()
        for each in known:
            if each == text:
                return each
        if text:
            self.ignored.append(f"{name}: expected one of {', '.join(map(str, known))}, got {shown(text)}")
        return default

    def _number(self, name: str, default: float, *, least: float, most: float, whole: bool = False) -> float:
        text = self.text(name)
        if not text:
            return default
        try:
            found = float(text)
        except ValueError:
            found = math.nan
        if least <= found <= most and (found.is_integer() or not whole):
            return found
        kind = "a whole number" if whole else "a number"
        self.ignored.append(f"{name}: expected {kind} from {least:g} to {most:g}, got {shown(text)}")
        return default


def _of_traces(what: str) -> str:
    return f"OTEL_EXPORTER_OTLP_TRACES_{what}"


def _place(parts: SplitResult) -> str:
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    return host if parts.port is None else f"{host}:{parts.port}"
