"""Files at servers of other people, shared by the command line: a real service, a real sshd, a real WebDAV server."""

import hashlib
import os
from pathlib import Path

from tests.client.test_backends import LOGIN, at, trusted
from tests.client.webdav import PASSWORD, webdav
from tests.end_to_end.clinic import clinic

MIB = 1024 * 1024


async def test_S45_files_by_sftp_and_webdav_are_shared_equal_and_no_password_stays(tmp_path: Path):
    content, folder, user = os.urandom(3 * MIB + 1), tmp_path / "files", tmp_path / "home"
    (user / ".ssh").mkdir(parents=True)
    folder.mkdir()
    (folder / "scan 1.png").write_bytes(content)
    (folder / "big.dat").write_bytes(bytes(6 * MIB))
    async with clinic(tmp_path / "h", ECM_FILES_LIMIT_MB="5") as here, trusted(tmp_path, user) as host:
        here.env["HOME"] = str(user)
        here.env.pop("SSH_AUTH_SOCK", None)
        number = (await here.appointment("Ann Lee"))["id"]
        await here.ecm("call", "start", number)
        with webdav(folder) as dav:
            for place in (at(host, folder), f"webdav://{LOGIN}@{dav}"):
                shared = await here.ask("call", "attach", number, f"{place}/scan%201.png")
                assert (shared["name"], shared["sha256"]) == ("scan 1.png", hashlib.sha256(content).hexdigest())
                said = await here.ecm("call", "attach", number, f"{place}/big.dat", code=3)
                assert "big.dat has 6.3 MB; a file may have at most 5.2 MB" in said
            said = await here.ecm("call", "attach", number, f"webdav://{LOGIN}@{dav}/none.pdf", code=4)
            assert "127.0.0.1 has no such file. Look at the address again." in said
            assert PASSWORD not in said and LOGIN not in said
            said = await here.ecm("call", "attach", number, f"webdav://{LOGIN}x@{dav}/scan%201.png", code=4)
            assert "does not take this name and password" in said
            assert PASSWORD not in said and LOGIN not in said
        kept = [path.read_bytes() for path in here.home.rglob("*") if path.is_file()]
        assert kept and not any(word.encode() in each for each in kept for word in (PASSWORD, LOGIN))
