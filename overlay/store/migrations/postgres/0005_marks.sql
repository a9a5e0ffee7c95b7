-- +goose Up
CREATE TABLE hawker_marks (
    stream TEXT   NOT NULL,
    seq    BIGINT NOT NULL, -- of the last event in it
    at     BIGINT NOT NULL, -- of that event
    data   TEXT   NOT NULL, -- what the stream showed then, as JSON
    sum    BIGINT NOT NULL,
    PRIMARY KEY (stream, seq)
);
