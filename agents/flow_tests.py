"""What a run of tests shows: how many ran, and which files decide that; a runner that ran none ends with 0 as well."""

from __future__ import annotations

import re

from engrep.indexers.testing import is_test_path

# Summaries of runners; what is skipped did not run.
_PYTEST = re.compile(r"^(?:=+ )?((?:no tests ran|\d+ [a-z]+)(?:, \d+ [a-z]+)*) in [\d.]+s\b", re.MULTILINE)
_UNITTEST = re.compile(r"^Ran (\d+) tests? in [\d.]+s\s+(?:.*skipped=(\d+))?", re.MULTILINE)
_OTHERS = re.compile(
    r"^test result: \w+\. (\d+) passed|^ *Tests:? .*?\b(\d+) passed|^ *(\d+) passing\b|^# pass (\d+)$", re.MULTILINE
)
_GO_NONE = re.compile(r"^(?:ok|\?) .*\[no test(?:s to run| files)\]$", re.MULTILINE)
_GO_SOME = re.compile(r"^ok\s+\S+\s+(?:[\d.]+s|\(cached\))(?:\s+coverage:.*)?$", re.MULTILINE)
_DECIDES = re.compile(
    r"(GNUm|[Mm])akefile|package\.json|pyproject\.toml|\.?pytest\.ini|(tox|setup)\.(ini|cfg)|noxfile\.py|phpunit\.xml(\.dist)?|"
    r"(site|user)customize\.py|(jest|vitest|vite|karma|playwright)\.config\.\w+|\.mocharc\.\w+|\.rspec"
)


def counted(output: str) -> int | None:
    """Return how many tests passed as runners that are known tell it, None where none of them told."""
    told = [_number(found[1], r"(\d+) passed") for found in _PYTEST.finditer(output)]
    told += [int(found[1]) - int(found[2] or 0) for found in _UNITTEST.finditer(output)]
    told += [int(next(each for each in found.groups() if each)) for found in _OTHERS.finditer(output)]
    if not told and _GO_NONE.search(output) and not _GO_SOME.search(output):
        return 0
    return sum(told) if told else None


def _number(text: str, pattern: str) -> int:
    found = re.search(pattern, text)
    return int(found[1]) if found else 0


def decides(path: str) -> bool:
    """Tell whether a file says what is tested or how: a test, or the settings of what runs them."""
    return is_test_path(path) or bool(_DECIDES.fullmatch(path.rpartition("/")[2]))
