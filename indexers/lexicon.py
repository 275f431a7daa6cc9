"""What developers call the same thing, in English and Chinese, and which tools are of which kind.

So that "which package manager?" finds "we use pnpm", and 死锁 finds "deadlock", without a model. A line is a kind or a thing
in its wordings, then what is an instance of it: `package manager, 包管理器: npm, pnpm`. Only wordings and instances of one
line stand for each other; an instance never stands for another instance.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import lru_cache

from engrep.indexers.question import weights

WORDING, INSTANCE = 0.8, 0.6  # how much of a word another wording of it is worth, and how much a thing of its kind

_LINES = """
package manager, 包管理器, 包管理工具: npm, pnpm, yarn, bun, pip, poetry, uv, conda, cargo, maven, gradle, composer, bundler, nuget
build tool, bundler, 构建工具, 打包工具: webpack, vite, rollup, esbuild, turbopack, parcel, make, cmake, bazel, ninja, gradle, maven
web framework, web 框架: fastapi, django, flask, express, fastify, rails, laravel, spring, gin, nestjs, koa, actix, axum, sinatra
frontend framework, 前端框架: react, vue, svelte, angular, solid, next.js, nuxt, remix
database, 数据库: postgresql, postgres, mysql, mariadb, sqlite, mongodb, oracle, cassandra, dynamodb, cockroachdb, clickhouse
orm, object relational mapper, 对象关系映射: sqlalchemy, prisma, tortoise, hibernate, sequelize, typeorm, gorm, activerecord, drizzle
migration tool, migration, 迁移工具, 数据迁移: alembic, aerich, flyway, liquibase, knex
cache, caching, 缓存: redis, memcached
message queue, queue, broker, 消息队列: kafka, rabbitmq, celery, sqs, nats, pulsar
test framework, test runner, testing, 测试框架: pytest, unittest, jest, vitest, mocha, junit, rspec, playwright, cypress
linter, linting, formatter, code style, 代码规范, 格式化: eslint, biome, ruff, flake8, black, prettier, pylint, gofmt, rubocop, tslint
type checker, type checking, 类型检查: mypy, pyright, typescript
ci, ci cd, continuous integration, 持续集成, 流水线: github actions, gitlab ci, jenkins, circleci, travis, buildkite
container, containerization, 容器: docker, podman, containerd
orchestration, deployment, 部署, 编排: kubernetes, k8s, helm, nomad, docker compose
kubernetes, k8s, kube
cloud provider, cloud, 云厂商, 云服务: aws, gcp, azure, digitalocean, vercel, netlify, fly.io, heroku
payment provider, payment gateway, payment, 支付: stripe, paypal, adyen, braintree, alipay, wechat pay
authentication, auth, login, sign in, 认证, 登录, 登陆: jwt, oauth, session cookie, saml, nextauth, token
authorization, permission, access control, 权限, 授权: rbac, role
logging, log, logger, 日志: structlog, logback, winston, loguru, log4j
monitoring, observability, alerting, 监控, 可观测: prometheus, grafana, datadog, sentry, opentelemetry
chart library, charting, 图表: recharts, chart.js, d3, echarts
state management, 状态管理: redux, zustand, mobx, pinia
validation, schema validation, 校验, 验证: pydantic, zod, joi, yup
editor, ide, 编辑器: vscode, vim, neovim, emacs, intellij, pycharm
version control, branching, 版本控制: git, svn, mercurial
indentation, indent, 缩进: tabs, spaces
programming language, 编程语言: python, typescript, javascript, golang, rust, java, kotlin, swift, ruby
reverse proxy, load balancer, 反向代理, 负载均衡: nginx, haproxy, envoy, traefik, caddy
search engine, full text search, 全文搜索: elasticsearch, opensearch, meilisearch, fts5, lucene
styling, css, 样式: tailwind, sass, bootstrap
deadlock, 死锁
lock, locking, 锁
retry, 重试
backoff, 退避
timeout, time out, 超时
refund, 退款
invoice, 发票
order, 订单
account, 账号, 账户
user, 用户
password, 口令, 密码
reconciliation, 对账
billing, 计费, 账单
idempotent, idempotency, 幂等
transaction, 事务
index, 索引
rebuild, 重建
test, 测试
unit test, 单元测试
coverage, 覆盖率
release, deploy, 发布, 上线
rollback, 回滚
branch, 分支
commit, 提交
merge, 合并
conflict, 冲突
dependency, 依赖
upgrade, 升级
configuration, config, setting, 配置
environment variable, 环境变量
default, 默认
naming, name, 命名
convention, 规范, 约定
comment, 注释
documentation, docs, 文档
interface, 接口
api, endpoint, 接口
request, 请求
response, 响应
header, 请求头
error, exception, 错误, 异常
fix, fixed, repair, 修复
crash, 崩溃
leak, 泄漏, 泄露
memory leak, 内存泄漏
performance, latency, 性能, 延迟
throughput, 吞吐
concurrency, concurrent, 并发
thread, 线程
process, 进程
coroutine, 协程
async, asynchronous, 异步
scheduler, schedule, cron, 调度, 定时
task, job, 任务, 作业
queue, 队列
session, 会话
token, 令牌
encryption, encrypt, 加密
hash, 哈希, 散列
certificate, 证书
signature, 签名
rate limit, rate limiting, throttle, 限流
gateway, 网关
upload, 上传
download, 下载
storage, 存储
backup, 备份
pagination, paging, 翻页, 分页
sort, sorting, order, 排序
filter, 过滤
search, 搜索
synonym, 同义词, 近义词
tokenizer, segmentation, 分词
encoding, 编码
timezone, time zone, 时区
daylight saving, 夏令时
currency, 货币
exchange rate, 汇率
amount, money, 金额
price, 价格
tenant, 租户
shard, sharding, 分片, 分表
replica, replication, 副本
consistency, consistent, 一致性
expire, expiry, expiration, ttl, 过期, 失效
duplicate, deduplicate, 重复, 去重
integer, 整数
float, floating point, 浮点
string, 字符串
delete, remove, 删除
create, 创建
update, 更新
query, 查询
table, 表
column, field, 字段
schema, 表结构
module, 模块
function, 函数
class, 类
method, 方法
parameter, argument, 参数
return, 返回
variable, 变量
package, 包
library, 库
server, 服务器
client, 客户端
service, 服务
frontend, front end, 前端
backend, back end, 后端
feature flag, canary, 灰度
health check, 健康检查
webhook, callback, 回调
notification, 通知
email, mail, 邮件
"""

Phrase = tuple[str, ...]
"""The terms of a wording, all of which stand for it."""


@lru_cache(maxsize=1)
def _groups() -> dict[Phrase, tuple[tuple[Phrase, float], ...]]:
    """Return what may stand for each wording, and how well."""
    meant: dict[Phrase, dict[Phrase, float]] = {}
    for line in _LINES.strip().splitlines():
        wordings, _, instances = line.partition(":")
        named = [_phrase(each) for each in wordings.split(",")]
        kinds = [_phrase(each) for each in instances.split(",") if each.strip()]
        for one in named:
            others = meant.setdefault(one, {})
            others.update({other: WORDING for other in named if other != one})
            others.update({kind: INSTANCE for kind in kinds if others.get(kind, 0.0) < INSTANCE})
        for kind in kinds:
            meant.setdefault(kind, {}).update({one: INSTANCE for one in named if one not in meant[kind]})
    return {phrase: tuple(others.items()) for phrase, others in meant.items()}


def _phrase(text: str) -> Phrase:
    return tuple(weights(text))


def related(asked: Collection[str]) -> Mapping[str, Mapping[Phrase, float]]:
    """Return for the terms of a question what may stand for each, and how well."""
    held, found = frozenset(asked), dict[str, dict[Phrase, float]]()
    for phrase, others in _groups().items():
        if phrase and held.issuperset(phrase):
            for term in phrase:
                found.setdefault(term, {}).update(others)
    return found
