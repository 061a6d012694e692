"""What is set: whether it can be used, and whether it is safe."""

from __future__ import annotations

import ipaddress
import os
import shlex
import shutil
import stat
from collections.abc import Iterator
from urllib.parse import urlsplit

from ecm_tui.cli.checks.check import Check, bad, ok, warn
from ecm_tui.config import describe, unknown_variables
from ecm_tui.errors import ConfigError, UsageError
from ecm_tui.kinds import SECRET_SHOWN
from ecm_tui.settings import LOOPBACK_HOSTS, Settings

WIDE = {4: 8, 6: 32}
BROAD = {4: 16, 6: 64}
"""By version of IP, the shortest prefix of a network of proxies that is not unsafe, and that is not worth a word."""


def checks(settings: Settings) -> Iterator[Check]:
    """All of them; one `ok` when nothing is to be said."""
    found = [*_file(settings), *_open_door(settings), *_proxies(settings), *_ways_out(settings)]
    found += [*_beside(settings), *_strange()]
    yield from found or [ok("settings", "The settings can be used, and nothing in them is unsafe.")]


def unusable(error: ConfigError) -> Check:
    """Settings that cannot be read."""
    return bad("settings", error.message, "Set it right; `ecm-tui config path` names the file.")


def secret_keys(settings: Settings) -> list[str]:
    """Settings whose value is a secret or holds one."""
    return [row.key for row in describe(settings) if any(mark in row.value for mark in (SECRET_SHOWN, "***"))]


def _file(settings: Settings) -> Iterator[Check]:
    path = settings.home.settings
    try:
        found = path.stat()
    except OSError:
        return
    others = stat.S_IMODE(found.st_mode)
    if found.st_uid not in (os.getuid(), 0) or others & 0o022:
        sentence = f"Other users can change {path}, and with it what the service does."
        yield bad("settings.rights", sentence, f"`chown {os.getuid()} {path}` and `chmod 600 {path}`")
    held = [key for key in secret_keys(settings) if settings.sources.get(key) == str(path)]
    if held and others & 0o044:
        sentence = f"{path} can be read by others and holds secrets: {', '.join(held)}."
        yield bad("settings.secrets", sentence, f"`chmod 600 {path}`, and change what others may have seen.")
    yield from _token(settings)


def _token(settings: Settings) -> Iterator[Check]:
    from ecm_tui.cli.token import usual_token

    try:
        usual_token(settings.home.config)
    except UsageError as error:
        yield bad("settings.token", error.message, "Whoever could read it may act as you: revoke it, make a new one.")


def _open_door(settings: Settings) -> Iterator[Check]:
    from ecm_tui.service.home import check_safe

    serve = settings.serve
    try:
        check_safe(settings, serve.host)
    except ConfigError as error:
        if not serve.tls_cert:  # a certificate that cannot be used has a check of its own
            yield bad("settings.http", error.message, "Until then the service does not start.")
        return
    if serve.host not in LOOPBACK_HOSTS and not serve.tls_cert:
        sentence = f"The service offers plain http on {serve.host}, for a reverse proxy in front of it."
        step = "Let a firewall keep everyone but the proxy away, or set serve.host to 127.0.0.1 if it runs here."
        yield warn("settings.http", sentence, step)


def _proxies(settings: Settings) -> Iterator[Check]:
    for text in settings.serve.behind_proxy:
        network = ipaddress.ip_network(text, strict=False)
        version = network.version
        if network.prefixlen < WIDE[version]:
            sentence = f"serve.behind_proxy believes {text}: nearly anyone may say that they come from elsewhere."
            yield bad("settings.proxy", sentence, 'Name the proxy alone, such as ["127.0.0.1"].')
        elif network.prefixlen < BROAD[version]:
            sentence = f"serve.behind_proxy believes all of {text}, which is more than one proxy."
            yield warn("settings.proxy", sentence, "Name the proxy alone.")


def _ways_out(settings: Settings) -> Iterator[Check]:
    """Mail and text messages: where they leave, and whether others on the way can read them."""
    if settings.mail.url:
        from ecm_tui.service.invitations.smtp import server_of

        server = server_of(settings.mail.url)
        if server.tls == "off" and not _here(server.host):
            sentence = f"Mail to {server.host} goes without TLS: links and password can be read on the way."
            yield bad("settings.mail", sentence, "End mail.url in ?tls=starttls or ?tls=on.")
    elif not settings.sms.url and not settings.serve.local_only:
        sentence = "Neither mail server nor text message gateway is set: invitations stay queued."
        yield warn("settings.mail", sentence, "Set mail.url and mail.sender, or hand links on yourself.")
    sms = urlsplit(settings.sms.url)
    if sms.scheme == "http" and not _here(sms.hostname or ""):
        sentence = f"Text messages go to {sms.hostname} by plain http: links and key can be read on the way."
        yield bad("settings.sms", sentence, "Let sms.url begin with https://.")


def _beside(settings: Settings) -> Iterator[Check]:
    """Hooks that cannot run, and metrics that others can read."""
    for event in ("knock", "admit", "end"):
        words = shlex.split(getattr(settings.hooks, event))
        if words and shutil.which(words[0]) is None:
            sentence = f"The hook {event} names a program that is not found: {words[0]}."
            yield warn("settings.hooks", sentence, "Give its whole path, and make it executable.")
    host = urlsplit(f"//{settings.serve.metrics}").hostname or "localhost"
    if not _here(host):
        sentence = f"Metrics are shown on {host} by plain http to whoever reaches it: how many wait and call, no names."
        yield warn("settings.metrics", sentence, "Let a firewall keep all but the monitoring system away.")


def _strange() -> Iterator[Check]:
    for name, near in unknown_variables(os.environ).items():
        hint = f"Did you mean {near}?" if near else ""
        yield warn("settings.variables", f"The variable {name} sets nothing.", hint)


def _here(host: str) -> bool:
    try:
        return host in LOOPBACK_HOSTS or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
