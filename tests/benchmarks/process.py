"""What a running process costs: processor time to the nanosecond, memory, datagrams that its sockets lost."""

from __future__ import annotations

import time
from pathlib import Path


def cpu_seconds(pid: int) -> float:
    """Processor time of all threads of a process so far; its children are not counted."""
    # The clock of another process, as clock_getcpuclockid(3) makes its id.
    return time.clock_gettime((~pid << 3) | 2)


def memory_mb(pid: int) -> float:
    """Resident memory, in MB of 1,000,000 bytes."""
    return _memory(pid, "VmRSS:")


def peak_mb(pid: int) -> float:
    """The most that was resident since `reset_peak`, or since the start."""
    return _memory(pid, "VmHWM:")


def reset_peak(pid: int) -> float:
    """Look for a new peak from now on; what is resident now."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")
    return memory_mb(pid)


def _memory(pid: int, name: str) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1]) * 1024 / 1e6
    raise ProcessLookupError(pid)


def lost_datagrams(pid: int) -> int:
    """Datagrams that came for the UDP sockets of a process and found no room in them."""
    inodes = set()
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        try:
            target = str(entry.readlink())
        except OSError:
            continue  # Closed between listing and reading.
        if target.startswith("socket:["):
            inodes.add(target[8:-1])
    lost = 0
    for table in ("udp", "udp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[9] in inodes:
                lost += int(fields[-1])
    return lost
