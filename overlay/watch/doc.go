// Package watch is the seller's own page: a player, the offers in time with its
// picture, the chat, what is to come and what has been.
//
//	/                     to the page, or a list of them
//	/{stream}             the page
//	/{stream}/embed       player and offers alone, for other people's pages
//	/{stream}/events      what the page shows, as server-sent events
//	/{stream}/visit       takes the name of who has come to see a broadcast
//	/{stream}/replay      earlier shows, and /{stream}/replay/{date} one of them: Config.Replays
//	/{stream}/live.mp4, /{stream}/index.m3u8, /{stream}/hls/...   the picture: Config.Media
//	/{stream}/{part}/...  whatever else belongs to a stream: Config.Parts
//	/watch/{version}/{name}   scripts and styles
//
// # In time with the picture
//
// Each state that a page is sent says from which time of the stream on it holds.
// The page shows it when its own picture gets there, which is a different moment
// for each viewer. It is the stream's whole state each time, so that one that is
// missed does no harm, and who comes late has all there is at once.
//
// # What is known of viewers
//
// A page that may makes up a random name for its browser, once, and says it once
// in each broadcast, in the body of a request: addresses end up in logs. It tells
// who comes back from who is new, and nothing else; it is kept as a hash. A viewer
// who does not want that, or whose browser says so, has none.
//
// Belongs here: the page and what feeds it. Does not: media (relay/playback), the
// chat's server side, short links (overlay/web, beside whose routes these are
// mounted, within the shell of its security headers), rules (package overlay).
package watch
