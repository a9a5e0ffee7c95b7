-- +goose Up
CREATE TABLE hawker_chat_messages (
    id       INTEGER PRIMARY KEY,
    stream   TEXT    NOT NULL,
    at       INTEGER NOT NULL,
    viewer   TEXT    NOT NULL, -- public id; empty for the host and moderators
    nickname TEXT    NOT NULL,
    role     TEXT    NOT NULL,
    text     TEXT    NOT NULL
) STRICT;
CREATE INDEX hawker_chat_messages_stream ON hawker_chat_messages (stream, id);
CREATE INDEX hawker_chat_messages_viewer ON hawker_chat_messages (viewer);
CREATE INDEX hawker_chat_messages_at     ON hawker_chat_messages (at);

CREATE TABLE hawker_chat_sanctions (
    stream  TEXT    NOT NULL,
    viewer  TEXT    NOT NULL, -- public id
    kind    TEXT    NOT NULL,
    until   INTEGER NOT NULL,
    address BLOB,             -- hash with the salt of day; NULL when that is over
    day     TEXT    NOT NULL,
    PRIMARY KEY (stream, viewer)
) STRICT, WITHOUT ROWID;

CREATE TABLE hawker_chat_settings (
    stream TEXT PRIMARY KEY,
    data   TEXT NOT NULL -- as JSON
) STRICT, WITHOUT ROWID;
