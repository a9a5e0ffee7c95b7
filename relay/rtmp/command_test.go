package rtmp

import (
	"errors"
	"math"
	"reflect"
	"testing"
)

func TestParseCommand(t *testing.T) {
	nan := amfNumber("7ff8000000000001")
	for _, tt := range []struct {
		name, in string
		want     Command
	}{
		{"only a name", amfString("close"), Command{Name: "close"}},
		{"a name and a transaction", amfString("close") + one, Command{"close", 1, []any{}}},
		{"null for a transaction", amfString("onStatus") + amfNull + amfNull, Command{"onStatus", 0, []any{nil}}},
		{"a string for a transaction", amfString("onStatus") + amfString("x"), Command{"onStatus", 0, []any{}}},
		{"values", amfString("publish") + one + amfNull + amfString("key") + amfString("live"), Command{"publish", 1, []any{nil, "key", "live"}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := ParseCommand([]byte(tt.in))
			if err != nil || !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got %#v %v", got, err)
			}
		})
	}
	for name, in := range map[string]string{"empty": "", "no name": one, "null for a name": amfNull, "cut off": "\x02\x00"} {
		if _, err := ParseCommand([]byte(in)); !errors.Is(err, ErrProtocol) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if c, err := ParseCommand([]byte(amfString("createStream") + nan + amfNull + nan)); err != nil || !math.IsNaN(c.Number(1)) {
		t.Errorf("not a number: %v %v", c, err) // and its conversion to a transaction does not panic
	}
}

func TestCommandValues(t *testing.T) {
	c := Command{Values: []any{map[string]any{"a": 1.0}, "text", 2.0, nil}}
	if c.Text(1) != "text" || c.Text(0) != "" || c.Text(9) != "" {
		t.Error("Text")
	}
	if c.Number(2) != 2 || c.Number(1) != 0 || c.Number(9) != 0 {
		t.Error("Number")
	}
	if c.Object(0)["a"] != 1.0 || c.Object(1) != nil || c.Object(9)["a"] != nil {
		t.Error("Object")
	}
}

func TestCommandStatus(t *testing.T) {
	info := map[string]any{"level": "error", "code": "X", "description": "why"}
	for name, values := range map[string][]any{
		"second":              {nil, info},
		"alone":               {info},
		"after an object":     {map[string]any{"fmsVer": "x"}, info},
		"before other things": {nil, info, "clientid"},
	} {
		if level, code, description := (Command{Values: values}).Status(); level != "error" || code != "X" || description != "why" {
			t.Errorf("%s: %q %q %q", name, level, code, description)
		}
	}
	odd := Command{Values: []any{map[string]any{"level": 1.0, "code": nil, "description": []any{}}}}
	if level, code, description := odd.Status(); level+code+description != "" {
		t.Errorf("values of other types: %q %q %q", level, code, description)
	}
	if level, code, description := (Command{Values: []any{nil}}).Status(); level+code+description != "" {
		t.Errorf("no object: %q %q %q", level, code, description)
	}
}

func TestNewCommand(t *testing.T) {
	m, err := NewCommand(1, "onStatus", 0, nil, statusInfo{"status", "C", "d"})
	want := amfString("onStatus") + amfNumber("0000000000000000") + amfNull +
		"\x03" + amfKey("level") + amfString("status") + amfKey("code") + amfString("C") + amfKey("description") + amfString("d") + amfEnd
	if err != nil || m.Type != TypeCommand || m.StreamID != 1 || string(m.Body) != want {
		t.Errorf("got %q %v", m.Body, err)
	}
	if _, err := NewCommand(0, "x", 0, string(make([]byte, 70_000))); err == nil {
		t.Error("a string that AMF0 has no room for was encoded")
	}
}

func TestRefusal(t *testing.T) {
	for _, tt := range []struct {
		r       Refusal
		text    string
		badName bool
	}{
		{Refusal{CodeBadName, "in use"}, "NetStream.Publish.BadName: in use", true},
		{Refusal{CodeDenied, ""}, "NetStream.Publish.Denied", false},
		{Refusal{"", "go away"}, "go away", false},
	} {
		if tt.r.Error() != tt.text || tt.r.BadName() != tt.badName {
			t.Errorf("%q %v", tt.r.Error(), tt.r.BadName())
		}
	}
}
