"""Every address of /openapi.json with requests that fit it and requests that do not: answers are ours, whoever asks.

What comes is made of the document itself, so that a new address is tried as soon as it is in there.
"""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode

from tests.service.house import service
from tests.service.test_retention import shared

CANARY = "Xanthippe Canarybird"
EXAMPLES = 8
"""Requests of each kind to each address: some hundred together, in less than half a minute."""

OPEN = {"/api/v1/open"}
"""What anybody may ask."""

COMMANDS = ["admit", "remove", "say", "edit_person", "schedule", "import", "share_file", "add_account", "nothing"]

bounded = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def operations(document: Mapping[str, Any]) -> list[Any]:
    return [found.ok() for found in schemathesis.openapi.from_dict(dict(document)).get_all_operations()]


def told(case: Case, real: Mapping[str, str], meant: bool, command: dict[str, Any]) -> Case:
    """The request, where `meant` about what there really is, with a command that has at least a known type."""
    if meant and case.path_parameters:
        case.path_parameters |= {name: real[name] for name in case.path_parameters if name in real}
    if meant and isinstance(case.body, dict) and "command" in case.body:
        case.body["command"] = command
    return case


def tried(operation: Any, mode: GenerationMode, real: Mapping[str, str], url: str, head: dict[str, str]) -> list[Any]:
    """The answers to some requests to one address."""
    answers: list[Any] = []
    words = st.none() | st.integers() | st.text(max_size=8) | st.sampled_from(list(real.values()))
    fields = st.dictionaries(st.sampled_from(["person_id", "text", "guest", "at", "name", "account_id", "link"]), words)
    commands = st.builds(lambda kind, more: {**more, "type": kind}, st.sampled_from(COMMANDS), fields)

    @bounded
    @given(operation.as_strategy(generation_mode=mode), st.booleans(), commands)
    def ask(case: Case, meant: bool, command: dict[str, Any]) -> None:
        answers.append(told(case, real, meant, command).call(base_url=url, headers=head, timeout=20))

    ask()
    return answers


def in_our_shape(answer: Any) -> bool:
    """No failure of the service; and a refusal is a code for programs and a sentence for people."""
    if answer.status_code < 400:
        return True
    found = answer.json()
    return answer.status_code < 500 and set(found) == {"code", "message"} and bool(found["code"] and found["message"])


# Strategies of schemathesis draw from the `random` module, which hypothesis seeds for them.
@pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisDeprecationWarning")
async def test_whatever_comes_to_any_address_is_answered_or_refused_in_words_and_read_by_nobody_without_a_right(
    tmp_path: Path,
) -> None:
    async with service(tmp_path) as house:
        console = await house.console()
        people = await house.appointment(console, patient={"name": CANARY, "email": "x@canary.test"})
        await people.start()
        await shared(house, people.id, "CANARYNAME.txt", b"CANARYBYTES")
        found = await house.service.parts.streams.appointment(people.id)
        assert found is not None
        real = {"appointment": people.id, "file": found.files[0].id, "person": people.ids[CANARY]}
        token = (await console.do("clinic", "issue_token", account_id="o-local"))["result"]["token"]
        document = (await house.client.get("/openapi.json")).json()
        everything = await asyncio.to_thread(operations, document)
        assert len(everything) >= len(document["paths"]) > 10
        read = 0
        for operation in everything:
            known, strange = {"Authorization": f"Bearer {token}"}, {"Authorization": ""}
            fits, fits_not = GenerationMode.POSITIVE, GenerationMode.NEGATIVE
            for mode, head in ((fits, strange), (fits, known), (fits_not, known)):
                if mode is fits_not and not (operation.query or operation.body or operation.headers):
                    continue  # any text fits the parts of an address
                for answer in await asyncio.to_thread(tried, operation, mode, real, house.url, head):
                    assert in_our_shape(answer), (operation.label, answer.request.url, answer.text)
                    read += CANARY in answer.text
                    if head is strange:
                        allowed = answer.status_code >= 400 or operation.path in OPEN
                        assert allowed and "CANARY" not in answer.text.upper(), (operation.label, answer.text)
        assert read, "who has a right reads it, so that this would have been seen"
        assert (await house.client.get("/healthz")).json() == {"ok": True}
        assert (await console.query("verify"))["ok"]
