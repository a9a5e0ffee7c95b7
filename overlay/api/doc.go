// Package api is the operator's HTTP face of the overlay: offers, banners, run of
// show, links, and the events as they happen. It is mounted beside the API of
// relay/admin, which guards it.
//
// Belongs here: requests and answers. Does not: what is allowed (overlay), and
// when it counts (overlay/control).
package api
