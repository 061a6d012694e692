"""What happened to an appointment: a closed union of frozen facts. Text that people wrote is marked as `Foreign`."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from ecm_tui.core.delivery import Channel, DeliveryState
from ecm_tui.core.devices import NO_DEVICES, Devices
from ecm_tui.core.foreign import Foreign
from ecm_tui.core.message import Message

Name = Annotated[str, Foreign(80)]
Line = Annotated[str, Foreign(200)]
Contact = Annotated[str, Foreign(254)]
ChatText = Annotated[str, Foreign(8_000, multiline=True)]
"""A chat line. Longer than `chat.LONGEST_LINE`, so that what is too long is refused in words and never cut."""
NoteText = Annotated[str, Foreign(40_000, multiline=True)]
"""A private note; longer than `notes.LONGEST_NOTE` for the same reason."""
FileName = Annotated[str, Foreign(200)]

Kind = Literal["video", "phone", "face_to_face"]
Outcome = Literal["taken", "missed"]
Layout = Literal["tiles", "speaker"]
LeftReason = Literal["left", "lost", "ended"]
ScreenshotOutcome = Literal["taken", "declined", "timeout", "left", "cancelled", "failed"]
GoneState = Literal["left", "removed", "disconnected"]
Scan = Literal["none", "clean"]
"""`none` where the clinic has no virus scanner; what a scanner finds something in is never shared."""


class AppointmentScheduled(Message, frozen=True, kw_only=True):
    """An appointment was made; the stream begins here."""

    at: datetime
    minutes: int
    kind: Kind = "video"
    patient: Name
    patient_id: Line = ""
    imported: bool = False
    """Whether it came from a list: nobody was invited with it (E10)."""


class AppointmentChanged(Message, frozen=True, kw_only=True):
    """The plan is another one now; all of it, as it is after the change."""

    at: datetime
    minutes: int
    kind: Kind
    patient_id: Line = ""


class OutcomeMarked(Message, frozen=True, kw_only=True):
    """Somebody says what the appointment came to; the end of a later call sets it anew (E1, E3)."""

    outcome: Outcome


class AppointmentCancelled(Message, frozen=True, kw_only=True):
    """The appointment will not take place; its links open nothing any more."""


class PersonInvited(Message, frozen=True, kw_only=True):
    """Someone belongs to the appointment and has a link of their own."""

    person_id: str
    name: Name
    description: Line = ""
    email: Contact = ""
    mobile: Contact = ""
    patient: bool = False
    by_list: bool = False
    """Whether a list brought them (E10): one that names them no more takes them out again."""


class PersonChanged(Message, frozen=True, kw_only=True):
    """The person's name, description and contacts as they are now; the patient's name is the appointment's too."""

    person_id: str
    name: Name
    description: Line = ""
    email: Contact = ""
    mobile: Contact = ""
    by_list: bool = False
    """Whether they are still as a list has them; what somebody here changed no list takes out."""


class LinkReplaced(Message, frozen=True, kw_only=True):
    """The person's earlier links are dead; `link` is the number of the one that counts, unless it is `revoked` too."""

    person_id: str
    link: int
    revoked: bool = False
    by_list: bool = False
    """Whether a list did it (E10): a guest whom it names no more is taken out, one whom it names again is back."""


class InvitationMoved(Message, frozen=True, kw_only=True):
    """The person's invitation is queued, was taken by the transport, or failed; the `number`-th by this channel."""

    person_id: str
    channel: Channel
    number: int
    state: DeliveryState
    why: Line = ""


class CallStarted(Message, frozen=True, kw_only=True):
    """The organiser started the call. Admits nobody (S4)."""


class CallEnded(Message, frozen=True, kw_only=True):
    """The call is over for everyone. `outcome` is taken when somebody was admitted during it."""

    outcome: Outcome


class PersonEntered(Message, frozen=True, kw_only=True):
    """The person reached the waiting room with the page `visit`."""

    person_id: str
    visit: str
    entry: int
    again: bool = False
    devices: Devices = NO_DEVICES


class PersonAdmitted(Message, frozen=True, kw_only=True):
    """The person is in the call: their `admission`-th stay."""

    person_id: str
    admission: int


class PersonDisconnected(Message, frozen=True, kw_only=True):
    """The organiser ended the connection of a waiting person."""

    person_id: str


class PersonRemoved(Message, frozen=True, kw_only=True):
    """The organiser removed the person from the call."""

    person_id: str


class PersonHeld(Message, frozen=True, kw_only=True):
    """The organiser put the person back in the waiting room."""

    person_id: str
    entry: int


class PersonLeft(Message, frozen=True, kw_only=True):
    """The person is gone: by their own choice, after the grace, or because the call ended."""

    person_id: str
    reason: LeftReason


class ConnectionLost(Message, frozen=True, kw_only=True):
    """The person's page is not heard from; their place is kept for the grace."""

    person_id: str


class ConnectionRestored(Message, frozen=True, kw_only=True):
    """The person's page is heard from again; in the waiting room another page of the same link may have taken over."""

    person_id: str
    visit: str


class DevicesReported(Message, frozen=True, kw_only=True):
    """The person's page says what its camera and microphone do."""

    person_id: str
    devices: Devices


class HandRaised(Message, frozen=True, kw_only=True):
    """The person raised or lowered a hand; an organiser may lower it too."""

    person_id: str
    up: bool


class PersonMuted(Message, frozen=True, kw_only=True):
    """The organiser muted the person."""

    person_id: str


class UnmuteAsked(Message, frozen=True, kw_only=True):
    """The organiser asked the person to speak again; only the person can say yes."""

    person_id: str


class UnmuteAnswered(Message, frozen=True, kw_only=True):
    """The person's answer to an unmute request."""

    person_id: str
    accepted: bool


class ScreenshotAsked(Message, frozen=True, kw_only=True):
    """The organiser asked one person for one still of their camera; only that person's page shows it (S18)."""

    person_id: str
    consent_id: str


class ScreenshotAllowed(Message, frozen=True, kw_only=True):
    """The person agreed. The time of this record is the confirmation, by the service's clock (S20)."""

    person_id: str
    consent_id: str


class ScreenshotEnded(Message, frozen=True, kw_only=True):
    """The request is closed. Only `taken` has a still and the estimated time of its capture."""

    person_id: str
    consent_id: str
    outcome: ScreenshotOutcome
    still_id: str = ""
    captured_at: datetime | None = None
    why: Line = ""
    """Why it failed, in words; empty otherwise."""


class ConsentIgnored(Message, frozen=True, kw_only=True):
    """A late, repeated or forged answer to a screenshot request; nothing was taken for it (S25)."""

    person_id: str
    consent_id: str


class WindowOpened(Message, frozen=True, kw_only=True):
    """An organiser sees and is seen: their window or viewer page `visit` joined the call."""

    organiser_id: str
    name: Name
    visit: str


class WindowClosed(Message, frozen=True, kw_only=True):
    """That window or viewer page is gone."""

    organiser_id: str
    visit: str


class SwitchesSet(Message, frozen=True, kw_only=True):
    """An organiser's own microphone and camera switches: what their windows must obey."""

    organiser_id: str
    microphone: bool
    camera: bool


class WindowReported(Message, frozen=True, kw_only=True):
    """What the organiser's window really does with camera and microphone."""

    organiser_id: str
    devices: Devices


class ViewChosen(Message, frozen=True, kw_only=True):
    """An organiser's own view in their windows: whom they pinned (empty for nobody) and the layout."""

    organiser_id: str
    pinned: str
    layout: Layout


class PersonSilenced(Message, frozen=True, kw_only=True):
    """The organiser closed the chat for the person, or opened it again."""

    person_id: str
    on: bool


class ChatSaid(Message, frozen=True, kw_only=True):
    """The actor wrote to everyone in the call."""

    text: ChatText


class FileShared(Message, frozen=True, kw_only=True):
    """The actor shared a file with everyone in the call; its bytes are on the disk under this id."""

    file_id: str
    name: FileName
    size: int
    sha256: str
    scan: Scan


class NoteSaved(Message, frozen=True, kw_only=True):
    """The actor filed a private note; hidden from everybody else."""

    note_id: str
    text: NoteText


class ContentErased(Message, frozen=True, kw_only=True):
    """What people wrote, and who they were, is gone: texts, names, contacts, stills and files. The stream ends here."""


PersonEvent = (
    PersonSilenced
    | PersonChanged
    | LinkReplaced
    | InvitationMoved
    | HandRaised
    | PersonEntered
    | PersonAdmitted
    | PersonDisconnected
    | PersonRemoved
    | PersonHeld
    | PersonLeft
    | ConnectionLost
    | ConnectionRestored
    | DevicesReported
    | PersonMuted
    | UnmuteAsked
    | UnmuteAnswered
    | ScreenshotAsked
    | ScreenshotAllowed
    | ScreenshotEnded
    | ConsentIgnored
)
"""What happens to someone who was invited."""

OrganiserEvent = WindowOpened | WindowClosed | SwitchesSet | WindowReported | ViewChosen
"""What happens to an organiser's part in the call."""

ChatEvent = ChatSaid | FileShared
"""What becomes a line of the chat."""

Event = (
    AppointmentScheduled
    | AppointmentChanged
    | AppointmentCancelled
    | OutcomeMarked
    | PersonInvited
    | CallStarted
    | CallEnded
    | PersonEvent
    | OrganiserEvent
    | ChatEvent
    | NoteSaved
    | ContentErased
)
