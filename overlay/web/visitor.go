package web

import (
	"net/http"
	"regexp"
	"strings"
)

// A click is a person's: programs that look at links for other reasons follow
// them, too, and do not count. Who wants to be counted can be; this keeps honest
// programs out, the limit for each address the others.

// robots finds those who say what they are though they begin as browsers do:
// previewers of platforms and messengers, search engines, scanners of mail,
// monitors. Most have bot in their names.
var robots = regexp.MustCompile(`bot\b|bot[/_-]|crawl|spider|slurp|preview|prefetch|prerender|fetcher|archiv|headless|` +
	`facebookexternalhit|facebookcatalog|meta-external|whatsapp|kakaotalk-scrap|line-poker|vkshare|slack-imgproxy|embedly|iframely|outbrain|` +
	`google-|googleother|mediapartners|lighthouse|pagespeed|uptime|pingdom|statuscake|monitor|proofpoint|mimecast|barracuda|virustotal|validator|checker`)

// counts tells whether a request is a person's who follows a link. All browsers
// call themselves Mozilla, or Opera; libraries and tools do not.
func counts(r *http.Request) bool {
	if r.Method != http.MethodGet || prefetches(r.Header) {
		return false
	}
	agent := strings.ToLower(r.UserAgent())
	if !strings.HasPrefix(agent, "mozilla/") && !strings.HasPrefix(agent, "opera/") {
		return false
	}
	return !robots.MatchString(strings.ReplaceAll(agent, "cubot", "")) // a maker of phones
}

// prefetches tells whether a browser asks for a page that nobody has asked for
// yet: Sec-Purpose of the Fetch standard, and what came before it.
func prefetches(h http.Header) bool {
	for _, name := range []string{"Sec-Purpose", "Purpose", "X-Purpose", "X-Moz"} {
		for _, value := range h.Values(name) {
			value = strings.ToLower(value)
			if strings.Contains(value, "prefetch") || strings.Contains(value, "prerender") || strings.Contains(value, "preview") {
				return true
			}
		}
	}
	return false
}
