"""Names that attack a terminal, and a console full of them, run with `python -m tests.console.hostile STATE`."""

from __future__ import annotations

import sys
from pathlib import Path

from ecm_tui.console.app import EcmApp
from ecm_tui.core import commands as c
from ecm_tui.core.log import Actor
from tests.console.fake_service import FakeService

HOSTILE = (
    "Ann [/]",
    "[@click=app.quit]join[/]",
    "Bea \x1b]52;c;aGVsbG8=\x07 Moreno",
    "Cem \x9b31m \u202eevil\u2066",
    "Dot " + "long" * 125,
    "Eva $name [b]bold",
    "Fay \u200b\u200d\ufeff\x00 null",
)


def hostile_service() -> tuple[FakeService, str]:
    """A running call in which everyone has such a name, and so have the clinic and the organisers."""
    service = FakeService()
    service.support = HOSTILE[1]
    service.me = type(service.me)(id="o1", name=HOSTILE[0], role="organiser")
    for name in HOSTILE[1:]:
        service.schedule(name, patient_id=name[:40])
    appointment = service.schedule(HOSTILE[0], *(f"{name}|{name}" for name in HOSTILE[1:]), patient_id=HOSTILE[2])
    service.other(appointment, c.StartCall())
    for name in HOSTILE:
        service.enter(appointment, name)
    for name in HOSTILE[:2]:
        service.other(appointment, c.Admit(person_id=service.people(appointment)[name]))
    writer = service.people(appointment)[HOSTILE[1]]
    actor = Actor(role="participant", id=writer, name=HOSTILE[1])
    for name in HOSTILE:
        service.do(appointment, c.Say(text=f"{name}\r\n{name} https://{name}.test/[/]"), actor)
        service.do(appointment, c.ShareFile(file_id=f"f{len(name)}", name=name, size=1, sha256="0" * 64), actor)
    return service, appointment


if __name__ == "__main__":
    EcmApp(hostile_service()[0].connect, Path(sys.argv[1])).run()
