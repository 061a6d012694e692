"""The gate for foreign text: whatever strangers write goes through here before anybody's screen shows it.

Nothing is dropped without a trace: what could move a cursor, turn text round or hide becomes a visible sign.
Terminal titles, notifications and the clipboard take their text from here only. Pure: text in, text out.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

TEXT_LIMIT = 4_000
"""Longest text in characters that `clean` gives unless told otherwise: a long chat message."""

NAME_LIMIT = 100
"""Longest name of a person in characters."""

FILE_NAME_BYTES = 200
"""Longest file name in UTF-8 bytes; file systems take 255, and ".part" or " (2)" may still be added."""

MARKS_PER_BASE = 4
"""Combining marks kept on one letter. Pointed Hebrew and Tibetan need up to four; more only paints over other rows."""

UNSHOWABLE = "\ufffd"
"""Stands for each character that has no place on a screen."""

ELLIPSIS = "…"
"""Ends a text that was cut to its limit."""

BIDI_CONTROLS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Characters that change the direction of the text around them."""

JOINERS = frozenset("\u200c\u200d")
"""Zero-width (non-)joiner: kept where Persian, Hindi and their kin spell with them, between letters without case."""

_PLAIN = re.compile("[ -~\u00a1-\u00ac\u00ae-\u02ff\u0370-\u0482\u048a-\u0556]*")
_PLAIN_LINES = re.compile("[\n -~\u00a1-\u00ac\u00ae-\u02ff\u0370-\u0482\u048a-\u0556]*")
"""Texts of Latin, Greek and Cyrillic letters only, which need no second look: nearly all."""

_RAW_FACTOR = 16
"""How much more than the limit is read at all, so that a hostile megabyte costs no more than a long line."""

_BARE_BASE = "\u25cc"
"""The dotted circle, carrying a mark that would otherwise land on whatever the screen draws before this text."""

_NO_SYMBOLS = frozenset({"", UNSHOWABLE, _BARE_BASE, *map(chr, range(0x2400, 0x2427))})
"""What `clean` itself puts in place of something; it has no variants for a selector to choose from."""

_KEYCAP = "\u20e3"
_KEYCAP_BASES = frozenset("0123456789#*")
_EMOJI_PUNCTUATION = frozenset("\u203c\u2049\u3030")
_VISIBLE_FORMAT = frozenset("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd")
"""Signs of category Cf that are drawn: Arabic number signs and their like."""

_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2065\u3164\uffa0\ufff0-\ufff8\ufdd0-\ufdef"
    "\U0001d159\U000e0000-\U000e00ff\U000e01f0-\U000e0fff]"
)
"""What draws nothing although its category does not say so: fillers, Mongolian selectors, tags, noncharacters."""

_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_IDEOGRAPHS = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_BLOCKED = frozenset({"Cc", "Cs", "Co"})


def clean(text: str, limit: int = TEXT_LIMIT, multiline: bool = False) -> str:
    """`text` made safe to show: at most `limit` characters, normal form C, and the same again when cleaned twice.

    Control characters become their pictures (ESC is ␛); bidi controls, zero-width characters, tags, stray variation
    selectors, private characters and lone surrogates become U+FFFD. A tab and every other kind of space become plain
    spaces. Line ends stay only with `multiline`; else they too become pictures. Emoji glued by a joiner come apart.
    """
    if limit < 1:
        return ""
    raw = text[: limit * _RAW_FACTOR]
    if multiline:
        raw = raw.replace("\r\n", "\n").replace("\r", "\n")
    composed = unicodedata.normalize("NFC", raw)
    plain = (_PLAIN_LINES if multiline else _PLAIN).fullmatch(composed)
    return _cut(composed if plain else _Gate(composed, multiline).run(), limit, len(text) > limit * _RAW_FACTOR)


def is_forbidden(character: str) -> bool:
    """Whether this one character never leaves `clean`, wherever it stands. A line end counts as allowed here."""
    return character != "\n" and _replacement(character, True) is not None


def _cut(text: str, limit: int, more: bool) -> str:
    """At most `limit` characters; a cut never ends in half of a sequence, which a second cleaning would change."""
    if len(text) <= limit and not more:
        return text
    kept = text[: limit - 1]
    while kept and (kept[-1] in JOINERS or _SELECTORS.match(kept[-1])):
        kept = kept[:-1]
    return kept + ELLIPSIS


def _replacement(character: str, multiline: bool) -> str | None:
    """What is shown in place of this character, or None when it may stay as far as it alone can tell."""
    category = unicodedata.category(character)
    if category == "Cc":
        return _picture(character, multiline)
    if category == "Zs":
        return None if character == " " else " "
    if category in ("Zl", "Zp"):
        return "\u2424"
    if category == "Cf":
        return None if character in JOINERS or character in _VISIBLE_FORMAT else UNSHOWABLE
    if category in _BLOCKED or _INVISIBLE.match(character) or ord(character) & 0xFFFE == 0xFFFE:
        return UNSHOWABLE
    return None


def _picture(control: str, multiline: bool) -> str | None:
    if control == "\n" and multiline:
        return None
    if control == "\t":
        return "    " if multiline else " "
    if control == "\x7f":
        return "\u2421"
    return chr(0x2400 + ord(control)) if control < " " else UNSHOWABLE


class _Gate:
    """One pass over a text in normal form C. What may stay depends on what was let through just before."""

    def __init__(self, text: str, multiline: bool) -> None:
        self.text = text
        self.multiline = multiline
        self.out: list[str] = []
        self.base = ""
        """The last character that was no mark, joiner or selector; "" at the start of a line."""
        self.marks = 0
        """Marks let through since that base."""

    def run(self) -> str:
        for at, character in enumerate(self.text):
            shown = _replacement(character, self.multiline)
            if shown is not None:
                self._put_base(shown)
            elif character in JOINERS:
                self._join(character, self.text[at + 1 : at + 2])
            elif _SELECTORS.match(character):
                self._select(character, self.text[at + 1 : at + 2])
            elif unicodedata.category(character)[0] == "M":
                self._mark(character)
            else:
                self._put_base(character)
        return "".join(self.out)

    def _put_base(self, shown: str) -> None:
        self.out.append(shown)
        self.base, self.marks = ("" if shown == "\n" else shown), 0

    def _mark(self, mark: str) -> None:
        if not self.base:
            self._put_base(_BARE_BASE)
        self.marks += 1
        if self.marks <= MARKS_PER_BASE:
            self.out.append(mark)
        elif self.marks == MARKS_PER_BASE + 1:
            self.out.append(UNSHOWABLE)

    def _join(self, joiner: str, following: str) -> None:
        """A joiner stays between letters without case, and before a mark of such a letter (Bengali ya-phalaa)."""
        if _is_caseless(self.base) and self.marks <= MARKS_PER_BASE and self.out[-1] not in JOINERS:
            if _is_caseless(following) or (_is_mark(following) and self.marks < MARKS_PER_BASE):
                self.out.append(joiner)
                return
        self._put_base(UNSHOWABLE)

    def _select(self, selector: str, following: str) -> None:
        """A selector stays directly after what has variants: emoji, keycaps, ideographs of Japanese names."""
        before = self.out[-1] if self.out else ""
        if selector > "\uffff":
            fits = bool(_IDEOGRAPHS.match(before))
        elif selector in "\ufe0e\ufe0f":
            keycap = before in _KEYCAP_BASES and following == _KEYCAP
            symbol = before not in _NO_SYMBOLS and unicodedata.category(before[-1]) in ("So", "Sm")
            fits = keycap or symbol or before in _EMOJI_PUNCTUATION
        else:
            fits = False
        if fits:
            self.out.append(selector)
        else:
            self._put_base(UNSHOWABLE)


def _is_caseless(character: str) -> bool:
    return len(character) == 1 and unicodedata.category(character) == "Lo" and not _INVISIBLE.match(character)


def _is_mark(character: str) -> bool:
    if not character or _INVISIBLE.match(character) or _SELECTORS.match(character):
        return False
    return unicodedata.category(character)[0] == "M"


def clean_name(text: str, limit: int = NAME_LIMIT) -> str:
    """A person's name for one line, spaces folded. Raises ValueError with a sentence when nothing readable is in it."""
    folded = " ".join(clean(text, limit * _RAW_FACTOR).split())
    name = clean(folded, limit)
    if is_blank(name):
        raise ValueError("A name needs at least one letter or digit.")
    return name


def is_blank(text: str) -> bool:
    """Whether nobody could call anyone by this: there is no letter and no digit in it."""
    return not any(character.isalnum() for character in text)


def osc_safe(text: str, limit: int = 200) -> str:
    """`text` for terminal titles and notifications: one line without `;`, which parts the fields of such a sequence."""
    return clean(text, limit).replace(";", ",")


def clipboard_safe(text: str, limit: int = 64_000) -> str:
    """`text` for the clipboard: lines stay, and a paste into a shell or an editor carries no control characters."""
    return clean(text, limit, multiline=True)


_SEPARATORS = re.compile(r"[/\\]")
_UNFIT_FOR_FILES = re.compile('[<>:"|?*\u2044\u2215\u29f8\uff0f\uff3c\ufffd\u2400-\u2426]')
_RESERVED = re.compile(r"(CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|(COM|LPT)[0-9\u00b9\u00b2\u00b3])", re.IGNORECASE)
_SUFFIX = re.compile(r"\.[^. ]{1,16}$")
_FILE_EDGES = " ." + "".join(JOINERS)


def clean_file_name(name: str) -> str:
    """The last part of a path as a file name that every system can store, with its extension kept.

    At most FILE_NAME_BYTES in UTF-8, no leading or trailing dot or space, no name that Windows reserves, nothing that a
    shell or terminal could take as more than a name. Without anything readable in it the answer is "file".
    """
    part = _SEPARATORS.split(name.rstrip("/\\"))[-1]
    fit = _UNFIT_FOR_FILES.sub("_", clean(part, 1_000)).replace(ELLIPSIS, "_").strip(_FILE_EDGES)
    if fit.startswith(("-", "~")) or _RESERVED.fullmatch(fit.split(".")[0].rstrip()):
        fit = "_" + fit
    fit = _shorten(fit)
    return fit if any(character.isalnum() for character in fit) else "file"


def _shorten(name: str) -> str:
    if len(name.encode()) <= FILE_NAME_BYTES:
        return name
    found = _SUFFIX.search(name)
    suffix = found.group() if found else ""
    stem = name[: len(name) - len(suffix)].encode()[: FILE_NAME_BYTES - len(suffix.encode())]
    return stem.decode(errors="ignore").rstrip(_FILE_EDGES) + suffix


_PLAIN_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h", "ŧ": "t", "ŋ": "n"}
)
"""Letters that Unicode does not take apart but people type without their stroke."""


def search_key(text: str) -> str:
    """`text` as search sees it: no case, no accents, no width or ligature variants, spaces folded."""
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    kept = (c for c in apart if unicodedata.category(c) not in ("Mn", "Me", "Cf"))
    return " ".join("".join(kept).translate(_PLAIN_LETTERS).split())


def matches(query: str, *fields: str) -> bool:
    """Whether every word of `query`, in any order, is found in some field. An empty query matches everything."""
    keys = [search_key(field) for field in fields]
    return all(any(word in key for key in keys) for word in search_key(query).split())


_LOOK_ALIKES = str.maketrans(
    # Cyrillic, Greek and stray Latin letters with the Latin letter they pass for, capitals by the shape of the capital.
    dict(
        zip(
            "АВЕЗКМНОРСТУХІЅЈҮԌԚԜЬЯавезкмнорстухіѕјүґԁԛԝһьпигӏ",
            "ABE3KMHOPCTYXISJYGQWbRabe3kmhopctyxisjyrdqwhbnurl",
            strict=True,
        )
    )
    | dict(
        zip(
            "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧαβγεηικνορστυχωϲϳƖǀɑɡɩʟᴏ",
            "ABEZHIKMNOPTYXabyeniKvopotuxwcjllagiLo",
            strict=True,
        )
    )
)
_MERGED = str.maketrans("01i|!358", "ollllesb")
_ONE_SHAPE = (("rn", "m"), ("vv", "w"))


def confusable(first: str, second: str) -> bool:
    """Whether two names could be taken for each other at a glance; equal names can.

    Looks through case, accents, spaces, punctuation, invisible characters, width variants, Cyrillic and Greek letters
    of Latin shape, and o/0, l/I/1/i, e/3, s/5, b/8, m/rn, w/vv. Its table is small and errs towards yes: it knows no
    other scripts, no names that merely sound alike, no swapped words. A name without letters resembles no other.
    """
    return _skeleton(first) == _skeleton(second) != ""


def look_alikes(names: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Of names by id: those that are `confusable` with others, each with the ids of these others in order."""
    alike: dict[str, list[str]] = {}
    for one, name in names.items():
        if shape := _skeleton(name):
            alike.setdefault(shape, []).append(one)
    groups = [group for group in alike.values() if len(group) > 1]
    return {one: tuple(other for other in group if other != one) for group in groups for one in group}


def _skeleton(name: str) -> str:
    latin = unicodedata.normalize("NFKC", name).translate(_LOOK_ALIKES)
    apart = unicodedata.normalize("NFD", latin).translate(_LOOK_ALIKES)
    merged = search_key(apart).translate(_MERGED)
    for pair, shape in _ONE_SHAPE:
        merged = merged.replace(pair, shape)
    return "".join(character for character in merged if character.isalnum())


def initials(name: str) -> str:
    """One or two capitals for a small badge, from the first and the last word; "?" when the name has no letter."""
    firsts = [next((c for c in word if c.isalnum()), "") for word in clean(name, NAME_LIMIT).split()]
    letters = [letter.upper()[0] for letter in firsts if letter]
    return "".join(letters[:1] + letters[1:][-1:]) or "?"
