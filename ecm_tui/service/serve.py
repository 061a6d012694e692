"""The service as a whole: put together, started in the one safe order, ended so that nothing relied upon breaks."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from ecm_tui.core.clinic import CLINIC, AddAccount
from ecm_tui.core.context import Rules
from ecm_tui.core.log import SERVICE
from ecm_tui.core.page import ClinicCard
from ecm_tui.service import backup as backups
from ecm_tui.service import restore
from ecm_tui.service.album import Album
from ecm_tui.service.app import Parts, private_app, public_app
from ecm_tui.service.beside import beside
from ecm_tui.service.bridge import WAITING_BYTES as BRIDGE_BYTES
from ecm_tui.service.bridge import Bridge
from ecm_tui.service.bridge_supervisor import COMMAND, BridgeSupervisor
from ecm_tui.service.contacts import Contacts, region_of
from ecm_tui.service.doors import Doors
from ecm_tui.service.downloads import Downloads
from ecm_tui.service.facts import Facts
from ecm_tui.service.files import KEEP_FREE, Files
from ecm_tui.service.glances import Glances
from ecm_tui.service.headers import origins
from ecm_tui.service.home import announced, bind_private, bind_public, check_safe, display_name, held
from ecm_tui.service.invitations.house import Invitations, invitations
from ecm_tui.service.invitations.patience import Patience
from ecm_tui.service.limits import LinkTries
from ecm_tui.service.live import Live
from ecm_tui.service.logins import LOCAL_ACCOUNT, Logins
from ecm_tui.service.organisers import Organisers
from ecm_tui.service.page import Surroundings
from ecm_tui.service.presence import WINDOW_SECONDS, Presence
from ecm_tui.service.queries import Place, Queries
from ecm_tui.service.retention import Retention
from ecm_tui.service.scanner import Scanner
from ecm_tui.service.secrets import link_key
from ecm_tui.service.senders import Senders
from ecm_tui.service.servers import PING_SECONDS, PONG_SECONDS, running, server
from ecm_tui.service.stills import Stills
from ecm_tui.service.store.faults import translated
from ecm_tui.service.streams import Streams
from ecm_tui.service.turn import Relay
from ecm_tui.service.uploads import Uploads
from ecm_tui.settings import Settings
from ecm_tui.version import own_version

MOST_BYTES = 256 * 1024
MIB = 1024 * 1024

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
    keep_free: int = KEEP_FREE
    """Bytes of the disk that files never take."""
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
        self.stop = asyncio.Event()
        """Set when the service is to end: it was asked to, or a part of it that it cannot do without has ended."""
        self.broken = ""
        """Which part ended by itself; empty while all run."""
        self.parts: Parts
        self.presence: Presence
        self.invitations: Invitations
        self.stills: Stills
        self.retention: Retention

    async def __aenter__(self) -> Service:
        try:
            with translated(self.settings.home.data):
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
        await asyncio.to_thread(restore.finish, home)
        listener = stack.enter_context(contextlib.closing(bind_public(home, self._host, self._port, self._explicit)))
        port = int(listener.getsockname()[1])
        secure = bool(settings.serve.tls_cert)
        local = f"{'https' if secure else 'http'}://{_host_in_url(self._host)}:{port}"
        self.url = settings.serve.public_url or local
        key = link_key(home.data / "link.key")
        rules = rules_of(settings)
        streams = await stack.enter_async_context(
            Streams.open(
                home.database,
                clock=self.options.clock,
                rules=rules,
                link_token=key.token,
                of_source=key.appointment,
            )
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
        await self.parts.uploads.recover()
        await asyncio.to_thread(backups.recover, home)
        stack.push_async_callback(self._end)
        await stack.enter_async_context(self.invitations.running())
        await stack.enter_async_context(beside(self))
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
        self.glances = queries.glances = Glances(bridge)
        senders = queries.senders = Senders(streams, logins, doors, self.presence, key)
        files = Files(settings.home.files, options.keep_free)
        self.retention = Retention(streams, album, files)
        contacts = queries.contacts = Contacts(domains=settings.mail.domains, region=region_of(timezone))
        self.parts = Parts(
            streams=streams,
            logins=logins,
            doors=doors,
            live=live,
            organisers=Organisers(streams, logins, queries, contacts, card),
            around=around,
            bridge=bridge,
            supervisor=BridgeSupervisor(settings, bridge, options.bridge_command),
            key=key,
            senders=senders,
            uploads=Uploads(streams, files, Scanner(settings.files.clamd)),
            downloads=Downloads(streams, files),
            version=place.version,
            home=settings.home,
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

        streams.hub.subscribe(lambda before, after, records: parts.bridge.follow(after))
        streams.hub.subscribe(self.presence.changed)
        streams.hub.subscribe(self.stills.changed)
        streams.hub.subscribe(self.glances.changed)
        streams.hub.subscribe(parts.uploads.changed)
        streams.hub.subscribe(parts.downloads.changed)
        streams.hub.subscribe(parts.live.changed)
        streams.hub.when_settled(parts.live.settled)
        streams.hub.subscribe_clinic(lambda before, after, records: parts.around.accounts.update(after.accounts))
        streams.hub.subscribe_clinic(parts.organisers.clinic_changed)
        streams.hub.subscribe_clinic(parts.live.clinic_changed)
        streams.hub.subscribe_clinic(parts.downloads.clinic_changed)
        parts.bridge.listeners += [parts.live, Facts(streams.hub), self.stills, self.glances]

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
        await stack.enter_async_context(running(private, door, self._ended))
        await stack.enter_async_context(self._supervised())
        await stack.enter_async_context(running(public, listener, self._ended))

    @contextlib.asynccontextmanager
    async def _supervised(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self.parts.supervisor.run(), name="bridge supervisor")
        if self.options.bridge_command is not None:
            task.add_done_callback(self._ended)
        try:
            yield
        finally:
            keep = self.presence.talking if self.options.keep_bridge is None else self.options.keep_bridge
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await self.parts.supervisor.stop(keep)

    def _ended(self, task: asyncio.Task[None]) -> None:
        """A part came to its end; when nobody asked for that, the service must not go on without it."""
        if task.cancelled():
            return
        self.broken = self.broken or f"its {task.get_name()} does not run any more"
        _log.error("%s", self.broken, exc_info=task.exception())
        self.stop.set()

    def _shut(self) -> None:
        self.parts.accepting = False
        self.parts.live.shut()

    async def _end(self) -> None:
        await self.parts.uploads.close()
        await self.stills.close()
        await self.parts.live.close()
        await self.presence.close()


def rules_of(settings: Settings) -> Rules:
    """The settings that decide, as the core reads them."""
    return Rules(
        places=settings.session.places,
        channel=settings.clinic.channel,
        history=settings.chat.history,
        file_bytes=settings.files.limit_mb * MIB,
        session_bytes=settings.files.session_mb * MIB,
        person_bytes=settings.files.person_mb * MIB,
        keep_days=settings.retention.days,
        programs=settings.files.programs,
    )


def _host_in_url(host: str) -> str:
    if host in ("0.0.0.0", "", "::"):
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host
