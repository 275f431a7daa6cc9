-- code.db: everything here can be rebuilt from the files.
-- The ids of one blob's symbols and of its chunks are contiguous; the blob holds the first id and the count, which
-- spares two indexes. What is only read a file at a time is packed into one value a blob. Version history: 1 = first,
-- 2 = references and their meanings packed per blob, 3 = followed, 4 = vectors with keys, of any width.

-- One row per setting: commit, indexed_at, started_ns, made_with, embedder (as it was named), model (of the vectors that are
-- there) and their dimensions, embedded (how often vectors came or went), unembedded (chunks without), and sums over all blobs.
CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    value ANY
) STRICT, WITHOUT ROWID;

-- One row per name that a symbol bears.
CREATE TABLE name (
    id INTEGER PRIMARY KEY,
    text TEXT NOT NULL UNIQUE,
    folded TEXT NOT NULL,              -- case and underscores dropped
    uses INTEGER NOT NULL DEFAULT 0    -- how many files refer to it
) STRICT;
CREATE INDEX name_folded ON name (folded);

-- One row per version of a file: a path and a content. Facts hang on this, never on the path alone, so that branches
-- and work trees can share them.
CREATE TABLE blob (
    id INTEGER PRIMARY KEY,
    path TEXT NOT NULL,
    hash BLOB NOT NULL,                -- blake2b-128 of the content
    language TEXT NOT NULL,
    module TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    lines INTEGER NOT NULL,
    is_test INTEGER NOT NULL,
    symbol_id INTEGER NOT NULL,        -- first of its symbols
    symbols INTEGER NOT NULL,
    reference_count INTEGER NOT NULL,
    chunk_id INTEGER NOT NULL,         -- first of its chunks
    chunks INTEGER NOT NULL,
    code_terms INTEGER NOT NULL,       -- length in terms, of all chunks together
    comment_terms INTEGER NOT NULL,
    centrality INTEGER NOT NULL DEFAULT 0,  -- the most files that refer to one of its distinctive top-level names
    UNIQUE (path, hash)
) STRICT;

-- One row per blob: its term counts (see forward.py), which the scorer reads instead of the text.
CREATE TABLE blob_terms (
    blob_id INTEGER PRIMARY KEY,
    terms BLOB NOT NULL
) STRICT;

-- One row per blob whose chunks have been embedded: their vectors, as the model wants them stored (see vectors.py). The bits
-- of their signs are in chunk_vec, a table of sqlite-vec that is made when a model is first at hand.
CREATE TABLE blob_vectors (
    blob_id INTEGER PRIMARY KEY,
    length REAL NOT NULL,              -- of the sum of the vectors
    keys BLOB NOT NULL,                -- eight bytes a chunk: what was embedded, and by which model
    widths BLOB NOT NULL,              -- two bytes a chunk: how many bytes its vector takes
    vectors BLOB NOT NULL
) STRICT;

-- One row per file of the work tree, with what tells that it did not change.
CREATE TABLE file (
    path TEXT PRIMARY KEY,
    blob_id INTEGER NOT NULL,
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- One row per file that was passed over, and why.
CREATE TABLE skipped (
    path TEXT PRIMARY KEY,
    reason TEXT NOT NULL,
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- One row per trouble that a file made.
CREATE TABLE problem (
    blob_id INTEGER NOT NULL,
    kind TEXT NOT NULL,
    line INTEGER NOT NULL,
    detail TEXT NOT NULL
) STRICT;
CREATE INDEX problem_blob ON problem (blob_id);

-- One row per definition.
CREATE TABLE symbol (
    id INTEGER PRIMARY KEY,
    blob_id INTEGER NOT NULL,
    name_id INTEGER NOT NULL,
    local_name TEXT NOT NULL,          -- the qualified name is the blob's module and this: ".Class.method"
    kind INTEGER NOT NULL,             -- position in KINDS
    start_line INTEGER NOT NULL,
    end_line INTEGER NOT NULL,
    parent_id INTEGER,
    visibility INTEGER NOT NULL,       -- position in VISIBILITIES
    is_test INTEGER NOT NULL,
    bases TEXT NOT NULL,               -- blank separated
    returns TEXT NOT NULL
) STRICT;
CREATE INDEX symbol_name ON symbol (name_id);

-- One row per blob: what of its symbols is only shown or compared (see details.py).
CREATE TABLE blob_details (
    blob_id INTEGER PRIMARY KEY,
    details BLOB NOT NULL
) STRICT;

-- One row per blob: its references (see references.py), as they are written and what they mean.
CREATE TABLE blob_references (
    blob_id INTEGER PRIMARY KEY,
    edges INTEGER NOT NULL,            -- how many symbols its references may mean, all in all
    meanings BLOB NOT NULL,
    uses BLOB NOT NULL
) STRICT;

-- One row per symbol and blob whose references may mean it.
CREATE TABLE edge (
    symbol_id INTEGER NOT NULL,
    blob_id INTEGER NOT NULL,
    PRIMARY KEY (symbol_id, blob_id)
) STRICT, WITHOUT ROWID;

-- One row per blob: the numbers (term_hash, hexadecimal) of all identifiers that its references are spelled with. It tells
-- which files to resolve again when a name comes to mean something else.
CREATE VIRTUAL TABLE mention_fts USING fts5 (
    numbers,
    content = '', contentless_delete = 1, detail = none, tokenize = 'ascii'
);

-- One row per name that a file imports.
CREATE TABLE import (
    blob_id INTEGER NOT NULL,
    module TEXT NOT NULL,
    name TEXT NOT NULL,
    alias TEXT NOT NULL,
    symbol_id INTEGER
) STRICT;
CREATE INDEX import_blob ON import (blob_id);

-- One row per unit of search.
CREATE TABLE chunk (
    id INTEGER PRIMARY KEY,
    blob_id INTEGER NOT NULL,
    symbol_id INTEGER,
    start_line INTEGER NOT NULL,
    end_line INTEGER NOT NULL
) STRICT;

-- One row per word of a file's stem, for questions that name a file.
CREATE TABLE stem_word (
    word TEXT NOT NULL,
    blob_id INTEGER NOT NULL,
    PRIMARY KEY (word, blob_id)
) STRICT, WITHOUT ROWID;

-- One row per chunk: the distinct terms of its text and name. detail=none keeps neither places nor counts, which makes the
-- table a third of the usual one, and leaves bm25() without anything to count (it gives 0): the lane adds up the terms'
-- weights itself (see lanes.py), the scorer counts terms in blob_terms.
CREATE VIRTUAL TABLE chunk_fts USING fts5 (
    text,
    content = '', contentless_delete = 1, detail = none, tokenize = "ascii tokenchars '_'"
);
CREATE VIRTUAL TABLE chunk_vocabulary USING fts5vocab ('chunk_fts', 'row');

-- One row per chunk that bears a name: the terms of the qualified name below its module.
CREATE VIRTUAL TABLE name_fts USING fts5 (
    name,
    content = '', contentless_delete = 1, detail = none, tokenize = "ascii tokenchars '_'"
);

-- One row per place in the code that a memory is about, and what this index says became of it (see follow.py). It is kept
-- here and not with the memory, since each work tree sees other code.
CREATE TABLE followed (
    anchor TEXT PRIMARY KEY,           -- what the memory says of the place: see store_follow.anchor_key
    state TEXT NOT NULL,               -- fresh, moved, renamed, body_changed, signature_changed or missing
    qualified_name TEXT NOT NULL,      -- where it is now, '' when missing
    path TEXT NOT NULL,
    signature TEXT NOT NULL,           -- what it is declared as now, where that changed
    hash BLOB NOT NULL                 -- of the file it was found in: while that stands, so does this
) STRICT, WITHOUT ROWID;
