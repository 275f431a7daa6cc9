"""What a statement can set: attributes of a project with the values that exclude each other, and attributes with a number.

Data only, read by slots.py. A value's first spelling is its name; `about` are words that only name the attribute
again ("use pnpm for installing packages"), so that they do not make another slot of it.
"""

from __future__ import annotations

from dataclasses import dataclass

from engrep.indexers.text import terms


@dataclass(frozen=True, slots=True)
class Choice:
    """One attribute that has one value at a time."""

    name: str
    values: tuple[tuple[str, ...], ...]
    about: frozenset[str]


@dataclass(frozen=True, slots=True)
class Measure:
    """One attribute whose value is a number."""

    name: str
    spellings: tuple[str, ...]


def _choice(name: str, values: str, about: str = "") -> Choice:
    return Choice(name, tuple(tuple(each.strip().split("|")) for each in values.split(",")), frozenset(terms(about)))


CHOICES = (
    _choice(
        "javascript package manager", "pnpm, npm, yarn, bun",
        "javascript js typescript ts node package dependencies install build dev scripts manager 包 管理 依赖 安装",
    ),
    _choice("python package manager", "pip, uv, poetry, pipenv, pdm, conda", "python package dependencies install manager 包 管理 依赖 安装"),
    _choice("javascript test runner", "jest, vitest, mocha, jasmine", "javascript js typescript ts test unit run runner 测试 单元"),
    _choice("python test runner", "pytest, unittest, nose", "python test unit run runner 测试 单元"),
    _choice("indentation", "tabs|tab|制表符, spaces|space|空格", "indentation 缩进 进行 代码"),
    _choice("quotes", "single quotes|single quote|单引号, double quotes|double quote|双引号", "quotes strings 字符 符串 引号"),
    _choice("javascript formatter", "prettier, dprint, biome", "javascript js typescript ts format 格式 式化"),
    _choice("python formatter", "black, yapf, autopep8, ruff format", "python format 格式 式化"),
    _choice("javascript linter", "eslint, oxlint", "javascript js typescript ts lint"),
    _choice("python linter", "flake8, pylint, ruff check", "python lint"),
    _choice("python type checker", "mypy, pyright", "python types checker 类型 检查"),
    _choice("bundler", "webpack, vite, rollup, esbuild, parcel, turbopack", "bundler build 打包 构建"),
    _choice("migration tool", "alembic, aerich, flyway, liquibase", "database db schema migrations tool 数据 据库 迁移"),
    _choice("python orm", "sqlalchemy, tortoise orm|tortoise-orm, peewee", "orm models database db async access support 数据 据库"),
    _choice("javascript orm", "prisma, drizzle, typeorm, sequelize", "orm models database db access 数据 据库"),
    _choice("python web framework", "fastapi, flask, django, starlette", "web framework api server backend service 框架"),
    _choice("javascript web framework", "express, fastify, koa, hono", "web framework api server backend service http 框架"),
    _choice("database", "postgresql|postgres, mysql, mariadb, sqlite, mongodb|mongo", "database db data store storage 数据 据库 存储"),
    _choice("modulee system", "es modules|esm, commonjs", "module import 模块"),
    _choice("exports", "named exports|named export, default exports|default export", "export"),
    _choice("componentsent style", "functional components|functional component, class components|class component", "components react 组件"),
    _choice("line endings", "crlf, lf", "line ending end fil 换行"),
    _choice("naming", "snake_case|snake case|蛇形, camelcase|camel case|驼峰, kebab-case|kebab case, pascalcase|pascal case", "naming names 命名 名"),
    _choice("merging", "squash, rebase, merge commits|merge commit", "merging pr pull request branch 合并"),
    _choice("ci", "github actions, gitlab ci, circleci, jenkins", "ci build pipeline"),
)  # fmt: skip

MEASURES = (
    Measure("timeout", ("timeout", "timeouts", "time out", "times out", "超时")),
    Measure(
        "retry limit",
        ("retry limit", "max retries", "retries", "retry", "retried", "attempts", "attempt", "重试次数", "重试"),
    ),
    Measure("line length", ("line length", "max line length", "line width", "columns wide", "行宽", "行长")),
    Measure("coverage", ("coverage", "覆盖率")),
    Measure("page size", ("page size", "per page", "每页")),
    Measure("port", ("port", "端口")),
    Measure("lifetime", ("ttl", "expiry", "expires", "expire", "lifetime", "有效期", "过期")),
    Measure("rate limit", ("rate limit", "requests per minute", "requests/minute", "requests per second", "限流")),
    Measure(
        "connections",
        ("max connections", "max_connections", "pool size", "connections", "connection pool", "连接数", "连接池"),
    ),
    Measure("python version", ("python",)),
    Measure("node version", ("node", "node.js")),
    Measure("java version", ("java", "jdk")),
    Measure("cache size", ("cache size", "缓存大小")),
    Measure("batch size", ("batch size", "batches of", "批大小")),
)
NUMBER_WORDS = {
    "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9",
    "ten": "10", "twelve": "12", "twenty": "20", "thirty": "30", "sixty": "60", "hundred": "100",
    "两": "2", "三": "3", "四": "4", "五": "5", "六": "6", "七": "7", "八": "8", "九": "9", "十": "10",
    "monday": "monday", "tuesday": "tuesday", "wednesday": "wednesday", "thursday": "thursday", "friday": "friday",
    "saturday": "saturday", "sunday": "sunday", "mondays": "monday", "tuesdays": "tuesday", "wednesdays": "wednesday",
    "thursdays": "thursday", "fridays": "friday", "saturdays": "saturday", "sundays": "sunday",
}  # fmt: skip
UNITS = (
    "milliseconds|millisecond|msecs|ms", "seconds|second|secs|sec|s|秒钟|秒", "minutes|minute|mins|min|分钟", "hours|hour|hrs|h|小时",
    "days|day|d|天", "weeks|week|周", "times|time|次", "kb", "mb", "gb", "bytes", "characters|character|chars|字符", "columns|列",
    "percent|%", "connections", "requests", "attempts", "retries", "items|条", "lines|行",
)  # fmt: skip
