"""The words of invitations, and the clinic's own in their place."""

from pathlib import Path

import pytest

from ecm_tui.service.invitations.templates import HTML, SMS, SUBJECT, TEXT, Templates, text_message
from tests.service.invitations.builders import invitation


def own(tmp_path: Path, name: str, content: str) -> Templates:
    (tmp_path / name).write_text(content, encoding="utf-8")
    return Templates(tmp_path)


@pytest.mark.parametrize("name", [TEXT, HTML])
def test_E9_a_letter_says_who_where_when_and_whom_to_ask(tmp_path: Path, name: str):
    text = Templates(tmp_path).render(name, invitation()).text
    for word in (
        "Ann Lee",
        "Lakeside",
        "Tuesday, 24 November 2026",
        "14:30",
        "Europe/Zurich",
        "Call 044",
        "/join/t0ken",
    ):
        assert word in text
    assert "this computer only" not in text
    assert "this computer only" in Templates(tmp_path).render(name, invitation(local_only=True)).text


def test_a_guest_reads_whose_appointment_it_is(tmp_path: Path):
    guest = invitation(name="Cem Oz", is_patient=False)
    text = Templates(tmp_path).render(TEXT, guest).text
    assert "Dear Cem Oz" in text
    assert "the video appointment of Ann Lee" in text


def test_a_text_message_is_one_line_with_the_link(tmp_path: Path):
    text = text_message(Templates(tmp_path), invitation()).text
    assert "\n" not in text
    assert text.startswith("Ann Lee: video appointment at Lakeside, Tue 24 Nov 14:30. Open https://")
    assert "this computer only" in text_message(Templates(tmp_path), invitation(local_only=True)).text


def test_names_are_values_never_templates_or_markup(tmp_path: Path):
    hostile = "{{ 7 * 7 }} <script>alert(1)</script> {% raw %}"
    templates = Templates(tmp_path)
    html = templates.render(HTML, invitation(name=hostile)).text
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert "49" not in html
    assert hostile in templates.render(TEXT, invitation(name=hostile)).text


def test_the_clinics_own_template_comes_first(tmp_path: Path):
    templates = own(tmp_path, TEXT, "Grüezi {{ name }}: {{ link }}\n")
    assert templates.render(TEXT, invitation()).text == "Grüezi Ann Lee: https://call.lakeside.test/join/t0ken\n"
    assert "Ann Lee" in templates.render(HTML, invitation()).text


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{{ link }} {% if", "line 1"),
        ("{{ link }} {{ nobody }}", "'nobody' is undefined"),
        ("no link", "does not hold {{ link }}"),
        ("{{ link }} {{ name.__class__.__mro__ }}", "unsafe"),
        ("{{ link }} {{ 1 / 0 }}", "division"),
        ("{{ link }} {% include 'gone.txt' %}", "gone.txt"),
        ("{{ link }}{% for i in range(99999) %}aa{% endfor %}", "more than"),
        ("{{ link }} {% for i in range(10000000) %}{% endfor %}", "range"),
    ],
)
def test_a_template_that_fails_is_told_about_and_the_houses_is_used(tmp_path: Path, content: str, said: str):
    rendered = own(tmp_path, TEXT, content).render(TEXT, invitation())
    assert "Dear Ann Lee" in rendered.text
    assert str(tmp_path / TEXT) in rendered.wrong
    assert said in rendered.wrong


def test_a_template_reads_no_file_beside_its_directory(tmp_path: Path):
    (tmp_path / "secret").write_text("s3cret")
    (tmp_path / "templates").mkdir()
    rendered = own(tmp_path / "templates", TEXT, "{{ link }} {% include '../secret' %}").render(TEXT, invitation())
    assert "s3cret" not in rendered.text
    assert rendered.wrong


def test_a_subject_is_one_line_whatever_the_template_says(tmp_path: Path):
    templates = own(tmp_path, SUBJECT, "Hello\r\nBcc: all@x.test\n\n{{ name }}")
    assert templates.subject(invitation()).text == "Hello Bcc: all@x.test Ann Lee"


def test_a_text_message_of_the_clinic_is_bounded(tmp_path: Path):
    templates = own(tmp_path, SMS, "{{ link }} " + "x" * 5_000)
    assert len(text_message(templates, invitation()).text) <= 1_000
