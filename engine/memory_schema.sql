-- memory.db: what sessions decided, learned and fixed. It is precious: nothing is overwritten, every change is an event.
-- Version history: 1 = first.

-- One row per setting: the key of the redaction hashes, and how far other programs' histories were read.
CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    value ANY
) STRICT, WITHOUT ROWID;

-- One row per memory as it stands now; its events say how it came to be so. Times are ISO 8601, UTC.
CREATE TABLE memory (
    row_id INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,           -- what people and programs call it: "m4k7q2x9a"
    kind TEXT NOT NULL,                -- decision, constraint, convention, interface, … (see memory_types.py)
    title TEXT NOT NULL,
    body TEXT NOT NULL,
    reason TEXT NOT NULL,
    scope TEXT NOT NULL,               -- user, project, branch or module
    place TEXT NOT NULL,               -- the branch or the module path; '' for the wider scopes
    subject TEXT NOT NULL,             -- the symbol or module it is about, '' for none
    slot TEXT NOT NULL,                -- which question about the subject it answers: one active answer a slot
    status TEXT NOT NULL,              -- proposed, active, superseded, rejected or forgotten
    trust TEXT NOT NULL,               -- proposed, corroborated or verified
    pinned INTEGER NOT NULL,
    valid_from TEXT NOT NULL,
    valid_to TEXT,                     -- since when it holds no more
    superseded_by TEXT,                -- the id of what took its place
    created_at TEXT NOT NULL,
    changed_at TEXT NOT NULL,
    uses INTEGER NOT NULL DEFAULT 0,   -- how many sessions that were told it went by it, see heeded.py
    used_at TEXT
) STRICT;
CREATE INDEX memory_slot ON memory (subject, slot);
CREATE INDEX memory_status ON memory (status, pinned);
CREATE INDEX memory_task ON memory (status) WHERE kind = 'task_state';

-- One row per place in the code that a memory is about.
CREATE TABLE anchor (
    memory_row INTEGER NOT NULL,
    number INTEGER NOT NULL,
    kind TEXT NOT NULL,                -- symbol, file or module
    qualified_name TEXT NOT NULL,
    path TEXT NOT NULL,
    signature_hash TEXT NOT NULL,      -- '' where there is none
    body_hash TEXT NOT NULL,
    commit_id TEXT NOT NULL,           -- the commit that was checked out when it was made
    state TEXT NOT NULL,               -- fresh, moved, renamed, body_changed, signature_changed, missing or unknown
    signature TEXT NOT NULL,           -- what it was declared as, to show what changed
    symbol TEXT NOT NULL,              -- what kind of symbol it was
    was TEXT NOT NULL,                 -- the qualified name or path that it bore before it moved, '' if it never did
    PRIMARY KEY (memory_row, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX anchor_name ON anchor (qualified_name);
CREATE INDEX anchor_path ON anchor (path);

-- One row per passage that a memory rests on.
CREATE TABLE evidence (
    memory_row INTEGER NOT NULL,
    number INTEGER NOT NULL,
    session TEXT NOT NULL,             -- a session's id, or 'commit'
    turn TEXT NOT NULL,                -- the number of the turn in it, or the commit
    quote TEXT NOT NULL,
    PRIMARY KEY (memory_row, number)
) STRICT, WITHOUT ROWID;

-- One row per change of a memory, never altered: what it was before and is after, as JSON ('' for none).
CREATE TABLE event (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    memory_id TEXT NOT NULL,
    at TEXT NOT NULL,
    actor TEXT NOT NULL,               -- user, agent, distil, index or import
    verb TEXT NOT NULL,                -- remember, edit, forget, restore, reject, approve, pin, unpin, supersede, anchor, merge, undo
    cause TEXT NOT NULL,               -- why, or the id of what brought it about
    before TEXT NOT NULL,
    after TEXT NOT NULL
) STRICT;
CREATE INDEX event_memory ON event (memory_id, number);

-- One row per statement that was rejected, so that it is not extracted again.
CREATE TABLE tombstone (
    fingerprint TEXT PRIMARY KEY,      -- of its normalised words
    memory_id TEXT NOT NULL,
    at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The words of each memory, normalised as those of code are; the row is the memory's.
CREATE VIRTUAL TABLE memory_fts USING fts5(
    title, body, about,
    content='', contentless_delete=1, tokenize="unicode61 remove_diacritics 0 tokenchars '_'"
);

-- One row per attribute that a memory sets, as read from its words; kept in step by every write of a memory.
CREATE TABLE claim (
    memory_row INTEGER NOT NULL,
    number INTEGER NOT NULL,
    slot TEXT NOT NULL,                -- '' where only a contrast that names the value can meet it
    value TEXT NOT NULL,               -- '!npm' is anything but npm
    is_sole INTEGER NOT NULL,          -- 0 when the memory says other things too
    is_exclusive INTEGER NOT NULL,     -- 0 when two values may hold side by side
    PRIMARY KEY (memory_row, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX claim_slot ON claim (slot);
CREATE INDEX claim_value ON claim (value);

-- One row per memory: the hash of its wording, by which the same statement is known again.
CREATE TABLE wording (
    memory_row INTEGER PRIMARY KEY,
    said TEXT NOT NULL
) STRICT;
CREATE INDEX wording_said ON wording (said);

-- One row per pair of memories that may contradict each other, until a person has decided.
CREATE TABLE conflict (
    memory_id TEXT NOT NULL,           -- the later one
    other_id TEXT NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (memory_id, other_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX conflict_other ON conflict (other_id);

-- One row per session that memories were drawn from, and how far.
CREATE TABLE distilled (
    session_id TEXT PRIMARY KEY,
    watermark INTEGER NOT NULL,        -- the number of the last turn that was read
    rereads INTEGER NOT NULL,          -- of the session then: read anew, its turns may bear other numbers
    at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- One row per conversation of a person with a program, and how far its source was read.
CREATE TABLE session (
    row_id INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,           -- the program's own id, or one made from the file and its place in it
    program TEXT NOT NULL,             -- claude, codex, cursor, mimo or file
    project TEXT NOT NULL,             -- the folder it was held in, '' where the source does not say
    branch TEXT NOT NULL,              -- the git branch that it was last on, '' for none
    started_at TEXT NOT NULL,
    ended_at TEXT NOT NULL,
    title TEXT NOT NULL,
    turns INTEGER NOT NULL,
    rereads INTEGER NOT NULL,          -- how often it was read anew because its source was rewritten
    source TEXT NOT NULL,              -- the file it was read from
    size INTEGER NOT NULL,             -- of the file, when it was last read to its end; 0 until then
    changed INTEGER NOT NULL,          -- the file's time of change then, in nanoseconds
    consumed INTEGER NOT NULL,         -- bytes read of a file of lines, messages read of a database
    mark TEXT NOT NULL,                -- a hash of the bytes around the first and the last that were read
    state TEXT NOT NULL                -- what reading on needs to know, as JSON
) STRICT;
CREATE INDEX session_source ON session (source);

-- One row per pack of successive turns of a session: their texts one after the other, UTF-8, deflated.
CREATE TABLE turn_pack (
    row_id INTEGER PRIMARY KEY,
    texts BLOB NOT NULL
) STRICT;

-- One row per turn: who said it, when, and where its text lies in its pack.
CREATE TABLE turn (
    row_id INTEGER PRIMARY KEY,
    session_row INTEGER NOT NULL,
    number INTEGER NOT NULL,           -- from 1, in the order of the conversation
    role TEXT NOT NULL,                -- user, assistant, call, result or error
    at TEXT NOT NULL,
    tool TEXT NOT NULL,
    path TEXT NOT NULL,
    pack_row INTEGER NOT NULL,
    start INTEGER NOT NULL,            -- of its text in the unpacked pack, in bytes
    length INTEGER NOT NULL,
    words INTEGER NOT NULL             -- how many terms it has, for the score
) STRICT;
CREATE UNIQUE INDEX turn_number ON turn (session_row, number);

-- The terms of each turn, normalised as those of code are, without their places; the row is the turn's.
CREATE VIRTUAL TABLE turn_fts USING fts5 (
    text,
    content = '', contentless_delete = 1, detail = none, tokenize = "ascii tokenchars '_'"
);
CREATE VIRTUAL TABLE turn_vocabulary USING fts5vocab ('turn_fts', 'row');

-- One row per term and column of the words above: how many memories hold it there.
CREATE VIRTUAL TABLE memory_vocabulary USING fts5vocab ('memory_fts', 'col');

-- One row per memory that was put before a model unasked: never the same one twice in a session.
CREATE TABLE injection (
    session TEXT NOT NULL,
    memory_id TEXT NOT NULL,
    at TEXT NOT NULL,
    door TEXT NOT NULL,                -- brief, push or file
    tokens INTEGER NOT NULL,
    used INTEGER,                      -- 1 when the session went by it, 0 when not, NULL while nobody knows
    PRIMARY KEY (session, memory_id)
) STRICT, WITHOUT ROWID;

-- One row per place that a memory was tied to, as it was then: what it is known by when it is elsewhere (see likeness.py).
CREATE TABLE anchored (
    anchor TEXT PRIMARY KEY,           -- what the memory says of the place: see store_follow.anchor_key
    parts BLOB NOT NULL,               -- uint32 each: hashes of a symbol's words, or of the bodies in a file or module
    known BLOB NOT NULL,               -- uint32 each: the places beside it and of its namesakes, which are none of its new ones
    twins BLOB                         -- uint32 each: the other places with the same body; NULL when not looked for yet
) STRICT, WITHOUT ROWID;

-- One row per branch that memories are bound to: how far it went, for when it is merged and its name is gone.
CREATE TABLE branch (
    name TEXT PRIMARY KEY,
    base TEXT NOT NULL,                -- the commit it shared with other branches when its first memory was made, '' for none
    tip TEXT NOT NULL                  -- its newest commit that was seen
) STRICT, WITHOUT ROWID;
