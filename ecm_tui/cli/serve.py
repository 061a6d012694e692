"""`ecm-tui serve`: the clinic's service in the foreground, or as the daemon behind a console."""

from __future__ import annotations

import os

import click


@click.command()
@click.option("--host", default=None, metavar="ADDRESS", help="Where to listen; 127.0.0.1 unless set.")
@click.option("--port", default=None, type=click.IntRange(0, 65535), help="8440 unless set; 0 picks a free one.")
@click.option("--public-url", default=None, metavar="URL", help="What join links begin with.")
@click.option("--tls-cert", default=None, metavar="F", help="Certificate chain, PEM.")
@click.option("--tls-key", default=None, metavar="F", help="Its private key, PEM.")
@click.option("--daemon", is_flag=True, hidden=True, help="As the console starts it.")
def serve(
    host: str | None, port: int | None, public_url: str | None, tls_cert: str | None, tls_key: str | None, daemon: bool
) -> None:
    """Run the service and its media bridge until ctrl+c or SIGTERM.

    Prints `ready URL` when it accepts people. Consoles and commands of this user find it by themselves.
    """
    from ecm_tui.config import load
    from ecm_tui.service.process import run

    flags = {
        "serve.host": host,
        "serve.port": port,
        "serve.public_url": public_url,
        "serve.tls_cert": tls_cert,
        "serve.tls_key": tls_key,
    }
    run(load(flags, os.environ), daemon=daemon)
