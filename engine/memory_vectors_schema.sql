-- vectors.db from version 2 on: the vectors of memories too. The vectors of those of a project lie beside its memory.db, in
-- vectors.db, those of a person's beside user.db.

-- One row: by which model they are, and how far they go.
CREATE TABLE memory_model (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    identity TEXT NOT NULL,            -- vectors of two models never mix
    dimensions INTEGER NOT NULL,
    memories TEXT NOT NULL,            -- which file of memories they are of: another one in its place has other rows
    seen INTEGER NOT NULL              -- the number of the last event whose memory was embedded
) STRICT;

-- One row per memory that was embedded, under the row of the memory; memory_vec (vec0), made with the model, has its signs.
CREATE TABLE memory_vector (
    memory_row INTEGER PRIMARY KEY,
    record BLOB NOT NULL
) STRICT;
