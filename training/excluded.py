"""Say what no model may ever be trained on: every repository that evaluation uses, by whatever name it is packaged."""

from __future__ import annotations

import re
from collections.abc import Iterable

# The repositories of semble's benchmark, SWE-bench's twelve, and those behind engrep's own data sets.
_NAMES = frozenset(
    "aiohttp fastapi flask httpx model2vec pydantic requests starlette click axios express redux gin cobra chi gson "
    "jackson guzzle monolog laravel illuminate sinatra rack rails tokio serde axum trpc zod vitest messagepack "
    "newtonsoft dapper ktor coroutines exposed cats circe http4s alamofire vapor snapkit phoenix plug ecto nlohmann "
    "abseil absl fmt fmtlib curl redis libuv bats nvm aeson pandoc xmonad telescope nvim zig zls semble "
    "django sympy sphinx matplotlib scikit sklearn pytest xarray astropy pylint seaborn "
    "celery sqlalchemy gocron wukong wujie homeassistant twisted "
    "activesupport activerecord activemodel activejob activestorage actionpack actionview actionmailer actionmailbox "
    "actioncable actiontext railties werkzeug jinja2 "
    # Forks of them, copies with changes, and what lies in their trees or says what they say.
    "asyncclick quart guzzlehttp hiredis cmsgpack luv uv conan sqlfluff streamlink reflex".split()
)
# Names of more than one word, and `apachecommons`, where mockito keeps its copy of a part of commons-lang.
_WITHIN = (
    "commons-lang",
    "commons/lang",
    "commons-text",
    "commons/text",
    "apachecommons",
    "bash-it",
    "sa-token",
    "home-assistant",
)
_PART = re.compile(r"[a-z]+[0-9]*[a-z]*")
# Folders with the code of other projects, generated code, and tests: their comments say little about what code does.
_FOLDERS = frozenset(
    "vendor vendors vendored _vendor _vendored third_party thirdparty thirdparty_files 3rdparty third-party external externals deps "
    "node_modules pods carthage bower_components site-packages submodules contrib_vendored extern subprojects "
    "test tests testing testdata test_data spec specs __tests__ __mocks__ fixtures e2e benchmark benchmarks "
    "umd esm5 fesm5 fesm2015 fesm2020 fesm2022 esm2015 esm2020 esm2022 es2015 legacy bundles bundle min "
    "migrations generated gen autogen .git".split()
)


def is_excluded_package(name: str) -> bool:
    """Tell whether a package may carry code of an excluded repository: any part of its name names one.

    Too much is excluded by this (plugins, clients); too little would be worse.
    """
    return _names_one(name.lower(), _PART.findall(name.lower()))


def is_excluded_path(path: str) -> bool:
    """Tell whether a file inside a package is another project's, a test, or made by a program."""
    folders = path.lower().split("/")[:-1]
    return not _FOLDERS.isdisjoint(folders) or _names_one("/".join(folders), [each.strip("_") for each in folders])


def _names_one(whole: str, parts: Iterable[str]) -> bool:
    """Tell it of words as they are, without a number or "js" behind and "lib" before them: `libcurl4`, `_click`."""
    spellings = {
        word
        for part in parts
        for plain in (part, part.removeprefix("lib"))
        for word in (plain, plain.rstrip("0123456789"), plain.removesuffix("js"))
    }
    return not _NAMES.isdisjoint(spellings) or any(each in whole for each in _WITHIN)
