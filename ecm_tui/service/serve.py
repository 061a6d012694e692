"""The service as a whole: put together, started in the one safe order, ended so that nothing relied upon breaks."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from ecm_tui.core.clinic import CLINIC, AddAccount, Clinic
from ecm_tui.core.context import Rules
from ecm_tui.core.log import SERVICE, Recorded
from ecm_tui.core.page import ClinicCard
from ecm_tui.errors import UnreachableError
from ecm_tui.service.album import Album
from ecm_tui.service.app import Parts, private_app, public_app
from ecm_tui.service.bridge import WAITING_BYTES as BRIDGE_BYTES
from ecm_tui.service.bridge import Bridge
from ecm_tui.service.bridge_supervisor import COMMAND, BridgeSupervisor
from ecm_tui.service.contacts import Contacts, region_of
from ecm_tui.service.doors import Doors
from ecm_tui.service.facts import Facts
from ecm_tui.service.headers import origins
from ecm_tui.service.home import announced, bind_private, bind_public, check_safe, display_name, held, own_version
from ecm_tui.service.invitations.house import Invitations, invitations
from ecm_tui.service.invitations.patience import Patience
from ecm_tui.service.limits import LinkTries
from ecm_tui.service.live import Live
from ecm_tui.service.logins import LOCAL_ACCOUNT, Logins
from ecm_tui.service.organisers import Organisers
from ecm_tui.service.page import Surroundings
from ecm_tui.service.presence import WINDOW_SECONDS, Presence
from ecm_tui.service.queries import Place, Queries
from ecm_tui.service.secrets import link_key
from ecm_tui.service.servers import PING_SECONDS, PONG_SECONDS, Server, server
from ecm_tui.service.stills import Stills
from ecm_tui.service.streams import Streams
from ecm_tui.service.turn import Relay
from ecm_tui.settings import Settings

IDLE_SECONDS = 12 * 3600.0
"""A daemon leaves so long after the last client."""

LOOK_SECONDS = 60.0
"""How often a daemon looks whether it is needed."""

START_SECONDS = 30.0
MOST_BYTES = 256 * 1024

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What tests choose and users do not."""

    clock: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    bridge_command: Sequence[str] | None = COMMAND
    """None: no bridge is started, and whoever shows the token may be it."""
    grace: float | None = None
    """Seconds; None: as set."""
    window_grace: float = WINDOW_SECONDS
    ping: tuple[float, float] = (PING_SECONDS, PONG_SECONDS)
    link_tries: int = 20
    revoked_seconds: float = 2.0
    keep_bridge: bool | None = None
    """Whether a bridge outlives this service; None: when somebody is in a call."""
    patience: Patience = field(default_factory=Patience)
    """When an invitation that was not taken is tried again."""


class Service:
    """`async with Service(settings) as service`: people are accepted inside the block. Raises EcmError on entry."""

    def __init__(
        self,
        settings: Settings,
        *,
        host: str | None = None,
        port: int | None = None,
        options: Options = Options(),
    ) -> None:
        self.settings = settings
        self.options = options
        self._host = host or settings.serve.host
        self._port = settings.serve.port if port is None else port
        self._explicit = port is not None or "serve.port" in settings.sources
        self._stack = contextlib.AsyncExitStack()
        self.url = ""
        """What links begin with."""
        self.parts: Parts
        self.presence: Presence
        self.invitations: Invitations
        self.stills: Stills

    async def __aenter__(self) -> Service:
        try:
            await self._enter(self._stack)
        except BaseException:
            await self._stack.aclose()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    @property
    def busy(self) -> bool:
        """Whether a call runs, somebody waits, or anyone is connected."""
        return bool(self.presence.calls or self.presence.waiting or self.parts.live.open or self.parts.organisers.open)

    async def _enter(self, stack: contextlib.AsyncExitStack) -> None:
        settings, home = self.settings, self.settings.home
        check_safe(settings, self._host)
        home.make()
        stack.enter_context(held(home))
        listener = stack.enter_context(contextlib.closing(bind_public(home, self._host, self._port, self._explicit)))
        port = int(listener.getsockname()[1])
        secure = bool(settings.serve.tls_cert)
        local = f"{'https' if secure else 'http'}://{_host_in_url(self._host)}:{port}"
        self.url = settings.serve.public_url or local
        key = link_key(home.data / "link.key")
        rules = Rules(places=settings.session.places, channel=settings.clinic.channel)
        streams = await stack.enter_async_context(
            Streams.open(home.database, clock=self.options.clock, rules=rules, link_token=key.token)
        )
        self._put_together(streams, rules, key)
        # Before anyone is let in: who the bridge may serve, who is lost, which bridge may come back.
        self.parts.supervisor.load()
        await self.presence.recover()
        for appointment in self.presence.now.values():
            self.parts.bridge.follow(appointment)
        await self._local_account()
        self._listen_to(streams)
        await self.stills.recover(self.presence.now.values())
        stack.push_async_callback(self._end)
        await stack.enter_async_context(self.invitations.running())
        await self._open_doors(stack, listener, origins(self.url, port, secure), secure)
        stack.enter_context(announced(home, self.url, self.parts.version))
        self.parts.accepting = True
        stack.callback(self._shut)

    def _put_together(self, streams: Streams, rules: Rules, key: Any) -> None:
        settings, options = self.settings, self.options
        grace = settings.session.grace_seconds if options.grace is None else options.grace
        clinic = settings.clinic
        timezone = clinic.timezone or "UTC"
        card = ClinicCard(name=clinic.name, support=clinic.support, colour=clinic.colour, timezone=timezone)
        bridge = Bridge(options.revoked_seconds)
        relay = Relay(urls=settings.turn.urls, secret=settings.turn.secret, clock=options.clock)
        around = Surroundings(bridge=bridge, card=card, rules=rules, relay=relay)
        logins = Logins(streams, LinkTries(options.link_tries))
        doors = Doors(streams, logins, LinkTries(options.link_tries), LinkTries())
        self.presence = Presence(streams, grace, options.window_grace)
        live = Live(streams, doors, self.presence, around)
        place = Place(
            url=self.url,
            socket=str(settings.home.socket),
            local_only=settings.serve.local_only,
            version=own_version(),
            timezone=timezone,
        )

        def link(appointment: str, person: str, number: int) -> str:
            return f"{self.url}/join/{key.token(appointment, person, number)}"

        self.invitations = invitations(streams, settings, card, link, options.clock, options.patience)
        queries = Queries(streams, doors, self.presence, bridge, key, place, self.invitations)
        album = queries.album = Album(settings.home.stills, LOCAL_ACCOUNT)
        self.stills = Stills(streams, bridge, album, settings.screenshot.timeout_seconds)
        contacts = Contacts(domains=settings.mail.domains, region=region_of(timezone))
        self.parts = Parts(
            streams=streams,
            logins=logins,
            doors=doors,
            live=live,
            organisers=Organisers(streams, logins, queries, contacts, card),
            around=around,
            bridge=bridge,
            supervisor=BridgeSupervisor(settings, bridge, options.bridge_command),
            version=place.version,
        )

    async def _local_account(self) -> None:
        streams, accounts = self.parts.streams, self.parts.around.accounts
        accounts.update((await streams.clinic()).accounts)
        if LOCAL_ACCOUNT not in accounts:
            await streams.execute(CLINIC, AddAccount(account_id=LOCAL_ACCOUNT, name=display_name()), SERVICE)
            accounts.update((await streams.clinic()).accounts)

    def _listen_to(self, streams: Streams) -> None:
        """The bridge first: whatever ends for somebody ends there before anything else is done about it."""
        parts = self.parts

        def clinic_changed(before: Clinic, after: Clinic, records: Sequence[Recorded]) -> None:
            parts.around.accounts.update(after.accounts)
            parts.organisers.clinic_changed(before, after, records)
            parts.live.clinic_changed(before, after, records)

        streams.hub.subscribe(lambda before, after, records: parts.bridge.follow(after))
        streams.hub.subscribe(self.presence.changed)
        streams.hub.subscribe(self.stills.changed)
        streams.hub.subscribe(parts.live.changed)
        streams.hub.subscribe_clinic(clinic_changed)
        parts.bridge.listeners += [parts.live, Facts(streams.hub), self.stills]

    async def _open_doors(
        self, stack: contextlib.AsyncExitStack, listener: Any, allowed: frozenset[str], secure: bool
    ) -> None:
        serve, options, home = self.settings.serve, self.options, self.settings.home
        tls = (serve.tls_cert, serve.tls_key) if secure else None
        public = server(
            public_app(self.parts, allowed, secure),
            private=False,
            most_bytes=MOST_BYTES,
            tls=tls,
            proxies=serve.behind_proxy,
            ping=options.ping,
        )
        private = server(private_app(self.parts), private=True, most_bytes=BRIDGE_BYTES, ping=options.ping)
        door = stack.enter_context(contextlib.closing(bind_private(home.socket)))
        stack.callback(lambda: home.socket.unlink(missing_ok=True))
        await stack.enter_async_context(running(private, door))
        await stack.enter_async_context(self._supervised())
        await stack.enter_async_context(running(public, listener))

    @contextlib.asynccontextmanager
    async def _supervised(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self.parts.supervisor.run(), name="bridge supervisor")
        try:
            yield
        finally:
            keep = self.presence.talking if self.options.keep_bridge is None else self.options.keep_bridge
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await self.parts.supervisor.stop(keep)

    def _shut(self) -> None:
        self.parts.accepting = False
        self.parts.live.shut()

    async def _end(self) -> None:
        await self.stills.close()
        await self.parts.live.close()
        await self.presence.close()


@contextlib.asynccontextmanager
async def running(one: Server, listener: Any) -> AsyncIterator[None]:
    """`one` serves on `listener` until the end of the block."""
    task = asyncio.create_task(one.serve([listener]), name="server")
    try:
        end = asyncio.get_running_loop().time() + START_SECONDS
        while not (one.started or task.done()) and asyncio.get_running_loop().time() < end:  # noqa: ASYNC110  a flag
            await asyncio.sleep(0.005)
        if not one.started:
            raise UnreachableError("The service could not start to listen. Its log says why.")
        yield
    finally:
        one.should_exit = True
        await asyncio.gather(task, return_exceptions=True)


def _host_in_url(host: str) -> str:
    if host in ("0.0.0.0", "", "::"):
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


def run(
    settings: Settings, *, port: int | None = None, host: str | None = None, daemon: bool = False, idle: float = 0
) -> None:
    """Serve until SIGTERM or SIGINT; a daemon also ends `idle` seconds (12 hours) after its last client.

    Prints `ready URL` when people are accepted. Raises EcmError when it cannot start.
    """
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s")
    os.umask(0o077)
    asyncio.run(_run(Service(settings, host=host, port=port), (idle or IDLE_SECONDS) if daemon else None))


serve = run


async def _run(service: Service, idle: float | None) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with service:
        print(f"ready {service.url}", flush=True)
        await _until_needless(service, stop, idle)


async def _until_needless(service: Service, stop: asyncio.Event, idle: float | None) -> None:
    """Return when asked to stop, or when nobody needed the service for `idle` seconds."""
    loop = asyncio.get_running_loop()
    last = loop.time()
    while not stop.is_set():
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), min(LOOK_SECONDS, idle / 4) if idle else LOOK_SECONDS)
        if service.busy:
            last = loop.time()
        if idle is not None and loop.time() - last >= idle:
            return
