// Package api is the operator's HTTP face of the overlay: offers, banners, run of
// show, links, the events as they happen, and the chat's moderation. It is mounted
// beside the API of relay/admin, which guards it.
//
// Belongs here: requests and answers. Does not: what is allowed (overlay,
// overlay/chat), and when it counts (overlay/control, overlay/chat).
package api
