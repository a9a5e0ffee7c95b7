-- +goose Up
CREATE TABLE hawker_visits (
    stream    TEXT    NOT NULL,
    visitor   BYTEA   NOT NULL, -- hash of the random number of a browser
    broadcast BIGINT  NOT NULL, -- when the one that was seen last began
    again     INTEGER NOT NULL, -- 1 if another one was seen before it
    PRIMARY KEY (stream, visitor)
);
CREATE INDEX hawker_visits_broadcast ON hawker_visits (broadcast);
