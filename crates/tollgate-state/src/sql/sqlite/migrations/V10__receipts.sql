-- Version 10: receipts of runs, which are kept as long as the answer and count with it, and the chain of each signer.
-- receipt: a line without its end; NULL: there is none, or it is forgotten.
ALTER TABLE cast_run ADD COLUMN receipt TEXT;

-- sequence, previous: of the next receipt of this signer. A signer without a row has signed none.
CREATE TABLE receipt_chain (
    signer TEXT PRIMARY KEY,
    sequence INTEGER NOT NULL CHECK (sequence >= 1),
    previous BLOB NOT NULL CHECK (length(previous) = 32)
) STRICT, WITHOUT ROWID;
