// Package store keeps what the overlay must not forget: the log of events with
// a snapshot of the state that follows from it, answers to requests that may be
// repeated, and clicks. It does so in SQLite, one file in the data folder, or in
// PostgreSQL; both have the same tables, named hawker_*, and pass the same tests.
//
// What Append and Click have acknowledged is on the disk: it survives the end of
// the process and, on a disk that honours fsync, of the power. One hawker at a
// time has a database; a second one is refused.
//
// Of a visitor nothing is kept but a hash, with a salt that is deleted together
// with the hashes when the day (UTC) is over: within a minute, and from the files of
// the database too, where rows that are deleted stay for a while. With PostgreSQL
// that ends at its tables: its write-ahead log, archives of it, replicas and backups
// are for whoever runs the server to throw away, as copies of the data folder are.
//
// Belongs here: all SQL, its drivers and migrations. Does not: rules. What the
// events mean is for package overlay.
package store
