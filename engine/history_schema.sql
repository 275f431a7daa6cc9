-- history.db: what the commits of a repository say and which files they touched. All work trees share it; everything in it
-- can be read again from git. Version history: 1 = first.

-- One row per setting: made_with (what reading depends on) and read (how often something was read).
CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    value ANY
) STRICT, WITHOUT ROWID;

-- One row per commit that was read, on whatever branch.
CREATE TABLE git_commit (
    row_id INTEGER PRIMARY KEY,
    number INTEGER NOT NULL UNIQUE,    -- the first eight bytes of its id
    id BLOB NOT NULL,
    parents BLOB NOT NULL,             -- the numbers of its parents, eight bytes each
    at INTEGER NOT NULL,               -- when it was committed, seconds since 1970
    touched INTEGER NOT NULL,          -- how many files it touched
    paths BLOB NOT NULL,               -- uint32 each: rows of path; none where it touched very many
    words INTEGER NOT NULL,            -- how many terms its message has; 0 where it explains nothing, as a merge
    pack_row INTEGER NOT NULL,
    start INTEGER NOT NULL,            -- of its message in the unpacked pack, in bytes
    length INTEGER NOT NULL
) STRICT;

-- One row per path that a commit touched, relative to the root.
CREATE TABLE path (
    row_id INTEGER PRIMARY KEY,
    text TEXT NOT NULL UNIQUE
) STRICT;

-- One row per file and commit that moved, its content unchanged.
CREATE TABLE renamed (
    old_row INTEGER NOT NULL,
    commit_row INTEGER NOT NULL,
    new_row INTEGER NOT NULL,
    PRIMARY KEY (old_row, commit_row, new_row)
) STRICT, WITHOUT ROWID;

-- One row per file and commit that touched it.
CREATE TABLE touch (
    path_row INTEGER NOT NULL,
    commit_row INTEGER NOT NULL,
    PRIMARY KEY (path_row, commit_row)
) STRICT, WITHOUT ROWID;

-- One row per pack of messages: one after the other, UTF-8, deflated.
CREATE TABLE message_pack (
    row_id INTEGER PRIMARY KEY,
    texts BLOB NOT NULL
) STRICT;

-- One row per commit that a work tree was at when it was indexed: which rows are not among its ancestors. Rows that were
-- added later are not either.
CREATE TABLE view (
    head INTEGER PRIMARY KEY,          -- number of the commit
    last_row INTEGER NOT NULL,         -- the last one there was then
    hidden BLOB NOT NULL               -- uint32 each: rows of git_commit, deflated
) STRICT;

-- The distinct terms of each message, normalised as those of code are, without their places; the row is the commit's.
CREATE VIRTUAL TABLE message_fts USING fts5 (
    text,
    content = '', contentless_delete = 1, detail = none, tokenize = "ascii tokenchars '_'"
);
CREATE VIRTUAL TABLE message_vocabulary USING fts5vocab ('message_fts', 'row');
