"""Stands in for `ecm-tui serve --daemon`: holds the home, answers on the socket, says what it is told to say.

Run as `python stand_in.py [VERSION] [CALLS] [WAITING]`; with ECM_STAND_IN=fails it ends with a reason instead.
"""

import fcntl
import json
import os
import signal
import socket
import sys
import threading
import time

from ecm_tui.paths import find_places


def main() -> None:
    version, calls, waiting = (*sys.argv[1:], *("1.0", "0", "0")[len(sys.argv) - 1 :])[:3]
    places = find_places(os.environ)
    places.make()
    with (places.state / "starts").open("a") as starts:
        starts.write(f"{os.getpid()}\n")
    if os.environ.get("ECM_STAND_IN") == "fails":
        sys.exit("warming up\nThe database \x1b[31mwas written by a newer version.")
    if os.environ.get("ECM_STAND_IN") == "hangs":
        time.sleep(60)
    lock = os.open(places.lock, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        sys.exit("A service for this home already runs.")
    time.sleep(0.2)  # a real one takes its time; whoever starts a second one meanwhile must not get through
    places.socket.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(str(places.socket))
        door.listen(20)
        said = {"pid": os.getpid(), "url": "http://127.0.0.1:8440", "socket": str(places.socket), "version": version}
        places.service_file.write_text(json.dumps(said))
        if os.environ.get("ECM_STAND_IN") == "stubborn":
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
        while True:
            line, _ = door.accept()
            threading.Thread(target=answer, args=(line, calls, waiting), daemon=True).start()


def answer(line: socket.socket, calls: str, waiting: str) -> None:
    with line:
        if line.recv(10_000).startswith(b"GET /api/v1/status ") and calls != "?":
            body = json.dumps({"calls": int(calls), "waiting": int(waiting)})
            line.sendall(f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())


if __name__ == "__main__":
    main()
