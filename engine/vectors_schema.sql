-- vectors.db: what was embedded once and need not be again. All work trees of a repository share it; what is in it can be
-- made again. Version history: 1 = first.

-- One row per text that a model has embedded.
CREATE TABLE vector (
    key BLOB PRIMARY KEY,              -- of the model and the text (see vectors.py)
    used INTEGER NOT NULL,             -- when it was kept or last asked for, seconds since 1970
    record BLOB NOT NULL,
    signs BLOB NOT NULL
) STRICT, WITHOUT ROWID;
