"""What a page may say, with the bounds of every field. Anything else ends that page's line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from ecm_tui.core.devices import Devices as CoreDevices
from ecm_tui.core.devices import DeviceState
from ecm_tui.core.wire import WireError

MOST_SDP = 200_000
"""Characters of an offer; one with twelve slots has 41,000."""

MOST_PICTURES = 25
"""Pictures that a page may ask to see at once."""

Word = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{0,64}$")]


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="ignore")


class DeviceReport(_Message):
    """Own switches, and what the browser says of the devices."""

    camera: DeviceState = "none"
    microphone: DeviceState = "none"

    def core(self) -> CoreDevices:
        return CoreDevices(camera=self.camera, microphone=self.microphone)


class Enter(_Message):
    """From arriving, left or ended into the waiting room."""

    type: Literal["enter"]
    devices: DeviceReport = DeviceReport()


class AskAgain(_Message):
    """From disconnected: a new entry in the waiting room."""

    type: Literal["ask_again"]
    devices: DeviceReport = DeviceReport()


class Leave(_Message):
    """The person goes."""

    type: Literal["leave"]


class Devices(DeviceReport):
    """A device report by itself."""

    type: Literal["devices"]


class Offer(_Message):
    """The page's media offer; `request` is the page's own number for it."""

    type: Literal["offer"]
    request: Annotated[int, Field(ge=0, lt=2**53)]
    sdp: Annotated[str, Field(min_length=1, max_length=MOST_SDP)]


class Candidate(_Message):
    """One more way to reach the page; an empty text says that there are no more."""

    type: Literal["candidate"]
    candidate: Annotated[str, Field(max_length=4_000)]
    mid: Annotated[str, Field(max_length=64)] | None = None


class View(_Message):
    """How many pictures the page shows, and whom it wants first."""

    type: Literal["view"]
    pictures: Annotated[int, Field(ge=0, le=MOST_PICTURES)]
    pinned: Word | None = None


class Unmute(_Message):
    """The answer to an unmute request."""

    type: Literal["unmute"]
    accept: bool


class Hand(_Message):
    """The person's hand goes up or down."""

    type: Literal["hand"]
    up: bool


class ConsentAnswer(_Message):
    """The answer to the screenshot request of that id."""

    type: Literal["consent"]
    consent: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
    allow: bool


class Health(_Message):
    """How the call looks from the page: whether it is behind other windows, and how often pictures froze."""

    type: Literal["health"]
    hidden: bool
    freezes: Annotated[int, Field(ge=0, lt=1_000_000)]


class Say(_Message):
    """A line of the chat. `id` is the page's own: the same id again gets the first answer, and is one line."""

    type: Literal["say"]
    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
    text: str


class Earlier(_Message):
    """The page wants the lines before that number."""

    type: Literal["earlier"]
    before: Annotated[int, Field(ge=1, lt=2**53)]


PageMessage = (
    Enter
    | AskAgain
    | Leave
    | Devices
    | Offer
    | Candidate
    | View
    | Unmute
    | Hand
    | ConsentAnswer
    | Health
    | Say
    | Earlier
)

_ADAPTER: TypeAdapter[PageMessage] = TypeAdapter(Annotated[PageMessage, Field(discriminator="type")])


def decode(message: Mapping[str, Any]) -> PageMessage:
    """The message of a page. Raises `WireError`, whose text repeats nothing that was sent."""
    try:
        return _ADAPTER.validate_python(message)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        if first["type"] in ("union_tag_invalid", "union_tag_not_found"):
            raise WireError("there is no message of this type") from error
        where = ".".join(str(part) for part in first["loc"][:3])
        raise WireError(f"{where}: {first['msg']}") from error
