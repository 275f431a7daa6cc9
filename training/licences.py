"""Tell whether a package's own licence is a permissive one: what says nothing, or anything else, is not used."""

from __future__ import annotations

import re

_PERMISSIVE = re.compile(
    r"(new |modified |simplified |revised )?(expat|mit(-0|-cmu)?|x11|(0|[234]-clause[- ])?bsd([- ]?[234])?([- ]?clause)?([- ](new|like|style))?|"
    r"apache|isc|zlib|zlib-acknowledgement|libpng|unlicense|cc0(-1\.0)?|public[- ]domain(-[a-z-]+)?|unicode(-3\.0|-dfs-201[56])?|psf(-2(\.0)?)?|python-2\.0(\.1)?|"
    r"python software foundation|bsl-1\.0|boost([- ]software)?|wtfpl|hpnd|ncsa|postgresql|blueoak-1\.0\.0|upl(-1\.0)?|"
    r"curl|openssl|php(-3\.01?)?|ruby)"
)
_APACHE = re.compile(r"\b(apache|asl)( software)?( licen[cs]e)?[- _,]*(version|v)?\.?[- _]?2?(\.0)?(?![.\d])")
_NOISE = re.compile(r"\b(the|licen[cs]ed?|under|clauses?)\b|\bwith llvm-exception\b|[\"']")
_ASIDE = re.compile(r"(?<=\w)(?<!\band)(?<!\bor)\s*\([^)]*\)")  # "MIT License (MIT)", but not "MIT AND (GPL-2.0)"
_ALL, _ANY = re.compile(r"\s+and\s+|[;,&]"), re.compile(r"\s+(?:and/)?or\s+|[/|]")


def is_permissive(licence: str) -> bool:
    """Tell it of one licence field, an SPDX expression or free words: of several at once each must be one."""
    text = _ASIDE.sub(" ", licence.lower())
    text = _NOISE.sub(" ", _APACHE.sub(" apache ", text))
    parts = [part for part in _ALL.split(text) if part.strip(" .-+()")]
    return bool(parts) and all(any(map(_is_known, _ANY.split(part))) for part in parts)


def _is_known(name: str) -> bool:
    return _PERMISSIVE.fullmatch(" ".join(name.split()).strip(" .-+()")) is not None


def of_wheel(metadata: str) -> str:
    """Return the licence that a wheel's METADATA states."""
    header = metadata.split("\n\n", 1)[0]
    expression = re.search(r"^License-Expression: (.+)$", header, re.MULTILINE)
    if expression:
        return expression[1]
    classes = [line.rpartition(" :: ")[2] for line in header.split("\n") if line.startswith("Classifier: License :: ")]
    classes = [each for each in classes if each != "OSI Approved"]
    if classes:
        return " and ".join(classes)
    stated = re.search(r"^License: (.{1,60})$", header, re.MULTILINE)
    return stated[1] if stated else ""


def of_debian(copyright_file: str) -> str:
    """Return the licences of a machine-readable debian/copyright, but for that of the packaging itself."""
    found = []
    for paragraph in re.split(r"\n\s*\n", copyright_file):
        files = re.search(r"^Files:\s*(.+(?:\n[ \t].*)*)", paragraph, re.MULTILINE)
        licence = re.search(r"^License:\s*(\S.*)?$", paragraph, re.MULTILINE)
        if files and not re.fullmatch(r"(\s*debian/\S*)+\s*", files[1]):
            found.append(((licence and licence[1]) or "unstated").strip())
    return " and ".join(dict.fromkeys(found))


_TEXTS = {
    "MIT": "permission is hereby granted, free of charge, to any person obtaining a copy",
    "Apache-2.0": "apache license version 2.0",
    "BSD": "redistribution and use in source and binary forms, with or without modification, are permitted",
    "ISC": "distribute this software for any purpose with or without fee is hereby granted",
    "Boost": "boost software license - version 1.0",
    "Unlicense": "this is free and unencumbered software released into the public domain",
}
_OTHERS = re.compile(r"gnu |gpl|mozilla|eclipse|creative commons|cddl|artistic|non-?commercial")


def of_text(text: str) -> str:
    """Return the licence that a licence file has the text of, "" for any other and for one that speaks of another."""
    flat = " ".join(text.lower().replace(",", ", ").split())
    found = [name for name, said in _TEXTS.items() if said in flat]
    return " and ".join(found) if found and not _OTHERS.search(flat) else ""
