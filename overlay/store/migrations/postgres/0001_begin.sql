-- +goose Up
-- Times are milliseconds since 1970, UTC.
CREATE TABLE hawker_events (
    seq    BIGINT PRIMARY KEY,
    at     BIGINT NOT NULL,
    type   TEXT   NOT NULL,
    stream TEXT   NOT NULL,
    offer  TEXT   NOT NULL, -- empty for what is not about an offer
    data   TEXT   NOT NULL, -- the whole event, as JSON
    sum    BIGINT NOT NULL  -- CRC-32C of data
);
CREATE INDEX hawker_events_stream ON hawker_events (stream, seq);
CREATE INDEX hawker_events_offer  ON hawker_events (offer, seq);

-- +goose StatementBegin
CREATE FUNCTION hawker_events_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        RAISE EXCEPTION 'hawker_events is a log: what is in it is never changed';
    END IF;
    RAISE EXCEPTION 'hawker_events is a log: nothing is deleted from it';
END
$$;
-- +goose StatementEnd
CREATE TRIGGER hawker_events_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON hawker_events
    FOR EACH STATEMENT EXECUTE FUNCTION hawker_events_refuse();

CREATE TABLE hawker_snapshots (
    seq  BIGINT PRIMARY KEY, -- of the last event in it
    data TEXT   NOT NULL,
    sum  BIGINT NOT NULL
);

CREATE TABLE hawker_receipts (
    key    TEXT PRIMARY KEY,
    hash   TEXT   NOT NULL,
    status BIGINT NOT NULL,
    body   BYTEA  NOT NULL,
    at     BIGINT NOT NULL
);
CREATE INDEX hawker_receipts_at ON hawker_receipts (at);

CREATE TABLE hawker_clicks (
    offer       TEXT    NOT NULL,
    destination TEXT    NOT NULL,
    at          BIGINT  NOT NULL,
    first       BOOLEAN NOT NULL -- the visitor's first on that day (UTC) and offer
);

-- The sums over hawker_clicks, kept in the same transaction.
CREATE TABLE hawker_click_counts (
    offer       TEXT   NOT NULL,
    destination TEXT   NOT NULL,
    clicks      BIGINT NOT NULL,
    visitors    BIGINT NOT NULL,
    PRIMARY KEY (offer, destination)
);

-- Salts and what was hashed with them are deleted when their day is over.
CREATE TABLE hawker_salts (
    day  TEXT PRIMARY KEY, -- such as 2026-03-01, UTC
    salt BYTEA NOT NULL
);

CREATE TABLE hawker_visitors (
    day   TEXT  NOT NULL,
    offer TEXT  NOT NULL,
    hash  BYTEA NOT NULL,
    PRIMARY KEY (day, offer, hash)
);
