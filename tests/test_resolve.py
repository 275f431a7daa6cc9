"""Call edges: every rung, the traps around it, and the edit of one file."""

from __future__ import annotations

import pytest
from resolved_code import check_edges, check_outcomes, load, read_files

from engrep.engine.resolve import resolve


def test_a_nested_function_is_found_in_its_scope() -> None:
    """A function defined inside a function is found there before its namesake in the module."""
    check_edges("""
        #- a.py
        def helper(): ...
        def outer():
            def helper(): ...
            helper()
        def other():
            helper()
        """, {"a.outer": [("a.outer.helper", "same scope")], "a.other": [("a.helper", "same module")]})  # fmt: skip


def test_a_method_is_not_in_the_scope_of_its_neighbours() -> None:
    """A bare name in a Python method never means the class's own method of that name."""
    check_edges("""
        #- a.py
        def signature(): ...
        class Task:
            def signature(self): ...
            def run(self):
                signature()
                self.signature()
        """, {"a.Task.run": [("a.signature", "same module"), ("a.Task.signature", "self")]})  # fmt: skip


@pytest.mark.parametrize(
    ("statement", "call", "rung"),
    [
        ("from pkg.core import make", "make()", "import"),
        ("from pkg.core import make as build", "build()", "re-export"),
        ("import pkg.core", "pkg.core.make()", "import"),
        ("import pkg.core as c", "c.make()", "import"),
        ("from pkg import core", "core.make()", "import"),
        ("from pkg import make", "make()", "re-export"),
        ("from . import core", "core.make()", "import"),
        ("from .core import make", "make()", "import"),
        ("from .core import *", "make()", "import"),
    ],
)
def test_imports_lead_to_the_definition(statement: str, call: str, rung: str) -> None:
    """Every way to import a function leads to it, through `__init__` too."""
    check_edges(f"""
        #- pkg/__init__.py
        from .core import make
        #- pkg/core.py
        def make(): ...
        #- pkg/user.py
        {statement}
        def use():
            {call}
        """, {"pkg.user.use": [("pkg.core.make", rung)]})  # fmt: skip


def test_a_python_module_may_be_called_default() -> None:
    """`default` is a plain name in Python; only a JavaScript module has a default export."""
    check_edges(
        """
        #- engine/__init__.py
        class Engine: ...
        #- engine/default.py
        class Dialect:
            def rollback(self): ...
        #- sqlite.py
        from engine import default
        class SQLite(default.Dialect):
            def close(self):
                self.rollback()
        """,
        {"sqlite.SQLite.close": [("engine.default.Dialect.rollback", "inherited")]},
    )


def test_a_local_import_binds_only_in_its_function() -> None:
    """An import inside a function is seen there alone."""
    check_edges("""
        #- pkg/__init__.py
        #- pkg/core.py
        def make(): ...
        #- pkg/user.py
        def use():
            from pkg.core import make
            make()
        def other():
            make()
        """, {"pkg.user.use": [("pkg.core.make", "import")], "pkg.user.other": []})  # fmt: skip


def test_methods_are_inherited_in_resolution_order() -> None:
    """`self.m()` and `super().m()` follow the bases as Python does, across files and aliases."""
    check_edges("""
        #- base.py
        class Root:
            def save(self): ...
            def load(self): ...
        class Left(Root): ...
        class Right(Root):
            def save(self): ...
        #- child.py
        import base as b
        from base import Right as R
        class Child(b.Left, R):
            def load(self):
                super().load()
            def go(self):
                self.save()
                self.load()
        """, {
            "child.Child.load": [("base.Root.load", "inherited")],
            "child.Child.go": [("base.Right.save", "inherited"), ("child.Child.load", "self")],
        })  # fmt: skip


def test_the_type_of_a_receiver_decides_between_namesakes() -> None:
    """Annotations, constructors, attributes, return types and module variables tell the type."""
    check_edges("""
        #- types_.py
        class Disk:
            def flush_all(self): ...
        class Net:
            def flush_all(self): ...
        def make() -> Net: ...
        shared = Disk()
        #- use.py
        from types_ import Disk, Net, make, shared
        class Owner:
            def __init__(self):
                self.disk = Disk()
            def attribute(self):
                self.disk.flush_all()
        def annotated(x: Net):
            x.flush_all()
        def constructed():
            d = Disk()
            d.flush_all()
        def returned():
            n = make()
            n.flush_all()
        def chained():
            make().flush_all()
        def variable():
            shared.flush_all()
        """, {
            "use.Owner.attribute": [("types_.Disk.flush_all", "typed receiver")],
            "use.annotated": [("types_.Net.flush_all", "typed receiver")],
            "use.constructed": [("types_.Disk", "import"), ("types_.Disk.flush_all", "typed receiver")],
            "use.returned": [("types_.make", "import"), ("types_.Net.flush_all", "typed receiver")],
            "use.chained": [("types_.make", "import"), ("types_.Net.flush_all", "typed receiver")],
            "use.variable": [("types_.Disk.flush_all", "typed receiver")],
        })  # fmt: skip


def test_cls_and_decorators_resolve() -> None:
    """`cls()` is the class, `cls.m()` its method, and a decorator is a reference."""
    check_edges("""
        #- a.py
        def traced(f): ...
        class Node:
            @classmethod
            def build(cls):
                cls.check()
                return cls()
            @classmethod
            def check(cls): ...
        @traced
        def run(): ...
        """, {"a.Node.build": [("a.Node.check", "self"), ("a.Node", "self")]})  # fmt: skip


def test_a_unique_method_is_found_and_ranked_by_reach() -> None:
    """With no type known, the only method of a name counts; more when its file is imported."""
    check_edges("""
        #- far.py
        class Engine:
            def ignite_boosters(self): ...
        #- near.py
        from far import Engine
        def use(x): x.ignite_boosters()
        #- other.py
        def use(x): x.ignite_boosters()
        """, {
            "near.use": [("far.Engine.ignite_boosters", "unique in reach")],
            "other.use": [("far.Engine.ignite_boosters", "unique")],
        })  # fmt: skip


def test_several_methods_of_a_name_stay_ambiguous() -> None:
    """Namesakes that nothing tells apart are all candidates, with a low confidence, and none is chosen."""
    project, references = load(
        read_files("""
        #- a/one.py
        class One:
            def settle_up(self): ...
        #- b/two.py
        class Two:
            def settle_up(self): ...
        #- b/use.py
        def use(x): x.settle_up()
        """)
    )
    [(_, found)] = resolve(project, references)
    assert (found.outcome, found.total) == ("ambiguous", 2)
    assert {project.symbols[each.symbol_id].name for each in found.candidates} == {"settle_up"}
    assert max(each.confidence for each in found.candidates) < 0.5


def test_common_method_names_are_never_guessed() -> None:
    """A project's only `append` does not attract every list's `append`, nor a builtin's call a method."""
    check_outcomes("""
        #- a.py
        class Log:
            def append(self, x): ...
            def set(self, x): ...
        def use(rows):
            rows.append(1)
            rows.set(2)
        def literal():
            "".join([])
        """, {"a.use": ["unresolved", "unresolved"], "a.literal": ["external"]})  # fmt: skip


def test_dependencies_are_external() -> None:
    """What is imported from outside of the project is external, also through a base class or a variable."""
    check_outcomes("""
        #- a.py
        import logging
        from requests import get
        from unittest import TestCase
        log = logging.getLogger()
        class Case(TestCase):
            def run_it(self):
                self.assertSomething()
        def use():
            get()
            log.warn_twice()
            logging.shut_all()
        #- b.py
        class Other:
            def assertSomething(self): ...
            def warn_twice(self): ...
            def shut_all(self): ...
        """, {"a.Case.run_it": ["external"], "a.use": ["external"] * 3})  # fmt: skip


def test_a_package_module_does_not_shadow_the_standard_library() -> None:
    """`import json` in a package means the standard library, though the package has a module of that name."""
    check_outcomes("""
        #- pkg/__init__.py
        #- pkg/json.py
        def dumps_all(): ...
        #- pkg/use.py
        import json
        def use(): json.dumps_all()
        """, {"pkg.use.use": ["external"]})  # fmt: skip


def test_cycles_end() -> None:
    """Imports, bases and variables that lead in circles are given up, not followed forever."""
    check_outcomes("""
        #- a.py
        from b import thing
        x = x.next()
        class A(B): ...
        class B(A):
            def go(self): self.missing_one()
        def use():
            thing()
            x.missing_two()
        #- b.py
        from a import thing
        """, {"a.use": ["unresolved", "unresolved"], "a.B.go": ["unresolved"]})  # fmt: skip
