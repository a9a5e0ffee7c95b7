package secret_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/hawker-live/hawker/config/secret"
	"gopkg.in/yaml.v3"
)

const canary = "sk-canary-4711"

// holder holds secrets in every way a type may.
type holder struct {
	Open   secret.Secret
	hidden secret.Secret
	Ptr    *secret.Secret
	List   []secret.Secret
	Map    map[string]secret.Secret
	Any    any
}

func hold() holder {
	s := secret.New(canary)
	return holder{s, s, &s, []secret.Secret{s}, map[string]secret.Secret{"k": s}, s}
}

func TestSecretIsNeverPrinted(t *testing.T) {
	h := hold()
	_ = h.hidden
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%o", "%p", "%T", "%t"} {
		for name, v := range map[string]any{
			"secret": secret.New(canary), "pointer": h.Ptr, "holder": h, "holder pointer": &h,
		} {
			t.Run(name+" "+verb, func(t *testing.T) { clean(t, fmt.Sprintf(verb, v)) })
		}
	}
}

func TestSecretIsNeverMarshalled(t *testing.T) {
	for name, marshal := range map[string]func(any) ([]byte, error){
		"json": json.Marshal, "yaml": yaml.Marshal,
	} {
		for kind, v := range map[string]any{"secret": secret.New(canary), "holder": hold()} {
			t.Run(name+" "+kind, func(t *testing.T) {
				out, err := marshal(v)
				if err != nil {
					t.Fatal(err)
				}
				clean(t, string(out))
				if !strings.Contains(string(out), "***") {
					t.Errorf("the mask is missing: %s", out)
				}
			})
		}
	}
}

func TestSecretIsNeverLogged(t *testing.T) {
	for name, handler := range map[string]func(*bytes.Buffer) slog.Handler{
		"text": func(b *bytes.Buffer) slog.Handler { return slog.NewTextHandler(b, nil) },
		"json": func(b *bytes.Buffer) slog.Handler { return slog.NewJSONHandler(b, nil) },
	} {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			log := slog.New(handler(&b))
			log.Info("attribute", "key", secret.New(canary), "holder", hold())
			log.Info("group", slog.Group("g", "key", secret.New(canary)))
			log.Info("error", "err", errors.New("refused "+secret.New(canary).String()))
			clean(t, b.String())
			if !strings.Contains(b.String(), "key=***") && !strings.Contains(b.String(), `"key":"***"`) {
				t.Errorf("the mask is missing: %s", b.String())
			}
		})
	}
}

func clean(t *testing.T, out string) {
	t.Helper()
	hex := fmt.Sprintf("%x", canary)
	if strings.Contains(out, canary) || strings.Contains(strings.ToLower(out), hex) {
		t.Errorf("the text shows: %s", out)
	}
}

func TestSecretKeepsItsText(t *testing.T) {
	s, same, other, none := secret.New(canary), secret.New(canary), secret.New("x"), secret.New("")
	if s.Reveal() != canary || none.Reveal() != "" || (secret.Secret{}).Reveal() != "" {
		t.Error("Reveal does not give the text")
	}
	if s != same || s == other || none != (secret.Secret{}) {
		t.Error("== does not go by the text")
	}
	if !s.Equal(same) || s.Equal(other) || s.Equal(none) || !none.Equal(secret.Secret{}) {
		t.Error("Equal does not go by the text")
	}
	if s.Empty() || !none.Empty() {
		t.Error("Empty is wrong")
	}
	if none.String() != "" || s.String() != "***" {
		t.Error("only a text is masked")
	}
}
