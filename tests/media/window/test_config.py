"""The line that the window reads."""

import pytest

from media.window.config import Config, ConfigError


def test_a_link_alone_is_enough():
    config = Config.parse('{"link": "http://a/view/x", "devices": null}')
    assert config == Config(link="http://a/view/x")


def test_the_line_may_be_the_bare_link():
    assert Config.parse("https://a/view/x\n") == Config(link="https://a/view/x")


def test_every_field_is_read():
    line = (
        '{"link": "l", "microphone": false, "camera": false,'
        ' "devices": {"camera": "/dev/video2", "microphone": "USB", "speaker": "HDMI", "headset": true}}'
    )
    assert Config.parse(line) == Config(
        link="l",
        microphone=False,
        camera=False,
        camera_name="/dev/video2",
        microphone_name="USB",
        speaker_name="HDMI",
        headset=True,
    )


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("", "one line of JSON"),
        ("[]", "link"),
        ('{"link": 5}', "link"),
        ('{"link": "l", "devices": 5}', "devices"),
        ('{"link": "l", "camera": "yes"}', "camera: true or false"),
        ('{"link": "l", "devices": {"camera": 2}}', "devices.camera"),
    ],
)
def test_a_line_that_cannot_be_used_names_the_field(line, words):
    with pytest.raises(ConfigError, match=words):
        Config.parse(line)
