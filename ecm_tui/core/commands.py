"""What may be asked of an appointment: a closed union of frozen intents, whoever makes them and however."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from msgspec import Struct

from ecm_tui.core.delivery import Channel, DeliveryState
from ecm_tui.core.devices import NO_DEVICES, Devices
from ecm_tui.core.events import ChatText, Contact, FileName, Kind, Layout, Line, Name, NoteText, Outcome, Scan
from ecm_tui.core.message import Message
from ecm_tui.core.refused import Refused as Refused


class Guest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Someone to invite. `email` and `mobile` are normalised by the service before they count as valid."""

    name: Name
    description: Line = ""
    email: Contact = ""
    mobile: Contact = ""


class Schedule(Message, frozen=True, kw_only=True):
    """Make an appointment and invite the patient and the guests."""

    at: datetime
    minutes: int = 15
    kind: Kind = "video"
    patient: Guest
    patient_id: Line = ""
    guests: tuple[Guest, ...] = ()


class Import(Message, frozen=True, kw_only=True):
    """Take one appointment out of a list (E10): make it without inviting anybody, or change the one made before.

    What the list leaves empty - contacts, description, patient ID - stays as it is here.
    """

    source: Line
    """The list's own key of the appointment, such as a UID: the same again is the same appointment. A key that is
    longer than a line, or does not pass the gate unchanged, is handed in as its hash."""
    at: datetime
    minutes: int = 15
    kind: Kind = "video"
    patient: Guest
    patient_id: Line = ""
    guests: tuple[Guest, ...] = ()
    whole: bool = False
    """Whether `guests` are all whom the list names beside the patient. Whoever came by it and is not among them any
    more is taken out then, unless they were here already or somebody changed them here."""


class SendInvites(Message, frozen=True, kw_only=True):
    """Invite everybody of the appointment who was not invited yet: SEND INVITE of an imported one."""


class EditAppointment(Message, frozen=True, kw_only=True):
    """Change the plan; None leaves a part of it as it is. Whoever was invited gets the invitation again."""

    at: datetime | None = None
    minutes: int | None = None
    kind: Kind | None = None
    patient_id: Line | None = None


class EditPerson(Message, frozen=True, kw_only=True):
    """Change who a person is and how they are reached: as it shall be, where it is another than `known` if given."""

    person_id: str
    guest: Guest
    known: Guest | None = None
    """The person as the asker saw them: what others changed since then stays. None changes all of it."""


class MarkOutcome(Message, frozen=True, kw_only=True):
    """Say what the appointment came to, or correct it (E1, E3)."""

    outcome: Outcome


class Invite(Message, frozen=True, kw_only=True):
    """Invite one more person (S26)."""

    guest: Guest


class ReplaceLink(Message, frozen=True, kw_only=True):
    """Make every earlier link of the person dead; with `revoke` there is no new one."""

    person_id: str
    revoke: bool = False


class SendInvitation(Message, frozen=True, kw_only=True):
    """Send the person's invitation again, by every channel there is a contact for."""

    person_id: str


class NoteDelivery(Message, frozen=True, kw_only=True):
    """The service tells what became of a sending: taken by the transport, failed for good, or still queued and why."""

    person_id: str
    channel: Channel
    number: int
    state: DeliveryState
    why: Line = ""


class Cancel(Message, frozen=True, kw_only=True):
    """Cancel the appointment."""


class StartCall(Message, frozen=True, kw_only=True):
    """Start the call; on a running call this answers the same."""


class EndCall(Message, frozen=True, kw_only=True):
    """End the call for everyone (E7, "Leave session")."""


class Admit(Message, frozen=True, kw_only=True):
    """Let one waiting person into the call."""

    person_id: str


class AdmitAll(Message, frozen=True, kw_only=True):
    """Let in those of `person_ids` who still wait, longest wait first, as far as there are places (S16a)."""

    person_ids: tuple[str, ...]


class Disconnect(Message, frozen=True, kw_only=True):
    """End the connection of a waiting person (S8)."""

    person_id: str


class Remove(Message, frozen=True, kw_only=True):
    """Remove an admitted person from the call (S13)."""

    person_id: str


class Hold(Message, frozen=True, kw_only=True):
    """Put an admitted person back in the waiting room (S16a)."""

    person_id: str


class Mute(Message, frozen=True, kw_only=True):
    """Mute an admitted person (E6)."""

    person_id: str


class AskUnmute(Message, frozen=True, kw_only=True):
    """Ask a muted person to speak again."""

    person_id: str


class LowerHand(Message, frozen=True, kw_only=True):
    """Lower a person's raised hand."""

    person_id: str


class AskScreenshot(Message, frozen=True, kw_only=True):
    """Ask an admitted person for one still of their camera (S17, S18)."""

    person_id: str


class CancelScreenshot(Message, frozen=True, kw_only=True):
    """Take an unanswered screenshot request back."""

    person_id: str


class SetSwitches(Message, frozen=True, kw_only=True):
    """Set one's own microphone and camera switches; None leaves one as it is."""

    microphone: bool | None = None
    camera: bool | None = None


class ChooseView(Message, frozen=True, kw_only=True):
    """Choose one's own layout, and whom to pin: an id, empty for nobody; None leaves it as it is."""

    pinned: str | None = None
    layout: Layout | None = None


class Enter(Message, frozen=True, kw_only=True):
    """A page reached the waiting room; with `again` after a disconnect."""

    visit: str
    again: bool = False
    devices: Devices = NO_DEVICES


class Leave(Message, frozen=True, kw_only=True):
    """The person leaves."""


class ReportDevices(Message, frozen=True, kw_only=True):
    """A page says what its camera and microphone do."""

    devices: Devices


class RaiseHand(Message, frozen=True, kw_only=True):
    """The person raises or lowers their own hand."""

    up: bool


class AnswerUnmute(Message, frozen=True, kw_only=True):
    """The person's answer to an unmute request."""

    accept: bool


class AnswerScreenshot(Message, frozen=True, kw_only=True):
    """The person's answer to the screenshot request `consent_id`."""

    consent_id: str
    allow: bool


class EndScreenshot(Message, frozen=True, kw_only=True):
    """The service closes a request: the still is stored, nobody answered in time, or no picture came."""

    person_id: str
    consent_id: str
    outcome: Literal["taken", "timeout", "failed"]
    still_id: str = ""
    captured_at: datetime | None = None
    why: Line = ""
    """Why it failed, in words; empty otherwise."""


class Presence(Message, frozen=True, kw_only=True):
    """The service lost a person's page, has it back, or the grace ran out."""

    person_id: str
    visit: str
    sign: Literal["lost", "back", "over"]


class OpenWindow(Message, frozen=True, kw_only=True):
    """An organiser's window or viewer page joined."""

    visit: str


class CloseWindow(Message, frozen=True, kw_only=True):
    """An organiser's window or viewer page is gone."""

    visit: str


class ReportWindow(Message, frozen=True, kw_only=True):
    """What an organiser's window really does with camera and microphone."""

    devices: Devices


class Silence(Message, frozen=True, kw_only=True):
    """Close the chat for one person, or open it again; they still read it."""

    person_id: str
    on: bool = True


class Say(Message, frozen=True, kw_only=True):
    """Write to everyone in the call (S47)."""

    text: ChatText


class ShareFile(Message, frozen=True, kw_only=True):
    """The service has a file of the actor's whole, on disk and looked at: share it. Never read from a socket."""

    file_id: str
    name: FileName
    size: int
    sha256: str
    scan: Scan = "none"


class SaveNote(Message, frozen=True, kw_only=True):
    """File a private note with the appointment (S42). `note_id` is the author's to choose, once for each note."""

    note_id: str
    text: NoteText


class EraseContent(Message, frozen=True, kw_only=True):
    """The service erases what people wrote once the clinic's time for it is over (`retention.days`)."""


Command = (
    Schedule
    | Import
    | SendInvites
    | EditAppointment
    | EditPerson
    | MarkOutcome
    | Invite
    | ReplaceLink
    | SendInvitation
    | NoteDelivery
    | Cancel
    | StartCall
    | EndCall
    | Admit
    | AdmitAll
    | Disconnect
    | Remove
    | Hold
    | Mute
    | AskUnmute
    | LowerHand
    | AskScreenshot
    | CancelScreenshot
    | SetSwitches
    | ChooseView
    | Enter
    | Leave
    | ReportDevices
    | RaiseHand
    | AnswerUnmute
    | AnswerScreenshot
    | EndScreenshot
    | EraseContent
    | Presence
    | OpenWindow
    | CloseWindow
    | ReportWindow
    | Silence
    | Say
    | ShareFile
    | SaveNote
)

OF_THE_SERVICE = (ShareFile,)
"""Commands that the service makes when their time has come, in the name of whoever asked; no client can send one."""
