// Package chat is the chat of a stream's watch page: who may say what, for how
// long it is kept, and how all who read get it.
//
// A viewer has a nickname and no account. The page makes an id of 16 random bytes
// (crypto.getRandomValues, as base64url without padding: 22 characters), keeps it
// in the browser, and sends it with each message. It is the viewer's alone: others
// see a public id made from it, which does not lead back. Who has the id may erase
// what was written with it. Neither the id nor an address is kept anywhere; that
// of a muted or banned viewer is, as a hash with a salt that lives for a day (UTC).
//
// A message is acknowledged when it is in the store. Those that come within 100 ms
// go there in one transaction and to all readers as one piece of memory, which all
// of them share. A reader that does not keep up is cut, and costs the others
// nothing.
//
// # What a page sends
//
// POST /{stream}/chat, from the page's own origin, as application/json of at most
// 4 KiB:
//
//	{"viewer": "S5n0x2n7u4W0gq3J1m9vBw", "nickname": "Ana", "text": "Is it hot?"}
//
// The answer is 201 and the message as others see it, whose viewer is the page's own
// public id, or an error for people, with the reason as one of the words of Reason,
// and with the seconds after which to try again, if it may:
//
//	{"id": 1772359445123456, "at": "2026-03-01T10:04:05.123Z", "viewer": "x3J0c9vTq2mE1a8Z", "nickname": "Ana", "role": "viewer", "text": "Is it hot?"}
//	{"error": "Slow mode: you can write again in 12 seconds.", "reason": "slow", "retry_after": 12}
//
// POST /{stream}/chat/erase, in the same way, with {"viewer": "S5n0x2n7u4W0gq3J1m9vBw"},
// erases all that was written with that id, on all streams, and answers 204, though
// there was nothing. The id stands in no URL, for these end up in logs.
//
// # What a page gets
//
// GET /{stream}/chat/events is a stream of server-sent events. Each has a type, and
// JSON as data:
//
//	room     first of all, and again after each reconnection: replaces all there was
//	         {"enabled": true, "slow_seconds": 0, "retention_seconds": 86400, "notice": "Your nickname, ...",
//	          "host": "Lan", "messages": [...]}
//	message  one more {"id", "at", "viewer", "nickname", "role", "text"}; role is viewer, host or moderator,
//	         and viewer is there for viewers alone
//	delete   {"id": 1772359445123456}: take this message away
//	erase    {"viewer": "x3J0c9vTq2mE1a8Z"}: take all messages of this viewer away
//	mode     {"enabled": true, "slow_seconds": 30}: how the chat is from now on
//	beat     {"now": 1772359445123}: each 15 seconds, so that a page knows that all is well
//
// Nicknames and texts are plain text: a page puts them there with textContent, and
// makes no links of them. It shows the notice before the viewer writes. Host and
// moderators are known by their role, not by their nickname.
//
// # Moderation
//
// A blocked word is told to the writer as the reason for a refusal: see filter. A
// ban also takes away what the viewer has written. An erasure leaves sanctions as
// they are; these end by themselves after a year at most.
//
// A browser makes up another id whenever it likes, so addresses count, too; but an
// office, or all customers of a mobile network, may have one. Until the day is over
// (UTC) a ban keeps out all who come from the viewer's address, and a mute those
// whose first message it would be, or the first for an hour: the neighbours who
// talk already go on. A moderator may leave the address alone. In slow mode who is
// new waits as if the last message from the address had been theirs, once: what
// neighbours write meanwhile makes it no longer. So who takes ids in advance has no
// more of them than newcomers may come from one address.
//
// Belongs here: rules, order, and who is told. Does not: HTTP (package chathttp and
// overlay/api), and SQL (overlay/store).
package chat
