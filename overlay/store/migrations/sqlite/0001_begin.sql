-- +goose Up
-- Times are milliseconds since 1970, UTC.
CREATE TABLE hawker_events (
    seq    INTEGER PRIMARY KEY,
    at     INTEGER NOT NULL,
    type   TEXT    NOT NULL,
    stream TEXT    NOT NULL,
    offer  TEXT    NOT NULL, -- empty for what is not about an offer
    data   TEXT    NOT NULL, -- the whole event, as JSON
    sum    INTEGER NOT NULL  -- CRC-32C of data
) STRICT;
CREATE INDEX hawker_events_stream ON hawker_events (stream, seq);
CREATE INDEX hawker_events_offer  ON hawker_events (offer, seq);

-- +goose StatementBegin
CREATE TRIGGER hawker_events_no_update BEFORE UPDATE ON hawker_events
BEGIN
    SELECT RAISE(ABORT, 'hawker_events is a log: what is in it is never changed');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER hawker_events_no_delete BEFORE DELETE ON hawker_events
BEGIN
    SELECT RAISE(ABORT, 'hawker_events is a log: nothing is deleted from it');
END;
-- +goose StatementEnd

CREATE TABLE hawker_snapshots (
    seq  INTEGER PRIMARY KEY, -- of the last event in it
    data TEXT    NOT NULL,
    sum  INTEGER NOT NULL
) STRICT;

CREATE TABLE hawker_receipts (
    key    TEXT PRIMARY KEY,
    hash   TEXT    NOT NULL,
    status INTEGER NOT NULL,
    body   BLOB    NOT NULL,
    at     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX hawker_receipts_at ON hawker_receipts (at);

CREATE TABLE hawker_clicks (
    offer       TEXT    NOT NULL,
    destination TEXT    NOT NULL,
    at          INTEGER NOT NULL,
    first       INTEGER NOT NULL -- 1: the visitor's first on that day (UTC) and offer
) STRICT;

-- The sums over hawker_clicks, kept in the same transaction.
CREATE TABLE hawker_click_counts (
    offer       TEXT    NOT NULL,
    destination TEXT    NOT NULL,
    clicks      INTEGER NOT NULL,
    visitors    INTEGER NOT NULL,
    PRIMARY KEY (offer, destination)
) STRICT, WITHOUT ROWID;

-- Salts and what was hashed with them are deleted when their day is over.
CREATE TABLE hawker_salts (
    day  TEXT PRIMARY KEY, -- such as 2026-03-01, UTC
    salt BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE hawker_visitors (
    day   TEXT NOT NULL,
    offer TEXT NOT NULL,
    hash  BLOB NOT NULL,
    PRIMARY KEY (day, offer, hash)
) STRICT, WITHOUT ROWID;
