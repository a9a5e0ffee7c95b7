package web_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/hawker-live/hawker/overlay"
	"github.com/hawker-live/hawker/relay/relaytest/browser"
)

// payloads are names that try to be more than text.
var payloads = []string{
	`<script>pwned=1</script>`, `"><script>pwned=1</script>`, `'><script>pwned=1</script>`, `</h1><script>pwned=1</script>`, `</template><script>pwned=1</script>`,
	`<img src=x onerror=pwned=1>`, `"><img src=x onerror=pwned=1>`, `<svg onload=pwned=1>`, `<svg><script>pwned=1</script></svg>`, `<svg/onload=pwned=1//`,
	`<body onload=pwned=1>`, `<iframe src=javascript:pwned=1>`, `<iframe srcdoc="<script>parent.pwned=1</script>">`, `<object data=javascript:pwned=1>`, `<embed src=javascript:pwned=1>`,
	`<a href=javascript:pwned=1>x</a>`, `javascript:pwned=1`, `JaVaScRiPt:pwned=1`, `data:text/html,<script>pwned=1</script>`, `vbscript:pwned=1`,
	`<math><mtext><script>pwned=1</script></mtext></math>`, `<details open ontoggle=pwned=1>`, `<video><source onerror=pwned=1>`, `<audio src onerror=pwned=1>`, `<input autofocus onfocus=pwned=1>`,
	`<select autofocus onfocus=pwned=1>`, `<marquee onstart=pwned=1>`, `<style>@import 'javascript:pwned=1'</style>`, `<style>*{display:none}</style>`, `<link rel=stylesheet href=//evil.example/x.css>`,
	`<meta http-equiv=refresh content="0;url=javascript:pwned=1">`, `<base href=//evil.example/>`, `<form action=javascript:pwned=1><button>`, `<x onclick=pwned=1>`, `<template><script>pwned=1</script>`,
	`{{constructor.constructor('pwned=1')()}}`, `${pwned=1}`, `<%= pwned=1 %>`, `#{pwned=1}`, `[[pwned=1]]`,
	`&lt;script&gt;pwned=1&lt;/script&gt;`, `&#60;script&#62;pwned=1`, `\u003cscript\u003epwned=1`, `\x3cscript\x3epwned=1`, `%3Cscript%3Epwned=1%3C/script%3E`,
	`--><script>pwned=1</script>`, `]]><script>pwned=1</script>`, `*/pwned=1/*`, `';pwned=1;'`, `";pwned=1;"`, "`;pwned=1;`", `<ſcript>pwned=1</ſcript>`,
}

// T37: names are text, and nothing else, wherever they are shown.
func scripts(t *testing.T, b *browser.Browser) {
	s := open(t)
	tab := s.overlay(b, 1280, 720, "")
	o := honey()
	o.Image = ""
	s.sell(o)
	tab.Until(shown("honey"))
	for _, payload := range payloads {
		o.Title, o.CTA = payload, string([]rune(payload)[:min(30, len([]rune(payload)))])
		o.Image = "https://127.0.0.1:1/" + fmt.Sprintf("%%22onerror=%%22pwned=1?%x", payload) // refused at once
		s.put(o)
		s.banner(overlay.Banner{ID: "b", Text: payload})
		want, _ := json.Marshal(payload)
		tab.Until(`document.querySelector(".title").textContent === ` + string(want) + ` && [...document.querySelectorAll(".banner .text")].some(e => e.textContent === ` + string(want) + `)`)
		if text(tab, ".band .cta") != o.CTA && text(tab, ".band .cta") != "" {
			t.Errorf("%s: the call to action is %q", payload, text(tab, ".band .cta"))
		}
		var strange []string
		tab.Eval(strangers, &strange)
		if len(strange) > 0 {
			t.Errorf("%s brings %q", payload, strange)
		}
	}
}

// strangers lists what the page's own script and pages have not made.
const strangers = `(() => {
	const own = new Set("HTML HEAD META TITLE LINK SCRIPT TEMPLATE BODY MAIN DIV ARTICLE P SPAN H1 S IMG I".split(" "));
	const found = [];
	for (const e of document.querySelectorAll("*")) {
		if (!own.has(e.tagName.toUpperCase())) found.push(e.tagName);
		for (const a of e.attributes) {
			if (a.name.startsWith("on") || /^\s*(javascript|data|vbscript):/i.test(a.value)) found.push(e.tagName + " " + a.name);
		}
	}
	if (document.scripts.length !== 1) found.push(document.scripts.length + " scripts");
	if ("pwned" in window) found.push("a script that has run");
	return found;
})()`
