"""Where links lead, and what is none."""

import pytest

from ecm_tui.console.links import links, target


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("see https://a.example/x.", ["https://a.example/x"]),
        ("(https://a.example/x_(y))", ["https://a.example/x_(y)"]),
        ("https://a.example https://a.example", ["https://a.example"]),
        ("HTTP://A.example!", ["HTTP://A.example"]),
        ("javascript:alert(1) file:///etc/passwd ftp://a.example", []),
        ("https:// http://[::1", []),
        (" ".join(f"https://a{number}.example" for number in range(9)), [f"https://a{n}.example" for n in range(5)]),
    ],
)
def test_web_addresses_are_found_without_the_sentences_own_signs(text: str, found: list[str]):
    assert links(text) == found


@pytest.mark.parametrize(
    ("link", "host"),
    [
        ("https://bank.example@evil.example/", "evil.example"),
        ("https://EVIL.example:8443/a", "evil.example"),
        ("https://аpple.example", "xn--pple-43d.example"),
        ("https://" + "ä" * 80 + ".example", ""),
    ],
)
def test_a_link_tells_the_computer_it_truly_leads_to(link: str, host: str):
    assert target(link) == host
