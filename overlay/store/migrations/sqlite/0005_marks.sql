-- +goose Up
CREATE TABLE hawker_marks (
    stream TEXT    NOT NULL,
    seq    INTEGER NOT NULL, -- of the last event in it
    at     INTEGER NOT NULL, -- of that event
    data   TEXT    NOT NULL, -- what the stream showed then, as JSON
    sum    INTEGER NOT NULL,
    PRIMARY KEY (stream, seq)
) STRICT, WITHOUT ROWID;
