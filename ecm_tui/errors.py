"""The errors that reach a person, each a sentence or two: who, what, what to do next.

EcmError                        exit 1   something failed; the root of all
+-- UsageError                  exit 2   the command was written wrongly
+-- RefusedError                exit 3   a rule of the clinic says no; carries the rule's code
+-- UnreachableError            exit 4   no service answers
+-- WrongVersionError           exit 4   the service answers, but speaks another version
+-- ConfigError                 exit 1   a setting is wrong; names the file or variable, and the key
+-- ServiceRunningError         exit 1   this home already has a service; names it
+-- PortInUseError              exit 1   the address is taken by another program
+-- TooManyTriesError           exit 1   this address tried too many wrong links or tokens
+-- NotAPictureError            exit 1   what the media bridge sent is no still
+-- NotAListError               exit 1   a file that is to be imported holds no appointments that can be read
+-- NotKeptError                exit 1   a still or a file could not be put on the disk
+-- BadArchiveError             exit 1   what should be restored is no whole backup
+-- StoreError                  exit 1   the database cannot be used
    +-- NewerDatabaseError      exit 1   it was written by a newer version
    +-- LockedError             exit 1   another program holds it
    +-- ReadOnlyError           exit 1   it, or its disk, takes no writes
    +-- DamagedError            exit 1   it is not what was written

`code` is stable and for programs, the message is for people; `--json` prints both. Nothing of ours is raised outside
this tree, and foreign errors become one of these at the edge that knows them (`raise ... from error`).
"""

from __future__ import annotations


class EcmError(Exception):
    """The root: `message` for people, `code` for programs (`[a-z_]+`), `exit_code` for the shell."""

    exit_code = 1
    code = "failed"

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.message = message
        """Whole sentences: who, what, next step."""
        if code:
            self.code = code


class UsageError(EcmError):
    """A command or option that does not fit; nothing was done."""

    exit_code = 2
    code = "wrong_usage"


class RefusedError(EcmError):
    """A rule refused the command. `code` is the rule's, as listed in PROTOCOL.md: `full`, `not_waiting` and so on."""

    exit_code = 3
    code = "not_allowed"


class UnreachableError(EcmError):
    """No service answers at the address, or the connection was lost before it answered."""

    exit_code = 4
    code = "unreachable"


class WrongVersionError(EcmError):
    """Client and service speak different versions; the message says which of the two to update."""

    exit_code = 4
    code = "wrong_version"


class ConfigError(EcmError):
    """A setting that cannot be used. `place` is the file or environment variable, `key` the setting's dotted name."""

    code = "bad_setting"

    def __init__(self, place: str, key: str, wrong: str, example: str = "") -> None:
        hint = f" Example: {example}" if example else ""
        super().__init__(f"{place}: {key} {wrong}{hint}" if key else f"{place}: {wrong}{hint}")
        self.place = place
        self.key = key


class ServiceRunningError(EcmError):
    """A second service for one home; the first goes on undisturbed."""

    code = "service_running"

    def __init__(self, home: str, pid: int, url: str) -> None:
        super().__init__(
            f"A service for {home} already runs: process {pid} at {url}. "
            "Use it, stop it with `ecm-tui service stop`, or give this one a home of its own with ECM_HOME."
        )


class PortInUseError(EcmError):
    """Another program listens where the service should."""

    code = "port_in_use"

    def __init__(self, host: str, port: int) -> None:
        super().__init__(
            f"Port {port} on {host} is taken by another program. "
            "Stop that program, choose another with `--port`, or let one be picked with `--port 0`."
        )


class TooManyTriesError(EcmError):
    """This address tried too many wrong links or tokens."""

    code = "too_many_tries"


class NotAPictureError(EcmError):
    """What the bridge sent is no PNG that could be a still."""

    code = "not_a_picture"


class NotAListError(EcmError):
    """A file to import is in none of the formats, is damaged, or holds too much; the message says which."""

    code = "not_a_list"


class NotKeptError(EcmError):
    """A picture or a file could not be put on the disk; the message says why."""

    code = "not_kept"


class BadArchiveError(EcmError):
    """The archive is not a whole backup of ours."""

    code = "bad_archive"


class StoreError(EcmError):
    """The database cannot do what was asked. Nothing was acknowledged that is not on disk."""

    code = "store_failed"


class NewerDatabaseError(StoreError):
    """The database knows a migration that this version does not; using it could lose data."""

    code = "newer_database"

    def __init__(self, path: str, revision: str) -> None:
        super().__init__(
            f"{path} was written by a newer version of ecm-tui (revision {revision}); this one leaves it untouched. "
            "Update ecm-tui on this computer, or restore a backup made before the update into another ECM_HOME."
        )


class LockedError(StoreError):
    """Another program holds the database for writing."""

    code = "store_locked"

    def __init__(self, path: str) -> None:
        super().__init__(
            f"{path} is in use by another program. Close whatever else has it open (`ecm-tui service status` names "
            "our own service), then try again."
        )


class ReadOnlyError(StoreError):
    """Writing is impossible: a full disk, a read-only file system, or rights that are missing. Reading goes on."""

    code = "store_read_only"

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(
            f"{path} cannot be written: {reason}. "
            "Free space, or give this user the right to write there; saving works again without a restart."
        )


class DamagedError(StoreError):
    """The database's content contradicts itself, or the file is no database at all."""

    code = "store_damaged"

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path} is damaged: {reason}. Keep a copy of it, then put the newest backup in its place.")
