package fault

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
)

// OfNetwork says for people why a call over the network failed: a clause without capital and stop, such as "nothing listens at
// 10.0.0.5:8080". What no network error is keeps its own words.
func OfNetwork(err error) string {
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "proxyconnect" {
		return "the outbound proxy cannot be used: " + OfNetwork(op.Err)
	}
	for _, words := range []func(error) string{ofName, ofTrust, ofConnection, ofTime} {
		if text := words(err); text != "" {
			return text
		}
	}
	if op, ok := errors.AsType[*net.OpError](err); ok {
		err = op.Err // such as what a guard said; the address would stand there twice
	}
	return bare(err.Error())
}

// bare is a text of Go's libraries without the name of the library.
func bare(text string) string {
	for _, library := range []string{"net/http: ", "http: ", "tls: ", "x509: "} {
		text = strings.TrimPrefix(text, library)
	}
	return text
}

func ofName(err error) string {
	unknown, ok := errors.AsType[*net.DNSError](err)
	switch {
	case !ok:
		return ""
	case unknown.IsNotFound:
		return "the name " + unknown.Name + " is not known here"
	}
	return "the name servers do not answer for " + unknown.Name
}

// ofTrust is about TLS.
func ofTrust(err error) string {
	if alert, ok := errors.AsType[*net.OpError](err); ok && alert.Op == "remote error" {
		return "the other side ended the TLS handshake (" + bare(alert.Err.Error()) + ")"
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok || errors.Is(err, http.ErrSchemeMismatch) {
		return "what answers there does not speak TLS"
	}
	if name, ok := errors.AsType[x509.HostnameError](err); ok {
		return "the certificate is not for " + name.Host
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return "the certificate was issued by an authority that is not trusted here"
	}
	if invalid, ok := errors.AsType[x509.CertificateInvalidError](err); ok && invalid.Reason == x509.Expired {
		return "the certificate has expired, or is not valid yet"
	}
	if bad, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return "the certificate cannot be trusted: " + bare(bad.Err.Error())
	}
	return ""
}

func ofConnection(err error) string {
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return "nothing listens" + place(" at ", err)
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return "there is no way from here" + place(" to ", err)
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE), errors.Is(err, net.ErrClosed):
		return "the connection was reset"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "the connection ended early"
	}
	return ""
}

func ofTime(err error) string {
	late, ok := errors.AsType[net.Error](err)
	switch {
	case errors.Is(err, context.Canceled):
		return "the call was ended"
	case ok && late.Timeout(), errors.Is(err, os.ErrDeadlineExceeded):
		return "no answer came in time"
	}
	return ""
}

// place names the address that a call went to, where the error knows it.
func place(before string, err error) string {
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Addr != nil {
		return before + op.Addr.String()
	}
	return ""
}
