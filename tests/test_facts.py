"""What code_facts says about a file: symbols, references, imports, bindings, hashes. Python stands for all languages."""

from __future__ import annotations

from textwrap import dedent

from engrep.indexers.facts import FileFacts, Reference, Symbol
from engrep.indexers.modules import project_hints
from engrep.indexers.parse import code_facts


def facts_of(text: str, path: str = "pkg/mod.py") -> FileFacts:
    """Read a snippet as a file of the package `pkg`."""
    return code_facts(path, dedent(text).lstrip("\n").encode(), project_hints(["pkg/__init__.py", path], {}))


def symbol_of(facts: FileFacts, qualified_name: str) -> Symbol:
    """Find the one symbol with a qualified name."""
    (found,) = (symbol for symbol in facts.symbols if symbol.qualified_name == qualified_name)
    return found


def uses_of(facts: FileFacts, kind: str = "call") -> list[str]:
    """Write the references of a kind as `receiver.name @ enclosing symbol`."""
    return [
        f"{use.receiver + '.' if use.receiver else ''}{use.name} @ {facts.symbols[use.symbol].name if use.symbol >= 0 else '-'}"
        for use in facts.references
        if use.kind == kind
    ]


def receiver_types(text: str) -> dict[str, str]:
    """Map `receiver.name` to the receiver's type for each call in a snippet."""
    return {f"{use.receiver}.{use.name}": use.receiver_type for use in facts_of(text).references if use.kind == "call"}


def test_symbols_nest_and_carry_their_lines() -> None:
    """Classes, methods, nested functions and fields are named by their nesting and span their decorators."""
    facts = facts_of("""
        LIMIT = 3  # line 1
        class Outer(Base, metaclass=Meta):
            field: int = 1
            class Inner:
                def run(self): ...
            @cached
            def value(self) -> Foo:
                def nested():
                    local = 1
                return nested()
            def __init__(self): ...
    """)
    found = [(each.qualified_name, each.kind, each.start_line, each.end_line, each.parent) for each in facts.symbols]
    assert found == [
        ("pkg.mod.LIMIT", "constant", 1, 1, -1),
        ("pkg.mod.Outer", "class", 2, 11, -1),
        ("pkg.mod.Outer.field", "field", 3, 3, 1),
        ("pkg.mod.Outer.Inner", "class", 4, 5, 1),
        ("pkg.mod.Outer.Inner.run", "method", 5, 5, 3),
        ("pkg.mod.Outer.value", "method", 6, 10, 1),
        ("pkg.mod.Outer.value.nested", "function", 8, 9, 5),
        ("pkg.mod.Outer.__init__", "constructor", 11, 11, 1),
    ]
    assert symbol_of(facts, "pkg.mod.Outer").bases == ("Base",)
    assert symbol_of(facts, "pkg.mod.Outer.value").returns == "Foo"


def test_signatures_end_where_the_body_starts() -> None:
    """A signature is the header on one line, without decorators, comments and colon."""
    facts = facts_of("""
        @decorated
        async def go(a: int,  # the first
                     *args: str) -> "Foo | None":
            pass
    """)
    assert facts.symbols[0].signature == 'async def go(a: int, *args: str) -> "Foo | None"'
    assert facts.symbols[0].returns == "Foo"


def test_documentation_is_the_docstring_or_the_comment_above() -> None:
    """A docstring wins, else the comment that touches the definition; a licence documents nothing."""
    facts = facts_of('''
        # Copyright 2020 Somebody
        def licensed(): ...

        # Far away.

        # First line.
        # Second line.
        @decorated
        def commented(): ...

        # Not this.
        def documented():
            """Say what it does.

            At length.
            """
    ''')
    docs = {symbol.name: symbol.doc for symbol in facts.symbols}
    assert docs == {
        "licensed": "",
        "commented": "First line.\nSecond line.",
        "documented": "Say what it does.\n\nAt length.",
    }


def test_calls_know_receiver_and_enclosing_symbol() -> None:
    """A call is its last name, what stands before it, and the innermost definition around it."""
    facts = facts_of("""
        setup()
        class A:
            made = build()
            def run(self):
                self.step(1)
                a.b.save(x)[0].go()
                "".join(y)
                super().run()
                return lambda: deep()
    """)
    assert uses_of(facts) == [
        "setup @ -",
        "build @ A",
        "self.step @ run",
        "a.b.save @ run",
        "a.b.save()[].go @ run",
        '"".join @ run',
        "super @ run",
        "super().run @ run",
        "deep @ run",
    ]


def test_other_uses_have_their_kind() -> None:
    """Base classes, decorators and annotations are references too; built-in types are not."""
    facts = facts_of("""
        @app.route("/")
        def view(a: Foo, b: list[pkg.Bar], c: int) -> Baz | None: ...
        class Child(models.Model, Mixin[T]): ...
    """)
    assert uses_of(facts, "decorate") == ["app.route @ view"]
    assert uses_of(facts, "type") == ["Foo @ view", "pkg.Bar @ view", "Baz @ view"]
    assert uses_of(facts, "inherit") == ["models.Model @ Child", "Mixin @ Child"]
    assert uses_of(facts) == []


def test_imports_say_module_name_and_alias() -> None:
    """Every imported name is one import, bound under its alias, local ones in their function."""
    facts = facts_of("""
        import a.b, c as d
        from ..sib import x, y as z
        from e import *
        def late():
            from f.g import h
    """)
    assert [tuple(each) for each in facts.imports] == [
        ("a.b", "", "a.b", -1, 1),
        ("c", "", "d", -1, 1),
        ("..sib", "x", "x", -1, 2),
        ("..sib", "y", "z", -1, 2),
        ("e", "*", "*", -1, 3),
        ("f.g", "h", "h", 0, 5),
    ]


def test_receiver_types_come_from_annotations_and_assignments() -> None:
    """Parameters, annotated names, constructed and assigned ones, `with … as` and walrus tell a receiver's type."""
    found = receiver_types("""
        log = getLogger()
        def go(p: Optional[Param], q: "pkg.Quoted", many: dict[str, int]):
            p.a(); q.b(); many.c()
            x = Made(1)
            x.d()
            with opened() as f:
                f.e()
            if (w := walrus()):
                w.f()
            log.g()
            unknown.h()
    """)
    wanted = {
        "p.a": "Param",
        "q.b": "pkg.Quoted",
        "many.c": "dict",
        "x.d": "Made()",
        "f.e": "opened()",
        "w.f": "walrus()",
        "log.g": "getLogger()",
        "unknown.h": "",
    }
    assert {name: held for name, held in found.items() if name in wanted} == wanted


def test_fields_keep_their_type_through_the_class() -> None:
    """What `__init__` puts into a field is known in other methods, and through fields of other classes in the file."""
    found = receiver_types("""
        class Engine:
            store: Store
        class Car:
            def __init__(self, driver: Driver):
                self.engine = Engine()
                self.driver = driver
            def go(self, engine):
                self.engine.start()
                self.driver.steer()
                self.engine.store.save()
                engine.other()
    """)
    assert found["self.engine.start"] == "Engine()"
    assert found["self.driver.steer"] == "Driver"
    assert found["self.engine.store.save"] == "Store"
    assert found["engine.other"] == ""


def test_a_name_holds_what_was_assigned_last_before_its_use() -> None:
    """Two assignments to one name count from where they stand, and another function's locals do not leak."""
    found = receiver_types("""
        def f():
            x = First()
            x.one()
            x = Second()
            x.two()
        def g():
            x.three()
    """)
    assert (found["x.one"], found["x.two"], found["x.three"]) == ("First()", "Second()", "")


def test_body_hash_ignores_comments_white_space_and_names() -> None:
    """Formatting, comments, docstrings and the function's own name leave the body's hash; code does not."""
    plain = facts_of("def f(a):\n    return a + 1\n").symbols[0]
    dressed = facts_of('def g( a ):\n    """Doc."""\n\n    return a+1  # why\n').symbols[0]
    other = facts_of("def f(a):\n    return a + 2\n").symbols[0]
    assert plain.body_hash == dressed.body_hash
    assert plain.body_hash != other.body_hash
    assert plain.signature_hash == other.signature_hash
    assert plain.signature_hash == dressed.signature_hash
    assert -(2**63) <= plain.body_hash < 2**63


def test_visibility_follows_the_underscore() -> None:
    """A leading underscore makes a name private, a dunder name stays public."""
    facts = facts_of("def _a(): ...\ndef b(): ...\nclass C:\n    def __len__(self): ...\n    def __x(self): ...\n")
    assert [each.visibility for each in facts.symbols] == ["private", "public", "public", "public", "private"]


def test_tests_are_known_by_path_and_by_name() -> None:
    """Files in tests/ and functions called test_… are tests."""
    assert facts_of("def helper(): ...", "tests/helpers.py").is_test
    assert facts_of("x = 1", "t/unit/tasks.py").symbols[0].is_test
    assert not facts_of("x = 1", "pkg/t/tasks.py").symbols[0].is_test
    assert facts_of("x = 1", "pkg/test_mod.py").symbols[0].is_test
    facts = facts_of("def test_a(): ...\ndef b(): ...\n")
    assert (facts.is_test, [each.is_test for each in facts.symbols]) == (False, [True, False])


def test_property_setters_and_overloads_are_symbols_of_one_name() -> None:
    """A getter and its setter are two symbols with the same qualified name."""
    facts = facts_of("""
        class A:
            @property
            def x(self): ...
            @x.setter
            def x(self, v): ...
    """)
    assert [each.qualified_name for each in facts.symbols] == ["pkg.mod.A", "pkg.mod.A.x", "pkg.mod.A.x"]


def test_import_fallbacks_define_no_variable() -> None:
    """A name that holds an import or its fallback is no variable; others under `try:` and `if:` are."""
    facts = facts_of("""
        try:
            import fast
            SPEED = 2
        except ImportError:
            fast = None
        if TYPE_CHECKING:
            Alias = int
    """)
    assert [each.name for each in facts.symbols] == ["SPEED", "Alias"]


def test_rows_are_plain_tuples() -> None:
    """Symbols and references go to the database as they are."""
    facts = facts_of("def f(): g()")
    assert isinstance(facts.symbols[0], Symbol)
    assert facts.references == (Reference("g", "", "", 0, 1, "call"),)
