"""One GET by https, wherever the server sends it on to; passwords and tokens stay with the server that was named."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, unquote

from ecm_tui.client.urls import host_of, onward, parts_of
from ecm_tui.errors import UnreachableError

if TYPE_CHECKING:
    import httpx

MOST_REDIRECTS = 5


async def answered(
    client: httpx.AsyncClient, url: str, headers: Mapping[str, str] = {}, own: Mapping[bytes, bytes] = {}
) -> tuple[httpx.Response, SplitResult]:
    """The answer at the end of all redirects, not read yet, and where it came from.

    `headers` go to every server, `own` and the name and password of the address to that of `url` alone. Raises
    RefusedError for an address that would let others read along, and UnreachableError.
    """
    import httpx

    first = parts_of(url)
    login = httpx.BasicAuth(unquote(first.username), unquote(first.password or "")) if first.username else None
    bare = httpx.URL(url.strip()).copy_with(username=None, password=None, fragment=None)
    origin = (bare.scheme, bare.host, bare.port)
    for _ in range(MOST_REDIRECTS + 1):
        parts = await asyncio.to_thread(onward, str(bare), first)
        at_home = (bare.scheme, bare.host, bare.port) == origin
        request = client.build_request("GET", bare, headers={"Accept-Encoding": "identity", **headers})
        if at_home:
            request.headers.update(own)
        with translated(parts):
            answer = await client.send(request, stream=True, auth=login if at_home else None, follow_redirects=False)
        if answer.next_request is None:
            return answer, parts
        bare = answer.next_request.url.copy_with(username=None, password=None, fragment=None)
        await answer.aclose()
    raise UnreachableError(f"{host_of(first)} sends us on and on. Look at the address again.")


@contextlib.contextmanager
def translated(parts: SplitResult) -> Iterator[None]:
    """What the line's errors mean to the person who gave the address."""
    import httpx

    host = host_of(parts)
    try:
        yield
    except httpx.TimeoutException as error:
        raise UnreachableError(f"{host} does not answer. Try again, or fetch the file another way.") from error
    except httpx.ConnectError as error:
        secure = "certificate" in str(error).lower()
        why = "shows a certificate that is not valid" if secure else "cannot be reached. Look at the address again"
        raise UnreachableError(f"{host} {why}.") from error
    except (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL) as error:
        raise UnreachableError(f"The line to {host} broke before the file was there. Try again.") from error
