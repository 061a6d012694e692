"""What may be asked of an appointment: a closed union of frozen intents, whoever makes them and however."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from ecm_tui.core.delivery import Channel, DeliveryState
from ecm_tui.core.devices import NO_DEVICES, Devices
from ecm_tui.core.events import Contact, FileName, Kind, Layout, Line, Message, Name, NoteText, Outcome, Scan
from ecm_tui.core.refused import Refused as Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Guest:
    """Someone to invite. `email` and `mobile` are normalised by the service before they count as valid."""

    name: Name
    description: Line = ""
    email: Contact = ""
    mobile: Contact = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """Make an appointment and invite the patient and the guests."""

    at: datetime
    minutes: int = 15
    kind: Kind = "video"
    patient: Guest
    patient_id: Line = ""
    guests: tuple[Guest, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
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


@dataclass(frozen=True, slots=True, kw_only=True)
class SendInvites:
    """Invite everybody of the appointment who was not invited yet: SEND INVITE of an imported one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EditAppointment:
    """Change the plan; None leaves a part of it as it is. Whoever was invited gets the invitation again."""

    at: datetime | None = None
    minutes: int | None = None
    kind: Kind | None = None
    patient_id: Line | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EditPerson:
    """Change who a person is and how they are reached: as it shall be, where it is another than `known` if given."""

    person_id: str
    guest: Guest
    known: Guest | None = None
    """The person as the asker saw them: what others changed since then stays. None changes all of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkOutcome:
    """Say what the appointment came to, or correct it (E1, E3)."""

    outcome: Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Invite:
    """Invite one more person (S26)."""

    guest: Guest


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplaceLink:
    """Make every earlier link of the person dead; with `revoke` there is no new one."""

    person_id: str
    revoke: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SendInvitation:
    """Send the person's invitation again, by every channel there is a contact for."""

    person_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteDelivery:
    """The service tells what became of a sending: taken by the transport, failed for good, or still queued and why."""

    person_id: str
    channel: Channel
    number: int
    state: DeliveryState
    why: Line = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancel:
    """Cancel the appointment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StartCall:
    """Start the call; on a running call this answers the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndCall:
    """End the call for everyone (E7, "Leave session")."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Admit:
    """Let one waiting person into the call."""

    person_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AdmitAll:
    """Let in those of `person_ids` who still wait, longest wait first, as far as there are places (S16a)."""

    person_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Disconnect:
    """End the connection of a waiting person (S8)."""

    person_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Remove:
    """Remove an admitted person from the call (S13)."""

    person_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Put an admitted person back in the waiting room (S16a)."""

    person_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mute:
    """Mute an admitted person (E6)."""

    person_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AskUnmute:
    """Ask a muted person to speak again."""

    person_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LowerHand:
    """Lower a person's raised hand."""

    person_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AskScreenshot:
    """Ask an admitted person for one still of their camera (S17, S18)."""

    person_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelScreenshot:
    """Take an unanswered screenshot request back."""

    person_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SetSwitches:
    """Set one's own microphone and camera switches; None leaves one as it is."""

    microphone: bool | None = None
    camera: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChooseView:
    """Choose one's own layout, and whom to pin: an id, empty for nobody; None leaves it as it is."""

    pinned: str | None = None
    layout: Layout | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Enter:
    """A page reached the waiting room; with `again` after a disconnect."""

    visit: str
    again: bool = False
    devices: Devices = NO_DEVICES


@dataclass(frozen=True, slots=True, kw_only=True)
class Leave:
    """The person leaves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportDevices:
    """A page says what its camera and microphone do."""

    devices: Devices


@dataclass(frozen=True, slots=True, kw_only=True)
class RaiseHand:
    """The person raises or lowers their own hand."""

    up: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerUnmute:
    """The person's answer to an unmute request."""

    accept: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerScreenshot:
    """The person's answer to the screenshot request `consent_id`."""

    consent_id: str
    allow: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class EndScreenshot:
    """The service closes a request: the still is stored, nobody answered in time, or no picture came."""

    person_id: str
    consent_id: str
    outcome: Literal["taken", "timeout", "failed"]
    still_id: str = ""
    captured_at: datetime | None = None
    why: Line = ""
    """Why it failed, in words; empty otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Presence:
    """The service lost a person's page, has it back, or the grace ran out."""

    person_id: str
    visit: str
    sign: Literal["lost", "back", "over"]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenWindow:
    """An organiser's window or viewer page joined."""

    visit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseWindow:
    """An organiser's window or viewer page is gone."""

    visit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportWindow:
    """What an organiser's window really does with camera and microphone."""

    devices: Devices


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """Close the chat for one person, or open it again; they still read it."""

    person_id: str
    on: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    """Write to everyone in the call (S47)."""

    text: Message = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareFile:
    """The service has a file of the actor's whole, on disk and looked at: share it. Never read from a socket."""

    file_id: str
    name: FileName
    size: int
    sha256: str
    scan: Scan = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveNote:
    """File a private note with the appointment (S42). `note_id` is the author's to choose, once for each note."""

    note_id: str
    text: NoteText = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class EraseContent:
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
