-- readings.db: what language models replied to passages of sessions, so that nothing is paid for twice. It lies beside memory.db.
-- Version history: 1 = first.

-- One row per reply, without secrets.
CREATE TABLE reading (
    key TEXT PRIMARY KEY,              -- a hash of the passage as it was sent, the prompt and the model
    at TEXT NOT NULL,
    reply TEXT NOT NULL                -- JSON
) STRICT, WITHOUT ROWID;

-- One row per session that a language model read, and how far; what the rules read of it stands in memory.db.
CREATE TABLE read (
    session_id TEXT PRIMARY KEY,
    watermark INTEGER NOT NULL,        -- the number of the last turn that was read
    rereads INTEGER NOT NULL,          -- of the session then: read anew, its turns may bear other numbers
    at TEXT NOT NULL
) STRICT, WITHOUT ROWID;
