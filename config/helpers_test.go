package config_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/hawker-live/hawker/config"
)

// options know three platforms and an environment of their own.
func options(env map[string]string) config.Options {
	platforms := map[string]config.Platform{
		"youtube": {Server: "rtmps://a.example.com:443/live2", BackupServer: "rtmps://b.example.com:443/live2?backup=1"},
		"twitch":  {Server: "rtmp://live.example.com/app"},
		"kick":    {NeedsURL: true, FindURL: "Find it in Kick's dashboard."},
	}
	return config.Options{
		Platform:    func(id string) (config.Platform, bool) { p, ok := platforms[id]; return p, ok },
		PlatformIDs: []string{"youtube", "twitch", "kick"},
		Getenv:      func(name string) (string, bool) { v, ok := env[name]; return v, ok },
		Nickname: func(name string) error {
			if name == "system" {
				return errors.New("it has an office")
			}
			return nil
		},
	}
}

// write puts a file into the folder and returns its path.
func write(t testing.TB, folder, name, text string) string {
	t.Helper()
	path := filepath.Join(folder, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func read(t testing.TB, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// certificate returns a self-signed certificate and its key in PEM form.
func certificate(t testing.TB) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	cert = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	return cert, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}))
}
