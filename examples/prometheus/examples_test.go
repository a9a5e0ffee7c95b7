// Package prometheus_test checks the alert rules and the dashboard against the
// metrics that the program has.
package prometheus_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hawker-live/hawker/config/secret"
	"github.com/hawker-live/hawker/overlay/chat"
	"github.com/hawker-live/hawker/overlay/control"
	"github.com/hawker-live/hawker/overlay/inject"
	"github.com/hawker-live/hawker/overlay/watch"
	"github.com/hawker-live/hawker/overlay/web"
	"github.com/hawker-live/hawker/relay"
	"github.com/hawker-live/hawker/relay/destination"
	"github.com/hawker-live/hawker/relay/playback"
	"github.com/prometheus/client_golang/prometheus"
	"gopkg.in/yaml.v3"
)

var metricName = regexp.MustCompile(`\bhawker_[a-z_]+`)

// known are the metrics of the rooms, and those of cmd/hawker.
func known() map[string]bool {
	reg := prometheus.NewRegistry()
	if _, err := relay.New(relay.Config{}, relay.Options{Registerer: reg}); err != nil { // those of the rooms below, too
		panic(err)
	}
	sold(reg)
	descs := make(chan *prometheus.Desc)
	go func() {
		defer close(descs)
		reg.Describe(descs)
	}()
	names := map[string]bool{
		"hawker_config_last_reload_success":                   true,
		"hawker_config_last_reload_success_timestamp_seconds": true,
	}
	for d := range descs {
		name := metricName.FindString(d.String())
		names[name], names[name+"_bucket"] = true, true
	}
	return names
}

// sold registers the metrics of what sells and shows. Nothing of it is run.
func sold(reg prometheus.Registerer) {
	show := struct {
		watch.Show
		watch.Links
		web.Clicks
		control.Store
	}{}
	playback.NewMetrics(reg)
	inject.NewMetrics(reg)
	for _, build := range []func() error{
		func() error { _, err := control.New(control.Config{Store: show, Registerer: reg}); return err },
		func() error { _, err := chat.New(chat.Config{Registerer: reg}); return err },
		func() error {
			_, err := web.New(web.Config{Show: show, Clicks: show, LinkKey: secret.New("key"), Settings: web.Settings{URL: "https://a.example"}, Registerer: reg})
			return err
		},
		func() error {
			_, err := watch.New(watch.Config{Show: show, Links: show, Media: func(string) http.Handler { return nil }, Registerer: reg})
			return err
		},
	} {
		if err := build(); err != nil {
			panic(err)
		}
	}
}

// checkNames reports metrics in expr that the program does not have.
func checkNames(t *testing.T, where, expr string, names map[string]bool) {
	t.Helper()
	for _, name := range metricName.FindAllString(expr, -1) {
		if !names[name] {
			t.Errorf("%s: there is no metric %s", where, name)
		}
	}
}

type rules struct {
	Groups []struct {
		Rules []struct {
			Alert, Expr         string
			Labels, Annotations map[string]string
		}
	}
}

func TestRules(t *testing.T) {
	var r rules
	data, err := os.ReadFile("hawker.rules.yml")
	if err == nil {
		err = yaml.Unmarshal(data, &r)
	}
	if err != nil {
		t.Fatal(err)
	}
	tests, err := os.ReadFile("hawker.rules.test.yml")
	if err != nil {
		t.Fatal(err)
	}
	names, count := known(), 0
	for _, g := range r.Groups {
		for _, rule := range g.Rules {
			count++
			checkNames(t, rule.Alert, rule.Expr, names)
			if s := rule.Labels["severity"]; !slices.Contains([]string{"critical", "warning", "info"}, s) {
				t.Errorf("%s: severity is %q", rule.Alert, s)
			}
			if got := slices.Sorted(maps.Keys(rule.Annotations)); !slices.Equal(got, []string{"description", "runbook", "summary"}) {
				t.Errorf("%s: annotations are %q", rule.Alert, got)
			}
			if !strings.Contains(string(tests), `"`+rule.Alert+`"`) {
				t.Errorf("%s: has no test in hawker.rules.test.yml", rule.Alert)
			}
		}
	}
	if count == 0 {
		t.Error("no rules")
	}
}

func TestStatesInExamples(t *testing.T) {
	var states []string
	for _, s := range destination.States() {
		states = append(states, string(s))
	}
	quoted := regexp.MustCompile(`\bstate=~?\\?"([a-z_|]+)\\?"`)
	for _, file := range []string{"hawker.rules.yml", "hawker.rules.test.yml", "../grafana/hawker.json"} {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range quoted.FindAllStringSubmatch(string(data), -1) {
			for s := range strings.SplitSeq(m[1], "|") {
				if !slices.Contains(states, s) {
					t.Errorf("%s: there is no state %q", file, s)
				}
			}
		}
	}
}

func TestScrapeConfig(t *testing.T) {
	var c struct {
		RuleFiles     []string `yaml:"rule_files"`
		ScrapeConfigs []struct {
			JobName string `yaml:"job_name"`
		} `yaml:"scrape_configs"`
	}
	data, err := os.ReadFile("prometheus.yml")
	if err == nil {
		err = yaml.Unmarshal(data, &c)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range c.RuleFiles {
		if _, err := os.Stat(f); err != nil {
			t.Error(err)
		}
	}
	if len(c.ScrapeConfigs) != 1 || c.ScrapeConfigs[0].JobName != "hawker" {
		t.Errorf("scrape jobs are %v, the rules look for hawker", c.ScrapeConfigs)
	}
}

type panel struct {
	ID          int
	Type, Title string
	Datasource  struct{ UID string }
	GridPos     struct{ X, Y, W, H int }
	Targets     []struct{ Expr string }
}

type dashboard struct {
	SchemaVersion int
	Links         []any
	Panels        []panel
	Templating    struct{ List []struct{ Name string } }
}

func TestDashboard(t *testing.T) {
	data, err := os.ReadFile("../grafana/hawker.json")
	if err != nil {
		t.Fatal(err)
	}
	var d dashboard
	if err := json.Unmarshal(data, &d); err != nil {
		t.Fatal(err)
	}
	if d.SchemaVersion < 39 || len(d.Links) > 0 || strings.Contains(string(data), "http") {
		t.Errorf("schema version %d, %d links: want 39 or more, and nothing that leads outside", d.SchemaVersion, len(d.Links))
	}
	if l := d.Templating.List; len(l) != 2 || l[0].Name != "datasource" || l[1].Name != "stream" {
		t.Errorf("variables are %v", l)
	}
	checkPanels(t, d.Panels)
}

// checkPanels looks for panels without a metric, and for two in one place.
func checkPanels(t *testing.T, panels []panel) {
	t.Helper()
	names, ids, cells := known(), map[int]bool{}, map[[2]int]string{}
	for _, p := range panels {
		if ids[p.ID] {
			t.Errorf("%s: id %d is another panel's too", p.Title, p.ID)
		}
		ids[p.ID] = true
		if p.Type != "row" && (len(p.Targets) == 0 || p.Datasource.UID != "${datasource}") {
			t.Errorf("%s: %d queries to %q", p.Title, len(p.Targets), p.Datasource.UID)
		}
		for _, q := range p.Targets {
			checkNames(t, p.Title, q.Expr, names)
		}
		for x := p.GridPos.X; x < p.GridPos.X+p.GridPos.W; x++ {
			for y := p.GridPos.Y; y < p.GridPos.Y+p.GridPos.H; y++ {
				if other := cells[[2]int{x, y}]; other != "" || x >= 24 {
					t.Fatalf("%s: lies upon %q, or beyond the edge", p.Title, other)
				}
				cells[[2]int{x, y}] = p.Title
			}
		}
	}
}
