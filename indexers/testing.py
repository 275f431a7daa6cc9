"""Which files are tests, by where they lie and what they are called."""

from __future__ import annotations

import re

_FOLDERS = frozenset({"tests", "__tests__", "spec", "specs", "testdata", "__mocks__", "e2e", "uitest", "androidtest"})
_NAME = re.compile(
    r"^(?:test_|conftest$|tests?$)|(?:_tests?|_spec|[.-](?:test|spec|tests|cy|e2e)(?:-d)?|[a-z0-9](?:Test|Tests|TestCase|Spec|"
    r"Suite|IT))$"
)


def is_test_path(path: str) -> bool:
    """Tell whether a path is a test's: `tests/`, `t/`, `src/test/`, `test_x.py`, `x_test.go`, `x.spec.ts`, `XTest.java`."""
    *folders, name = path.split("/")
    if any(folder.lower() in _FOLDERS for folder in folders):
        return True
    # Perl's projects have their tests in `t/`, and so have git and Celery; deeper down it may be anything.
    if folders[:1] in (["test"], ["t"]) or ("test" in folders and folders[folders.index("test") - 1] == "src"):
        return True
    return bool(_NAME.search(name.rpartition(".")[0] or name))
