package main

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

// tlsOptions say whether a command serves HTTPS, and with which certificate.
type tlsOptions struct {
	local     bool   // --tls: a certificate made here
	cert, key string // --tls-cert, --tls-key
}

func (o tlsOptions) wanted() bool { return o.local || o.cert != "" || o.key != "" }

// wrap puts TLS on a listener. folder is where a certificate made here is kept, so that people
// trust it once.
func (o tlsOptions) wrap(listener net.Listener, folder, host string) (net.Listener, error) {
	if !o.wanted() {
		return listener, nil
	}
	pair, err := o.load(folder, host)
	if err != nil {
		return nil, err
	}
	return tls.NewListener(listener, &tls.Config{
		Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"},
	}), nil
}

func (o tlsOptions) load(folder, host string) (tls.Certificate, error) {
	switch {
	case (o.cert == "") != (o.key == ""):
		return tls.Certificate{}, fmt.Errorf("--tls-cert and --tls-key belong together; give both")
	case o.cert != "":
		pair, err := tls.LoadX509KeyPair(o.cert, o.key)
		if err != nil {
			return pair, fmt.Errorf("the certificate %s cannot be used: %w", o.cert, err)
		}
		return pair, nil
	}
	certFile, keyFile := localCertificate(folder), filepath.Join(folder, "localhost-key.pem")
	if pair, err := tls.LoadX509KeyPair(certFile, keyFile); err == nil && stillGood(pair, host) {
		return pair, nil
	}
	certText, keyText, err := makeCertificate(host, time.Now())
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("no certificate could be made: %w", err)
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return tls.Certificate{}, fmt.Errorf("the certificate cannot be kept: %w", err)
	}
	for file, text := range map[string][]byte{certFile: certText, keyFile: keyText} {
		if err := os.WriteFile(file, text, 0o600); err != nil {
			return tls.Certificate{}, fmt.Errorf("the certificate cannot be kept: %w", err)
		}
	}
	return tls.X509KeyPair(certText, keyText)
}

// localCertificate is the file of the certificate that --tls makes.
func localCertificate(folder string) string { return filepath.Join(folder, "localhost.pem") }

func stillGood(pair tls.Certificate, host string) bool {
	certificate, err := x509.ParseCertificate(pair.Certificate[0])
	return err == nil && time.Now().Add(24*time.Hour).Before(certificate.NotAfter) && certificate.VerifyHostname(host) == nil
}

// makeCertificate signs for this machine's own names, for a year.
func makeCertificate(host string, now time.Time) (cert, key []byte, err error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, nil, err
	}
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: "Deltabase on this machine"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(1, 0, 0),
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		IsCA:        true, BasicConstraintsValid: true,
		DNSNames:    []string{"localhost"},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
	}
	if ip := net.ParseIP(host); ip != nil {
		template.IPAddresses = append(template.IPAddresses, ip)
	} else if host != "" && host != "localhost" {
		template.DNSNames = append(template.DNSNames, host)
	}
	signed, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		return nil, nil, err
	}
	private8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return nil, nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: signed}),
		pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private8}), nil
}
