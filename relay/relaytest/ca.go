package relaytest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// CA issues certificates, good and bad, that nobody trusts but who was given
// its File.
type CA struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// NewCA makes a certificate authority that is valid for a day.
func NewCA() (*CA, error) {
	now := time.Now()
	ca, err := issue(nil, x509.Certificate{
		Subject: pkix.Name{CommonName: "relaytest CA"}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	})
	if err != nil {
		return nil, err
	}
	return &CA{cert: ca.Leaf, key: ca.PrivateKey.(*ecdsa.PrivateKey)}, nil
}

// PEM is the CA's own certificate, to trust.
func (ca *CA) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: ca.cert.Raw})
}

// File writes PEM into a folder, for a destination's ca_file, and returns the
// file's name.
func (ca *CA) File(dir string) (string, error) {
	name := filepath.Join(dir, "ca.pem")
	return name, os.WriteFile(name, ca.PEM(), 0o600)
}

// Issue makes a certificate for hosts, which are names or IP addresses (by
// default 127.0.0.1, ::1 and localhost), valid for lifetime from an hour ago
// on: 30 minutes make one that has expired.
func (ca *CA) Issue(lifetime time.Duration, hosts ...string) (tls.Certificate, error) {
	return issue(ca, server(lifetime, hosts))
}

// Valid is a server's TLS configuration with a good certificate for hosts; see
// Issue. For a certificate of the wrong host, name another one.
func (ca *CA) Valid(hosts ...string) (*tls.Config, error) {
	return serving(ca.Issue(2*time.Hour, hosts...))
}

// Expired is Valid with a certificate that expired half an hour ago.
func (ca *CA) Expired(hosts ...string) (*tls.Config, error) {
	return serving(ca.Issue(30*time.Minute, hosts...))
}

// SelfSigned is Valid with a certificate that no CA has signed.
func SelfSigned(hosts ...string) (*tls.Config, error) {
	return serving(issue(nil, server(2*time.Hour, hosts)))
}

// WriteKeyPair makes a certificate as Valid does and writes cert.pem and
// key.pem into a folder, for a listener that is configured with files.
func (ca *CA) WriteKeyPair(dir string, hosts ...string) (certFile, keyFile string, err error) {
	c, err := ca.Issue(2*time.Hour, hosts...)
	if err != nil {
		return "", "", err
	}
	der, err := x509.MarshalPKCS8PrivateKey(c.PrivateKey)
	if err != nil {
		return "", "", err
	}
	certFile, keyFile = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	if err := os.WriteFile(certFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Leaf.Raw}), 0o600); err != nil {
		return "", "", err
	}
	return certFile, keyFile, os.WriteFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600)
}

func serving(c tls.Certificate, err error) (*tls.Config, error) {
	if err != nil {
		return nil, err
	}
	return &tls.Config{Certificates: []tls.Certificate{c}}, nil
}

func server(lifetime time.Duration, hosts []string) x509.Certificate {
	if len(hosts) == 0 {
		hosts = []string{"127.0.0.1", "::1", "localhost"}
	}
	begin := time.Now().Add(-time.Hour)
	c := x509.Certificate{
		Subject: pkix.Name{CommonName: hosts[0]}, NotBefore: begin, NotAfter: begin.Add(lifetime),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, h := range hosts {
		if ip := net.ParseIP(h); ip != nil {
			c.IPAddresses = append(c.IPAddresses, ip)
		} else {
			c.DNSNames = append(c.DNSNames, h)
		}
	}
	return c
}

// issue signs a certificate; without a CA with the certificate's own key.
func issue(ca *CA, c x509.Certificate) (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	if c.SerialNumber, err = rand.Int(rand.Reader, big.NewInt(1<<62)); err != nil {
		return tls.Certificate{}, err
	}
	parent, signer := &c, key
	if ca != nil {
		parent, signer = ca.cert, ca.key
	}
	der, err := x509.CreateCertificate(rand.Reader, &c, parent, &key.PublicKey, signer)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("issue certificate: %w", err)
	}
	leaf, err := x509.ParseCertificate(der)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, err
}
