-- +goose Up
-- The server keeps samples of what is in a column, for longer than a day. To name
-- the type again throws away those that there are.
ALTER TABLE hawker_salts    ALTER COLUMN salt TYPE BYTEA, ALTER COLUMN salt SET STATISTICS 0;
ALTER TABLE hawker_visitors ALTER COLUMN hash TYPE BYTEA, ALTER COLUMN hash SET STATISTICS 0;
