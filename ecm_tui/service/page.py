"""One open page: a participant's, or an organiser's window. What it is told follows from the appointment alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ecm_tui.core.appointment import Appointment
from ecm_tui.core.chat import ChatLine, author
from ecm_tui.core.clinic import Account
from ecm_tui.core.commands import Command
from ecm_tui.core.context import Rules
from ecm_tui.core.devices import Devices
from ecm_tui.core.log import Actor
from ecm_tui.core.page import ClinicCard, Scene, page_state, page_view, scene, window_view
from ecm_tui.service.bridge import Bridge
from ecm_tui.service.doors import Visitor
from ecm_tui.service.grants import peer_of
from ecm_tui.service.line import Line
from ecm_tui.service.talk import Talk
from ecm_tui.service.turn import Relay


@dataclass(slots=True)
class Surroundings:
    """What every page of the service shares."""

    bridge: Bridge
    card: ClinicCard
    rules: Rules
    relay: Relay
    accounts: dict[str, Account] = field(default_factory=dict)

    def author(self, line: ChatLine, appointment: Appointment) -> str:
        """The name of who wrote the line."""
        account = self.accounts.get(line.by.id)
        return author(line, appointment, {account.id: account.name} if account else {})

    def organiser(self, appointment: Appointment) -> str:
        """Who lets people in, as far as it is known: whoever started the call, or the only organiser there is."""
        known = self.accounts.get(appointment.started_by)
        if appointment.running and known:
            return known.name
        organisers = [one.name for one in self.accounts.values() if one.role == "organiser"]
        return organisers[0] if len(organisers) == 1 else ""

    def scene(self, appointment: Appointment) -> Scene:
        """What all pages of this appointment have in common now."""
        return scene(appointment, self.card, self.rules, self.organiser(appointment))


class Page:
    """One socket's page. `show` is called with each new state of its appointment, `show_others` every now and then."""

    def __init__(self, visitor: Visitor, line: Line, actor: Actor, around: Surroundings) -> None:
        self.visitor = visitor
        self.line = line
        self.actor = actor
        self.peer = ""
        """The peer that this page may use now; empty outside the call."""
        self.state = ""
        """The state that the page was shown last."""
        self.devices: Devices | None = None
        """What a window reported last."""
        self.pictures: int | None = None
        self.pinned: str | None = None
        self.felt = 0.0
        """When the page last told how the call looks from it; seconds of the loop."""
        self.strays = 0
        """Answers that came on this line to no open screenshot request."""
        self.said: dict[type[Command], float] = {}
        """When the page last reported something of each kind; seconds of the loop."""
        self.held_back: dict[type[Command], Command] = {}
        """The newest report of each kind that came too soon after the one before."""
        self.talk = Talk(line, visitor, around.rules, around.author)
        self._around = around
        self._shown: dict[str, Any] | None = None
        self._own: tuple[object, ...] | None = None
        """What concerned the page itself when it was brought to its appointment last."""

    def show(self, appointment: Appointment, scene: Scene | None = None) -> None:
        """Bring the page to the appointment as it is now: its view, its end, its media. `scene`: if it is made.

        A page that nothing of it concerns is told no more than the chat: what others do is for `show_others`.
        """
        if self.line.ended:
            return
        scene = scene or self._around.scene(appointment)
        own = self._concerned(appointment, scene)
        if own != self._own:
            self._own = own
            if self.visitor.viewer:
                self._show_window(appointment, scene)
            else:
                self._show_participant(appointment, scene)
        if self.state == "admitted" and not self.visitor.viewer:
            self.talk.show(appointment)
        else:
            self.talk.hide()

    def show_others(self, appointment: Appointment, scene: Scene) -> None:
        """Bring the page's view to what others do now."""
        if not self.line.ended:
            self._view(self._seen(appointment, scene))

    def _concerned(self, appointment: Appointment, scene: Scene) -> tuple[object, ...]:
        """All of the appointment that the page's own part of its view follows from."""
        holder = self.visitor.holder
        if self.visitor.viewer:
            return appointment.organisers.get(holder), appointment.running, appointment.ended_at, scene.card
        return appointment.people[holder], appointment.cancelled, scene.card

    def _seen(self, appointment: Appointment, scene: Scene) -> dict[str, Any]:
        holder = self.visitor.holder
        if self.visitor.viewer:
            return window_view(appointment, holder, self.actor.name, self._around.card)
        return page_view(scene, appointment.people[holder], self.visitor.visit)

    def over(self, reason: str) -> None:
        """Say why it is over and close."""
        self.peer = self.state = ""
        self.line.end(last={"type": "over", "reason": reason})

    def _show_participant(self, appointment: Appointment, scene: Scene) -> None:
        person = appointment.people[self.visitor.holder]
        state = page_state(person, self.visitor.visit)
        if appointment.cancelled and self.state == "waiting":
            self.over("cancelled")
            return
        if reason := _ending(self.state, state, person.left_reason):
            self.over(reason)
            return
        peer = peer_of(person) if state == "admitted" else ""
        if not peer:
            self.peer = ""
        self._view(self._seen(appointment, scene))
        self._media(peer)

    def _show_window(self, appointment: Appointment, scene: Scene) -> None:
        view = self._seen(appointment, scene)
        if self.state == "admitted" and view["state"] != "admitted":
            self.over("ended")
            return
        me = appointment.organisers.get(self.visitor.holder)
        peer = self.visitor.visit if me and self.visitor.visit in me.windows else ""
        self._view(view)
        self._media(peer)
        pinned = (me.pinned if me else "") or None
        if peer and self.pictures is not None and pinned != self.pinned:
            self.look(pinned, self.pictures)

    def _view(self, view: dict[str, Any]) -> None:
        self.state = view["state"]
        if view != self._shown:
            self._shown = view
            self.line.send({"type": "page", "view": view})

    def _media(self, peer: str) -> None:
        if peer == self.peer:
            return
        self.peer = peer
        self.pictures = self.pinned = None
        if peer:
            self.ready() if self._around.bridge.up.is_set() else self.lost()

    def ready(self, anew: bool = False) -> None:
        """The page may offer now. Relay credentials go to admitted people and organisers only.

        A page keeps a connection to the bridge that is named; `anew` names none, so that it offers in any case.
        """
        if self.peer:
            bridge = self._around.bridge
            named = {} if anew else {"bridge": bridge.id}
            self.line.send({"type": "media", "state": "ready", **named, "ice": self._around.relay.servers(self.peer)})
            for message in bridge.standing(self.peer):
                self.told(message)

    def told(self, message: Mapping[str, Any]) -> None:
        """Pass on what the bridge says of this page's slots or of what it is to send."""
        name = "slots" if message["type"] == "slots" else "quality"
        self.line.send({"type": message["type"], name: message.get(name)})

    def lost(self) -> None:
        """Picture and sound are being restored."""
        if self.peer:
            self.line.send({"type": "media", "state": "lost"})

    def look(self, pinned: str | None, pictures: int) -> None:
        """What the page looks at; someone who is not in the call is nobody."""
        if self.peer:
            self.pinned, self.pictures = pinned, pictures
            self._around.bridge.view(self.peer, pinned, pictures)


def _ending(was: str, state: str, left_reason: str | None) -> str:
    """Why a page that stood in `was` is over now that it stands in `state`; empty when it goes on."""
    if was not in ("waiting", "admitted"):
        return ""
    if state == "arriving":
        return "elsewhere"
    if state == "left" and left_reason == "lost":
        return ""  # the grace ran out in the same moment as the page came back: it may enter again
    return state if state in ("disconnected", "removed", "left", "ended") else ""
