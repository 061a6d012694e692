"""The words of invitations: templates of the house, and the clinic's own beside its settings, which come first.

A clinic's template that fails, or forgets the link, is told about and the house's is used: a patient needs the link
more than the layout. Templates run in a sandbox; values of `.html` ones are escaped. Names are values, never templates.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import BaseLoader, FileSystemLoader, StrictUndefined, TemplateNotFound
from jinja2.exceptions import TemplateError, TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from ecm_tui.core.text import clean
from ecm_tui.service.invitations.invitation import Invitation

HOUSE = Path(__file__).with_name("templates")

SUBJECT, TEXT, HTML, SMS = "subject.txt", "mail.txt", "mail.html", "sms.txt"
CANCELLED_SUBJECT, CANCELLED_TEXT, CANCELLED_HTML = "cancelled-subject.txt", "cancelled.txt", "cancelled.html"
"""The templates of an invitation: files of these names in `templates` of the configuration directory replace ours."""

WITH_LINK = (TEXT, HTML, SMS)

MOST_CHARACTERS = 100_000
"""What a template may come to: far more than a letter."""

MOST_SUBJECT = 150

MOST_TEXT = 1_000
"""Characters of one text message: six parts or so; more is a template gone wrong."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Rendered:
    """A text, and what was wrong with the clinic's own template when the house's had to be used."""

    text: str
    wrong: str = ""


class Templates:
    """The templates of one clinic."""

    def __init__(self, own: Path) -> None:
        self._own_directory = own
        self._own = _environment(FileSystemLoader(own))
        self._house = _environment(FileSystemLoader(HOUSE))

    def render(self, name: str, invitation: Invitation) -> Rendered:
        """The template `name` for this invitation: the clinic's own when there is one that works."""
        words = invitation.words
        wrong = ""
        try:
            text = _checked(name, self._own.get_template(name).render(words), invitation)
            return Rendered(text)
        except TemplateNotFound as error:
            if error.name != name:
                wrong = f"it includes {error.name}, which is not there"
        except TemplateSyntaxError as error:
            wrong = f"line {error.lineno}: {error.message}"
        except (TemplateError, ArithmeticError, LookupError, TypeError, ValueError, OSError, RecursionError) as error:
            # Whatever a clinic's template computes can fail in its own way; the letter goes out all the same.
            wrong = str(error) or type(error).__name__
        if wrong:
            wrong = clean(f"{self._own_directory / name} cannot be used: {wrong}.", 500)
            _log.warning("%s", wrong)
        return Rendered(_checked(name, self._house.get_template(name).render(words), invitation), wrong)

    def subject(self, invitation: Invitation) -> Rendered:
        """The subject, one line."""
        rendered = self.render(CANCELLED_SUBJECT if invitation.cancelled else SUBJECT, invitation)
        return Rendered(clean(" ".join(rendered.text.split()), MOST_SUBJECT), rendered.wrong)


def text_message(templates: Templates, invitation: Invitation) -> Rendered:
    """What the message says: one line."""
    rendered = templates.render(SMS, invitation)
    return Rendered(" ".join(rendered.text.split())[:MOST_TEXT], rendered.wrong)


def _environment(loader: BaseLoader) -> ImmutableSandboxedEnvironment:
    return ImmutableSandboxedEnvironment(
        loader=loader,
        autoescape=lambda name: bool(name and name.endswith(".html")),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _checked(name: str, text: str, invitation: Invitation) -> Any:
    if len(text) > MOST_CHARACTERS:
        raise ValueError(f"it comes to more than {MOST_CHARACTERS} characters")
    if name in WITH_LINK and invitation.joined and invitation.link not in text:
        raise ValueError("it does not hold {{ link }}")
    return text
