"""The languages: one row each. Adding one means a row here and a `queries/<name>.scm`.

What a query file may capture; one match is one fact:

    @definition.KIND @name   a symbol; optional @parent (the type an out-of-line method belongs to), @body (the signature
                             ends where it starts), @doc, @bases, @returns, @modifiers, @outer (the symbol's real span)
    @wrapper @wrapped        a definition that is the second spans the first: decorators, exports, templates
    @scope @name             a part of qualified names that is no symbol (a Rust impl block); optional @bases
    @scope.namespace @name   the same around free functions, which stay functions in it
    @package                 the declared package or namespace of the whole file; several are joined
    @reference.KIND          on the name node, the last segment; optional @receiver
    @import                  with @import.module, @import.name, @import.alias, @import.wildcard; one match a name;
                             @import.path is module and name in one, @import.default the alias of a default export,
                             @import.until ends a module that comes in pieces
    @binding.name            with @binding.type, @binding.call or @binding.value (the name of another binding): what a
                             local, a parameter or a field holds; @binding.field marks a field written elsewhere
    @comment

When two patterns name the same node, the one that stands first in the file wins. Variables, constants and fields
inside a callable are dropped, a function inside a type becomes a method: a query need not care about either.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class Language:
    """One language: how its files are known, parsed and named."""

    name: str
    extensions: tuple[str, ...]
    grammar: str = ""  # the Python module with the grammar, "" for prose
    function: str = "language"  # the function in it that gives the language
    queries: tuple[str, ...] = ()  # files in queries/ without ".scm", joined in this order
    file_names: tuple[str, ...] = ()
    shebangs: tuple[str, ...] = ()  # interpreters
    selves: frozenset[str] = frozenset()  # names of the receiver inside a method
    implicit_self: bool = False  # a bare name may be a field of the enclosing class
    constructors: frozenset[str] = frozenset()  # method names that construct, "{class}" for the class's own name
    clauses: bool = False  # adjacent definitions of one name are clauses of one function
    module_rule: str = "path"  # see modules.py
    visibility: str = "modifiers"  # "underscore", "capital" or "modifiers" (only what is written counts)
    default_visibility: str = "public"  # where nothing is written
    builtins: frozenset[str] = frozenset()  # types and functions that no project defines: no references


_THIS = frozenset({"this", "super"})
_SELF = frozenset({"self", "super"})
_OWN_NAME = frozenset({"{class}"})
_PYTHON_TYPES = frozenset(
    "int str float bool bytes dict list tuple set frozenset object type complex Any Optional Union".split()
)
_GO_TYPES = frozenset(
    "string bool byte rune error any int int8 int16 int32 int64 uint uint8 uint16 uint32 uint64 uintptr float32 float64 "
    "complex64 complex128".split()
)
_JAVA_TYPES = frozenset("String Object Integer Long Boolean Double".split())
_KOTLIN_TYPES = frozenset("String Int Long Boolean Unit Any Double Float Short Byte Char Nothing".split())

LANGUAGES = (
    Language(
        "python",
        ("py", "pyi", "pyw"),
        "tree_sitter_python",
        queries=("python",),
        shebangs=("python",),
        file_names=("SConstruct", "SConscript", "wscript"),
        selves=frozenset({"self", "cls", "super()"}),
        constructors=frozenset({"__init__", "__new__"}),
        module_rule="python",
        visibility="underscore",
        builtins=_PYTHON_TYPES,
    ),
    Language(
        "javascript",
        ("js", "jsx", "mjs", "cjs"),
        "tree_sitter_javascript",
        queries=("ecmascript", "javascript", "tsx"),
        shebangs=("node", "deno", "bun"),
        selves=_THIS,
        constructors=frozenset({"constructor"}),
        visibility="underscore",
        builtins=frozenset({"require"}),
    ),
    Language(
        "typescript",
        ("ts", "mts", "cts"),
        "tree_sitter_typescript",
        "language_typescript",
        ("typescript", "ecmascript"),
        selves=_THIS,
        constructors=frozenset({"constructor"}),
        visibility="underscore",
    ),
    Language(
        "tsx",
        ("tsx",),
        "tree_sitter_typescript",
        "language_tsx",
        ("typescript", "tsx", "ecmascript"),
        selves=_THIS,
        constructors=frozenset({"constructor"}),
        visibility="underscore",
    ),
    Language(
        "go", ("go",), "tree_sitter_go", queries=("go",), module_rule="go", visibility="capital", builtins=_GO_TYPES
    ),
    Language(
        "java",
        ("java",),
        "tree_sitter_java",
        queries=("java",),
        selves=_THIS,
        implicit_self=True,
        constructors=_OWN_NAME,
        module_rule="declared",
        default_visibility="protected",
        builtins=_JAVA_TYPES,
    ),
    Language("c", ("c", "h"), "tree_sitter_c", queries=("c",)),
    Language(
        "cpp",
        ("cc", "cpp", "cxx", "c++", "hh", "hpp", "hxx", "h++", "inl", "ipp", "tcc", "cu", "cuh"),
        "tree_sitter_cpp",
        queries=("cpp",),
        selves=frozenset({"this"}),
        implicit_self=True,
        constructors=_OWN_NAME,
    ),
    Language(
        "rust",
        ("rs",),
        "tree_sitter_rust",
        queries=("rust",),
        selves=frozenset({"self", "Self"}),
        constructors=frozenset({"new"}),
        module_rule="rust",
        default_visibility="private",
    ),
    Language(
        "ruby",
        ("rb", "rake", "gemspec", "ru"),
        "tree_sitter_ruby",
        queries=("ruby",),
        shebangs=("ruby",),
        file_names=("Rakefile", "Gemfile", "Guardfile", "Capfile", "Vagrantfile"),
        selves=_SELF,
        constructors=frozenset({"initialize"}),
    ),
    Language(
        "php",
        ("php", "phtml"),
        "tree_sitter_php",
        "language_php",
        ("php",),
        shebangs=("php",),
        selves=frozenset({"$this", "self", "static", "parent"}),
        constructors=frozenset({"__construct"}),
        module_rule="declared",
    ),
    Language(
        "csharp",
        ("cs", "csx"),
        "tree_sitter_c_sharp",
        queries=("csharp",),
        selves=frozenset({"this", "base"}),
        implicit_self=True,
        constructors=_OWN_NAME,
        module_rule="declared",
        default_visibility="private",
    ),
    Language(
        "kotlin",
        ("kt", "kts"),
        "tree_sitter_kotlin",
        queries=("kotlin",),
        selves=_THIS,
        implicit_self=True,
        module_rule="declared",
        builtins=_KOTLIN_TYPES,
    ),
    Language(
        "scala",
        ("scala", "sc", "sbt"),
        "tree_sitter_scala",
        queries=("scala",),
        selves=_THIS,
        implicit_self=True,
        constructors=frozenset({"this"}),
        module_rule="declared",
        builtins=_KOTLIN_TYPES,
    ),
    Language(
        "swift",
        ("swift",),
        "tree_sitter_swift",
        queries=("swift",),
        selves=frozenset({"self", "super", "Self"}),
        implicit_self=True,
        constructors=frozenset({"init"}),
    ),
    Language("lua", ("lua",), "tree_sitter_lua", queries=("lua",), shebangs=("lua", "luajit"), selves=_SELF),
    Language(
        "bash",
        ("sh", "bash", "bats", "ksh", "zsh"),
        "tree_sitter_bash",
        queries=("bash",),
        shebangs=("sh", "bash", "dash", "ksh", "zsh"),
        file_names=(".bashrc", ".bash_profile", ".profile", ".zshrc"),
    ),
    Language(
        "elixir",
        ("ex", "exs"),
        "tree_sitter_elixir",
        queries=("elixir",),
        shebangs=("elixir",),
        clauses=True,
        module_rule="declared",
    ),
    Language("haskell", ("hs",), "tree_sitter_haskell", queries=("haskell",), clauses=True, module_rule="declared"),
    Language(
        "zig",
        ("zig", "zon"),
        "tree_sitter_zig",
        queries=("zig",),
        selves=frozenset({"self"}),
        default_visibility="private",
    ),
    Language("markdown", ("md", "markdown", "mdx", "mkd"), file_names=("README",)),
    Language("rst", ("rst",)),
    Language("text", ()),
)
BY_NAME = {language.name: language for language in LANGUAGES}
_BY_EXTENSION = {extension: language for language in LANGUAGES for extension in language.extensions}
_BY_FILE_NAME = {name: language for language in LANGUAGES for name in language.file_names}
_BY_SHEBANG = {name: language for language in LANGUAGES for name in language.shebangs}


def language_of(path: str, data: bytes) -> Language:
    """Name the language of a file by its name, else by its `#!` line, else "text"."""
    file_name = path.rpartition("/")[2]
    found = _by_name(file_name)
    if found is not None:
        return _header_language(data) if found.name == "c" and file_name.endswith(".h") else found
    return _by_first_line(data)


@lru_cache(maxsize=4096)
def _by_name(file_name: str) -> Language | None:
    by_name = _BY_FILE_NAME.get(file_name)
    if by_name is not None:
        return by_name
    stem, dot, extension = file_name.rpartition(".")
    return _BY_EXTENSION.get(extension.lower()) if dot and stem else None


def _header_language(data: bytes) -> Language:
    """Tell a C++ header from a C one: both are called `.h`."""
    marks = (b"namespace ", b"template<", b"template <", b"\nclass ", b"public:", b"private:", b"std::", b"constexpr ")
    return BY_NAME["cpp" if any(mark in data for mark in marks) else "c"]


def _by_first_line(data: bytes) -> Language:
    if not data.startswith(b"#!"):
        return BY_NAME["text"]
    words = data[2:200].split(b"\n", 1)[0].decode("ascii", "replace").split()
    names = [word.rpartition("/")[2].rstrip("0123456789.") for word in words if not word.startswith("-")]
    interpreters = [name for name in names if name != "env"]
    return _BY_SHEBANG.get(interpreters[0], BY_NAME["text"]) if interpreters else BY_NAME["text"]
