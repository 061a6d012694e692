"""The source tree as tests of the house look at it: which files there are and what each imports."""

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Import:
    """One module that a file imports."""

    module: str
    """Absolute dotted name; `from a.b import c` counts as a.b and as a.b.c, since c may be a module."""
    line: int
    late: bool
    """Whether it stands inside a function, or under TYPE_CHECKING, and so costs nothing when the module loads."""
    relative: bool
    """Whether it was written with leading dots."""


def tracked() -> list[str]:
    """Paths below ROOT that belong to the product: what git holds, or every file of an unpacked archive."""
    if (ROOT / ".git").exists():
        # The checkout may belong to another user than the one who runs the tests, as in many build containers.
        command = ["git", "-c", "safe.directory=*", "-C", str(ROOT), "ls-files", "-z"]
        listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split("\0")
        return [name for name in listed if name and (ROOT / name).exists()]
    found = (path.relative_to(ROOT) for path in ROOT.rglob("*") if path.is_file())
    return sorted(str(path) for path in found if ".venv" not in path.parts and "__pycache__" not in path.parts)


def modules(package: str) -> dict[str, Path]:
    """Dotted name -> file of every module in this package's folder, committed or not."""
    found = {}
    for path in sorted((ROOT / package.replace(".", "/")).rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports(name: str, path: Path) -> Iterator[Import]:
    """Every import in this module, at the top or late."""
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    yield from _walk(ast.parse(path.read_text(encoding="utf-8")), package, late=False)


def _walk(node: ast.AST, package: str, late: bool) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            yield from (Import(alias.name, child.lineno, late, False) for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            base = _absolute(child, package)
            yield Import(base, child.lineno, late, child.level > 0)
            yield from (Import(f"{base}.{alias.name}", child.lineno, late, child.level > 0) for alias in child.names)
        else:
            inside = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            typing_only = isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test)
            yield from _walk(child, package, late or inside or typing_only)


def _absolute(node: ast.ImportFrom, package: str) -> str:
    if not node.level:
        return node.module or ""
    parents = package.split(".")[: len(package.split(".")) - node.level + 1]
    return ".".join(parents + ([node.module] if node.module else []))
