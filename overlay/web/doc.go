// Package web is the public face of the selling half: what viewers' browsers and
// the host's own OBS ask for. It shows offers in a page for OBS's browser
// source, and leads from short links to the store.
//
//	/o/{offer}, /o/{offer}/{destination}   short links: counted, then redirected
//	/overlay/{stream}?key=                 the browser source, for whoever has its link
//	/overlay/{stream}/events?key=          what it shows, as server-sent events
//	/overlay/{stream}/qr/{offer}.svg?key=  the code that it shows
//	/images/{name}                         pictures of offers
//	/page/{version}/{name}                 scripts and styles
//
// Everybody may ask for anything here, so that every answer is bounded in size,
// time and number, and nothing that a stranger sends is ever part of one.
//
// Belongs here: public pages and their data. Does not: the operator's API
// (overlay/api), rules (package overlay), media (relay/playback, which mounts
// its routes beside these).
package web
