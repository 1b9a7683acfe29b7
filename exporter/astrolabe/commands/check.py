"""`astrolabe check`: which resources may be watched, before anything is deployed."""

from __future__ import annotations

import argparse
import asyncio
import sys

from astrolabe.commands.connection import connected
from astrolabe.commands.persistence import open_state_store
from astrolabe.derived.cost.pricefile import PriceFile
from astrolabe.derived.cost.prices import PriceError
from astrolabe.kube.access import missing, rules
from astrolabe.kube.discovery import discover
from astrolabe.persistence.store import StoreError
from astrolabe.settings import Settings
from astrolabe.watchlist import Watchlist


async def check(settings: Settings, _arguments: argparse.Namespace, _stopping: asyncio.Event) -> int:
    """Print a line for each resource; return 1 if anything that was asked for cannot be followed."""
    watchlist = Watchlist(settings)
    async with connected(settings) as cluster:
        discovery = await discover(cluster)
        wanted = watchlist.asked_for(discovery)
        refused = await missing(cluster, wanted)
    lacking = {(item.group, item.plural, item.namespace, item.name): item for item in refused}
    for resource, scope in wanted:
        denied = (resource.group, resource.plural, scope.namespace, scope.name) in lacking
        where = f" ({scope})" if str(scope) else ""
        print(f"{'no ' if denied else 'yes'} {resource.name}{where}")  # noqa: T201
    absent = watchlist.absent(discovery)
    for name in absent:
        print(f"no  {name}: the server does not serve it")  # noqa: T201
    for name in watchlist.unserved(discovery):
        print(f"no  custom_references: the server does not serve {name}")  # noqa: T201
    for group in sorted(discovery.broken):
        print(f"no  {group}: the API group does not answer")  # noqa: T201
    if refused:
        sys.stdout.write("\nThese rules are missing:\n")
        for rule in rules(refused):
            place = f"in a Role of namespace {rule.namespace}" if rule.namespace else "in a ClusterRole"
            print(f"- {rule}  # {place}")  # noqa: T201
    keeping = await _redis(settings) if settings.enable_persistence else True
    priced = _prices(settings)
    allowed = len(wanted) - sum(
        (resource.group, resource.plural, scope.namespace, scope.name) in lacking
        for resource, scope in wanted
    )
    print(f"\n{allowed} of {len(wanted)} may be watched.")  # noqa: T201
    return 1 if refused or absent or not (keeping and priced) else 0


def _prices(settings: Settings) -> bool:
    """Return whether the price file can be read; print what is wrong with it."""
    try:
        PriceFile(settings.price_file)
    except PriceError as error:
        print(f"no  prices: {error}")  # noqa: T201
        return False
    return True


async def _redis(settings: Settings) -> bool:
    """Print whether state can be kept, and return it."""
    async with open_state_store(settings) as place:
        try:
            version = await place.probe()
        except StoreError as trouble:
            print(f"no  persistence: {trouble}")  # noqa: T201
            return False
    print(f"yes persistence: Redis {version} at {settings.redis_addr}, database {settings.redis_db}")  # noqa: T201
    return True
