"""Killed at any instant, the database has everything that was acknowledged, once, in order and verifiable."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.service.store.builders import clinic, known

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("acknowledged", [1, 40, 151, 400])
async def test_nothing_acknowledged_is_lost_or_doubled_by_a_kill(tmp_path, acknowledged):
    path = tmp_path / "clinic.sqlite"
    answers = killed_after(path, acknowledged)
    stream = answers[0]["stream"]
    async with clinic(path, word="again") as streams:
        records = await streams.read(stream, limit=100_000)
        assert [record.seq for record in records] == list(range(1, len(records) + 1))
        for answer in answers[1:]:
            kept = await streams.store.answer("o-lee", answer["command_id"])
            assert kept and kept.answer["done"]["seq"] == answer["seq"] <= len(records)
            assert all(seq <= len(records) for seq in answer["seqs"])
        assert all(report.good for report in await streams.verify())
        assert (await known(streams, stream)).seq == len(records)
        assert (await streams.search("ann"))[0].seq == len(records)


def killed_after(path: Path, acknowledged: int) -> list[dict]:
    """What a service acknowledged until it was killed in the middle of its work."""
    command = [sys.executable, "-m", "tests.service.store.appending", str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as process:
        assert process.stdout
        lines = [process.stdout.readline() for _ in range(acknowledged + 1)]
        process.send_signal(signal.SIGKILL)
        lines += process.stdout.readlines()
    assert process.returncode == -signal.SIGKILL
    return [json.loads(line) for line in lines if line.endswith(b"\n")]
