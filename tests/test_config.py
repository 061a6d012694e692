"""Settings: which source wins, and complaints that a reader can act on."""

import dataclasses
import subprocess
import sys
from pathlib import Path

import pytest

from ecm_tui.config import DEFAULT, describe, load, local_timezone, unknown_variables, variable
from ecm_tui.errors import ConfigError, UsageError
from ecm_tui.settings import KINDS, Serve, Settings


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "config").mkdir()
    return {"ECM_HOME": str(tmp_path), "TZ": "Europe/Zurich"}


@pytest.fixture
def file(environ: dict[str, str]) -> Path:
    return Path(environ["ECM_HOME"]) / "config" / "config.toml"


def test_without_anything_set_the_defaults_of_the_contract_hold(environ: dict[str, str]):
    settings = load({}, environ)
    assert (settings.serve.host, settings.serve.port, settings.serve.public_url) == ("127.0.0.1", 8440, "")
    assert (settings.session.places, settings.session.grace_seconds) == (50, 30)
    assert settings.screenshot.timeout_seconds == 60
    assert settings.chat.history == "all"
    assert settings.clinic.timezone == "Europe/Zurich"
    assert settings.serve.local_only and not settings.serve.behind_proxy
    assert settings.keys == {} and settings.sources == {}


def test_every_key_of_the_contract_exists():
    contract = """clinic.name clinic.support clinic.timezone clinic.colour serve.host serve.port serve.public_url
        serve.tls_cert serve.tls_key serve.behind_proxy turn.urls turn.secret media.address media.ports chat.history
        mail.url mail.sender sms.url session.places session.grace_seconds screenshot.timeout_seconds files.limit_mb
        files.session_mb files.programs files.clamd
        retention.days notify.bell notify.terminal notify.names notify.repeat_seconds keys"""
    assert set(contract.split()) <= set(KINDS)


def test_a_flag_beats_a_variable_beats_the_file_beats_the_default(environ: dict[str, str], file: Path):
    file.write_text('[serve]\nport = 1\nhost = "::1"\n[clinic]\nname = "Filed"\n')
    environ |= {"ECM_SERVE_PORT": "2", "ECM_CLINIC_NAME": "Varied", "ECM_SERVE_HOST": ""}
    settings = load({"serve.port": "3", "serve.public_url": None}, environ)
    assert (settings.serve.port, settings.clinic.name, settings.serve.host) == (3, "Varied", "::1")
    sources = {row.key: row.source for row in describe(settings)}
    assert sources["serve.port"] == "--port"
    assert sources["clinic.name"] == "ECM_CLINIC_NAME"
    assert sources["serve.host"] == str(file)
    assert sources["session.places"] == DEFAULT


def test_settings_cannot_be_changed(environ: dict[str, str]):
    with pytest.raises(dataclasses.FrozenInstanceError):
        load({}, environ).serve.port = 1  # type: ignore[misc]  # that it is refused is the point


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("clinic.name", "Praxis am See", "Praxis am See"),
        ("clinic.colour", "#AABBCC", "#aabbcc"),
        ("serve.behind_proxy", "10.0.0.0/8, ::1", ("10.0.0.0/8", "::1")),
        ("serve.public_url", "https://call.example:8443/", "https://call.example:8443"),
        ("serve.metrics", "127.0.0.1:9440", "127.0.0.1:9440"),
        ("media.address", "203.0.113.7", "203.0.113.7"),
        ("media.ports", "50000-50100", (50000, 50100)),
        ("mail.domains", "clinic.local", ("clinic.local",)),
        ("sms.url", "https://sms.example/send?key=1", "https://sms.example/send?key=1"),
        ("notify.bell", "off", False),
        ("session.places", "3", 3),
        ("retention.days", "0", 0),
        ("chat.history", "none", "none"),
        ("files.programs", "yes", True),
        ("files.clamd", "/run/clamav/clamd.ctl", "/run/clamav/clamd.ctl"),
        ("files.clamd", "scan.clinic.example:3310", "scan.clinic.example:3310"),
        ("keys", "people.admit=ctrl+a people.search=s", {"people.admit": "ctrl+a", "people.search": "s"}),
    ],
)
def test_every_setting_can_come_from_its_variable(environ: dict[str, str], key: str, text: str, value: object):
    settings = load({}, environ | {variable(key): text})
    section, _, name = key.partition(".")
    found = getattr(settings, section)
    assert (getattr(found, name) if name else found) == value


def test_servers_with_their_companions_are_taken(environ: dict[str, str], file: Path):
    file.write_text(
        '[turn]\nurls = ["turn:t.example:3478?transport=udp", "turns:t.example"]\nsecret = "s"\n'
        '[mail]\nurl = "smtp://u:p@mail.example:587?tls=starttls"\nsender = "a@b.example"\n'
        '[keys]\npeople.admit = "ctrl+a"\n"people.search" = "s"\n'
    )
    settings = load({}, environ)
    assert len(settings.turn.urls) == 2
    assert settings.mail.url.startswith("smtp://u:p@")
    assert settings.keys == {"people.admit": "ctrl+a", "people.search": "s"}


def test_a_relative_path_means_beside_the_file_that_holds_it(environ: dict[str, str], file: Path):
    file.write_text('[serve]\ntls_cert = "cert.pem"\n')
    settings = load({"serve.tls_key": "key.pem"}, environ)
    assert settings.serve.tls_cert == str(file.parent / "cert.pem")
    assert settings.serve.tls_key == str(Path.cwd() / "key.pem")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("clinic.name", 5),
        ("clinic.name", "x" * 81),
        ("clinic.name", "two\nlines"),
        ("clinic.timezone", "Mars/Base"),
        ("clinic.timezone", "../etc/passwd"),
        ("clinic.colour", "teal"),
        ("clinic.channel", "pigeon"),
        ("serve.port", 65536),
        ("serve.port", True),
        ("serve.port", "8440"),
        ("serve.public_url", "call.example"),
        ("serve.public_url", "https://call.example/path"),
        ("serve.public_url", "ftp://call.example"),
        ("serve.public_url", "https://call.example:port"),
        ("serve.behind_proxy", "127.0.0.1"),
        ("serve.behind_proxy", ["proxy.example"]),
        ("serve.metrics", "9440"),
        ("serve.metrics", "host:0x1"),
        ("media.address", "example.org"),
        ("media.ports", "5-9"),
        ("media.ports", "6000-5000"),
        ("turn.urls", ["https://turn.example"]),
        ("chat.history", "some"),
        ("files.limit_mb", 0),
        ("files.clamd", "clamd.ctl"),
        ("files.clamd", "two\nlines"),
        ("mail.url", "mail.example"),
        ("mail.url", "smtp://u:p@host:none"),
        ("mail.url", "smtp://host?tls=maybe"),
        ("notify.bell", "loud"),
        ("hooks.knock", "ring 'twice"),
        ("hooks.end", "'' lamp"),
        ("session.places", 51),
        ("keys", "a"),
    ],
)
def test_a_wrong_value_names_file_key_and_an_example(environ: dict[str, str], file: Path, key: str, value: object):
    import tomlkit

    section, _, name = key.partition(".")
    file.write_text(tomlkit.dumps({section: {name: value} if name else value}))
    with pytest.raises(ConfigError) as caught:
        load({}, environ)
    message = caught.value.message
    assert message.startswith(f"{file}: {key} m")
    assert "Example: " in message and "\n" not in message
    assert (caught.value.place, caught.value.key) == (str(file), key)


def test_every_example_is_a_right_value(environ: dict[str, str], file: Path):
    for key, kind in KINDS.items():
        companions = {"serve.tls_cert": 'tls_key = "k"', "serve.tls_key": 'tls_cert = "c"', "turn.urls": 'secret = "s"'}
        companions |= {"mail.url": 'sender = "a@b.example"', "lists.authorization": 'server = "https://s.example"'}
        extra = companions.get(key, "")
        section, _, name = key.partition(".")
        file.write_text(f"[{section}]\n{name} = {kind.example}\n{extra}\n" if name else f"{key} = {kind.example}\n")
        assert key in load({}, environ).sources


def test_a_wrong_variable_is_named_itself(environ: dict[str, str]):
    with pytest.raises(
        ConfigError, match=r"^ECM_SERVE_PORT: serve\.port must be .*'many'\. Example: ECM_SERVE_PORT=8440$"
    ):
        load({}, environ | {"ECM_SERVE_PORT": "many"})
    with pytest.raises(ConfigError, match="ECM_KEYS: keys must be a table"):
        load({}, environ | {"ECM_KEYS": "people.admit"})


def test_a_wrong_flag_is_wrong_usage(environ: dict[str, str]):
    with pytest.raises(UsageError, match=r"^--port must be a whole number"):
        load({"serve.port": 70_000}, environ)


def test_a_complaint_never_repeats_a_password(environ: dict[str, str]):
    for key, value in (
        ("ECM_MAIL_URL", "smtp://user:hunter2@host:none"),
        ("ECM_MAIL_URL", "imap://user:hunter2@host"),
        ("ECM_SMS_URL", "ftp://user:hunter2@host"),
    ):
        with pytest.raises(ConfigError) as caught:
            load({}, environ | {key: value})
        assert "hunter2" not in caught.value.message


def test_an_unknown_key_is_an_error_that_names_file_and_nearest_key(environ: dict[str, str], file: Path):
    file.write_text('[serve]\npublic_ulr = "https://call.example"\n')
    with pytest.raises(ConfigError) as caught:
        load({}, environ)
    assert caught.value.message == f"{file}: serve.public_ulr is not a setting. The nearest is serve.public_url."
    file.write_text("[server]\nport = 1\n")
    with pytest.raises(ConfigError, match=r"server is not a setting. The nearest is serve\."):
        load({}, environ)
    file.write_text("qqqq = 1\n")
    with pytest.raises(ConfigError, match=r"qqqq is not a setting\. Known are: clinic, serve, "):
        load({}, environ)
    file.write_text("serve = 1\n")
    with pytest.raises(ConfigError, match="serve must be a section"):
        load({}, environ)


def test_a_file_that_is_no_toml_names_file_and_line(environ: dict[str, str], file: Path):
    file.write_text("[serve]\nport = \n")
    with pytest.raises(ConfigError, match=r"config\.toml: is not TOML: .*line 2"):
        load({}, environ)
    file.write_bytes(b'[clinic]\nname = "Z\xfcrich"\n')
    with pytest.raises(ConfigError, match="is not UTF-8"):
        load({}, environ)


def test_a_settings_file_that_cannot_be_read_is_an_error_and_not_ignored(environ: dict[str, str], file: Path):
    file.mkdir()
    with pytest.raises(ConfigError, match=r"config\.toml: cannot be read: "):
        load({}, environ)


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ('[serve]\ntls_cert = "c"', "serve.tls_key"),
        ('[serve]\ntls_key = "k"', "serve.tls_cert"),
        ('[turn]\nurls = ["turn:t.example"]', "turn.secret"),
        ('[mail]\nurl = "smtp://m.example"', "mail.sender"),
        ('[lists]\nauthorization = "Bearer x"', "lists.server"),
    ],
)
def test_settings_that_need_each_other_say_so(environ: dict[str, str], file: Path, given: str, missing: str):
    file.write_text(given)
    with pytest.raises(ConfigError, match=f"needs {missing} beside it"):
        load({}, environ)


def test_the_description_shows_every_setting_and_no_secret(environ: dict[str, str], file: Path):
    file.write_text(
        '[turn]\nsecret = "hush1"\n[mail]\nurl = "smtp://u:hush2@m.example"\nsender = "a@b.example"\n'
        '[sms]\nurl = "https://u:hush3@sms.example/?key=hush4"\nauthorization = "hush5"\n'
        '[lists]\nserver = "https://s.example"\nauthorization = "hush6"\n[media]\nports = "2000-2001"\n'
    )
    rows = {row.key: row for row in describe(load({}, environ))}
    assert list(rows) == list(KINDS)
    assert "hush" not in repr(rows)
    assert rows["mail.url"].value == '"smtp://u:***@m.example"'
    assert rows["turn.secret"].value == "(set)" and rows["sms.authorization"].value == "(set)"
    assert rows["media.ports"].value == '"2000-2001"'
    assert rows["mail.url"].variable == "ECM_MAIL_URL"
    assert rows["clinic.timezone"].value == '"Europe/Zurich"'


def test_what_the_description_shows_can_be_read_back(environ: dict[str, str], file: Path):
    before = load({}, environ | {"ECM_KEYS": "people.admit=a", "ECM_SERVE_BEHIND_PROXY": "10.0.0.1"})
    rows = [row for row in describe(before) if row.value != '""']
    file.write_text("".join(f"{row.key} = {row.value}\n" for row in rows))
    after = load({}, environ)
    assert dataclasses.replace(after, sources={}) == dataclasses.replace(before, sources={})


def test_a_mistyped_variable_is_told_with_its_nearest(environ: dict[str, str]):
    strange = unknown_variables(environ | {"ECM_CLINIC_NMAE": "x", "ECM_SERVICE": "x", "PATH": "/", "ECM_ZZZZZZ": ""})
    assert strange == {"ECM_CLINIC_NMAE": "ECM_CLINIC_NAME", "ECM_ZZZZZZ": ""}


def test_links_are_local_until_a_public_address_is_set():
    assert Serve().local_only
    assert Serve(public_url="http://localhost:8440").local_only
    assert Serve(public_url="http://[::1]:8440").local_only
    assert not Serve(public_url="https://call.example:8443").local_only


def test_the_zone_of_this_computer_is_used_where_none_is_set(tmp_path: Path):
    link = tmp_path / "localtime"
    link.symlink_to("/usr/share/zoneinfo/Asia/Tokyo")
    assert local_timezone({}, str(link)) == "Asia/Tokyo"
    assert local_timezone({"TZ": ":Europe/Rome"}, str(link)) == "Europe/Rome"
    assert local_timezone({"TZ": "nonsense"}, str(tmp_path / "none")) == "UTC"


def test_settings_load_light():
    heavy = {"pydantic", "textual", "platformdirs", "asyncio"}
    code = f"import sys, ecm_tui.config; print(sorted({heavy} & set(sys.modules)))"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"


def test_settings_need_a_home():
    with pytest.raises(TypeError):
        Settings()  # type: ignore[call-arg]  # that it is refused is the point
