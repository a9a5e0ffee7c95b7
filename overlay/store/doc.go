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
// with the hashes when the day (UTC) is over.
//
// Belongs here: all SQL, its drivers and migrations. Does not: rules. What the
// events mean is for package overlay.
package store
