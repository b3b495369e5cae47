package site

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/web/origin"
	"github.com/skyferry/skyferry/web/ui"
)

var kinds = []ui.Option{
	{Value: string(site.Embedded), Label: site.Embedded.Words(), Help: "The console’s own library: people upload and publish apps here."},
	{Value: string(site.Repository), Label: site.Repository.Words(), Help: "The repository (QRS) of a Qlik Sense site on your own servers. What people publish there goes to the cloud by itself."},
}

var ways = []ui.Option{
	{Value: string(site.ByCertificate), Label: site.ByCertificate.Words()},
	{Value: string(site.ByProxy), Label: site.ByProxy.Words()},
}

var sources = []ui.Option{
	{Value: uploaded, Label: "Upload"},
	{Value: named, Label: "Files on the console’s host"},
}

var authorities = []ui.Option{
	{Value: ownRoot, Label: "root.pem"},
	{Value: hostsRoot, Label: "the authorities of the console’s host"},
}

// with completes a field by its fault and its stored value.
func (p page) with(f ui.Field, was string) ui.Field {
	f.Error = p.Form.Faults[f.Name]
	if p.Stored.Kind != site.Unset {
		f.Was = was
	}
	return f
}

func (p page) was() form { return formOf(p.Stored) }

func (p page) kind() ui.Field {
	return p.with(ui.Field{Name: "kind", Label: "Apps come from", Type: "radio", Value: p.Form.Kind, Options: kinds}, "")
}

// address is where the repository is.
func (p page) address() []ui.Field {
	f, was := p.Form, p.was()
	return []ui.Field{
		p.with(ui.Field{Name: "host", Label: "Host", Value: f.Host, Help: "Name or IP address of the central node, such as sense.example.com. The server’s certificate has to be valid for it.", Attrs: ui.Attributes{"spellcheck": "false"}}, was.Host),
		p.with(ui.Field{Name: "way", Label: "Sign in with", Type: "select", Value: f.Way, Options: ways, Short: true}, was.Way),
		p.with(ui.Field{Name: "port", Label: "Port", Value: f.Port, Short: true, Optional: true, Help: fmt.Sprintf("Empty means %d, or %d through the proxy.", site.RepositoryPort, site.ProxyPort), Attrs: ui.Attributes{"inputmode": "numeric"}}, was.Port),
	}
}

// source chooses how certificates and keys are given.
func (p page) source() ui.Field {
	return p.with(ui.Field{Name: "source", Label: "Certificates and keys", Type: "select", Value: p.Form.Source, Options: sources, Short: true,
		Help: "Files on the console’s host are read anew at each connect, so that a renewal needs nobody."}, p.was().Source)
}

// user is whom the console acts as with certificates.
func (p page) user() []ui.Field {
	f, was := p.Form, p.was()
	return []ui.Field{
		p.with(ui.Field{Name: "directory", Label: "User directory", Value: f.UserDirectory, Help: "Of the user that the console acts as. Least rights says what it needs."}, was.UserDirectory),
		p.with(ui.Field{Name: "user", Label: "User id", Value: f.UserID}, was.UserID),
	}
}

// certificates are the fields of uploaded certificates.
func (p page) certificates() []ui.Field {
	return []ui.Field{
		p.pem("client", "client.pem", p.Form.ClientPEM, origin.Client(site.Connection{Way: site.ByCertificate, ClientPEM: p.Stored.ClientPEM}), origin.Client(site.Connection{Way: site.ByCertificate, ClientPEM: p.Form.ClientPEM})),
	}
}

// again are the secrets that were entered with a form which has a question: they are entered beside the answer.
func (p page) again() []ui.Field {
	if p.Question == nil {
		return nil
	}
	var fields []ui.Field
	if p.Form.key != "" {
		fields = append(fields, p.key())
	}
	if p.Form.jwt != "" {
		fields = append(fields, p.token())
	}
	return fields
}

// secrets are the key and the JWT where they stand in the form, as far as they are not asked for again.
func (p page) secrets(way site.Way) []ui.Field {
	switch {
	case p.Question != nil && (way == site.ByProxy && p.Form.jwt != "" || way == site.ByCertificate && p.Form.key != ""):
		return nil
	case way == site.ByProxy:
		return []ui.Field{p.token()}
	default:
		return []ui.Field{p.key()}
	}
}

func (p page) rootPEM() ui.Field {
	return p.pem("root", "root.pem", p.Form.RootPEM, origin.Root(site.Connection{RootPEM: p.Stored.RootPEM}), origin.Root(site.Connection{RootPEM: p.Form.RootPEM}))
}

// pem is a certificate that is uploaded. One that the page brought along need not be chosen again.
func (p page) pem(name, label, typed string, stored, sent *origin.Certificate) ui.Field {
	f := ui.Field{Name: name, Label: label, Type: "file", Help: "As the QMC exports it: Certificates, platform independent PEM format, without a password.", Attrs: accept}
	if stored != nil {
		f.Help = "Stored: " + p.subject(*stored) + " Empty keeps it."
	}
	switch {
	case typed != "" && sent != nil:
		f.Help = "Chosen: " + p.subject(*sent) + " Empty keeps it."
	case typed != "":
		f.Warning = "What was chosen is no certificate in PEM form. Choose it again."
	}
	return p.with(f, "")
}

var accept = ui.Attributes{"accept": ".pem,.crt,.cer,.key,.txt", "data-no-was": true}

// key is the field of the key, which no page ever shows.
func (p page) key() ui.Field {
	f := ui.Field{Name: "key", Label: "client_key.pem", Type: "file", Help: "Stored encrypted, never shown.", Attrs: accept}
	if p.Stored.KeyPEM != "" {
		f.Help = "A key is stored; it is never shown. Empty keeps it."
	}
	if p.Form.key != "" {
		f.Warning = "Choose it again: a key is never written into a page."
	}
	return p.with(f, "")
}

// paths are the same as files on the console's host.
func (p page) paths() []ui.Field {
	f, was := p.Form, p.was()
	return []ui.Field{
		p.with(ui.Field{Name: "clientfile", Label: "Path of client.pem", Value: f.ClientFile, Mono: true, Help: p.found(origin.Client(site.Connection{Way: site.ByCertificate, ClientFile: p.Stored.ClientFile}))}, was.ClientFile),
		p.with(ui.Field{Name: "keyfile", Label: "Path of client_key.pem", Value: f.KeyFile, Mono: true}, was.KeyFile),
	}
}

func (p page) rootFile() ui.Field {
	return p.with(ui.Field{Name: "rootfile", Label: "Path of root.pem", Value: p.Form.RootFile, Mono: true, Help: p.found(origin.Root(site.Connection{RootFile: p.Stored.RootFile}))}, p.was().RootFile)
}

func (p page) found(c *origin.Certificate) string {
	if c == nil {
		return ""
	}
	return "There now: " + p.subject(*c)
}

// subject tells whose certificate it is and until when.
func (p page) subject(c origin.Certificate) string {
	return c.Subject + ", valid from " + day(c.NotBefore) + " until " + day(c.NotAfter) + "."
}

func day(t time.Time) string { return t.UTC().Format("2 Jan 2006") }

// proxy are the fields of the way through the proxy.
func (p page) proxy() []ui.Field {
	f, was := p.Form, p.was()
	return []ui.Field{
		p.with(ui.Field{Name: "prefix", Label: "Virtual proxy prefix", Value: f.Prefix, Help: "Of the virtual proxy that takes the JWT, such as jwt."}, was.Prefix),
		p.with(ui.Field{Name: "authority", Label: "Server certificate", Type: "select", Value: f.Authority, Options: authorities, Short: true, Help: "What the proxy’s certificate is verified against: root.pem, where the site made it itself."}, was.Authority),
	}
}

// token is the JWT, given here.
func (p page) token() ui.Field {
	f := ui.Field{Name: "jwt", Label: "JWT", Type: "password", Help: "Stored encrypted, never shown again.", Attrs: ui.Attributes{"autocomplete": "new-password"}}
	if p.Stored.JWT != "" {
		f.Help = "Empty keeps the stored one. It is never shown."
	}
	if p.Form.jwt != "" {
		f.Warning = "Enter it again: a secret is never written into a page."
	}
	return p.with(f, "")
}

func (p page) tokenFile() ui.Field {
	return p.with(ui.Field{Name: "jwtfile", Label: "Path of the JWT", Value: p.Form.JWTFile, Mono: true}, p.was().JWTFile)
}

func (p page) noticing() []ui.Field {
	f, was := p.Form, p.was()
	return []ui.Field{
		p.with(ui.Field{Name: "callback", Label: "Callback address", Type: "url", Value: f.Callback, Optional: true, Help: "Under which the site’s repository reaches the console, such as http://skyferry.example.com:8080. Empty: the site is only looked at from time to time."}, was.Callback),
		p.with(ui.Field{Name: "look", Label: "Look every (seconds)", Value: f.Look, Optional: true, Short: true, Help: "For what changed. Empty means " + units(site.DefaultLook, time.Second) + ".", Attrs: ui.Attributes{"inputmode": "decimal"}}, was.Look),
		p.with(ui.Field{Name: "sweep", Label: "Full sweep every (minutes)", Value: f.Sweep, Optional: true, Short: true, Help: "Reads and compares everything. Empty means " + units(site.DefaultSweep, time.Minute) + ".", Attrs: ui.Attributes{"inputmode": "decimal"}}, was.Sweep),
	}
}

func (p page) exporting() []ui.Field {
	f, was := p.Form, p.was()
	return []ui.Field{
		p.with(ui.Field{Name: "exports", Label: "Exports at once", Value: f.Exports, Optional: true, Short: true, Help: fmt.Sprintf("The site’s engine writes the files and is shared with people. Empty means %d.", site.DefaultExports), Attrs: ui.Attributes{"inputmode": "numeric"}}, was.Exports),
		p.with(ui.Field{Name: "windowfrom", Label: "Exports begin from", Type: "time", Value: f.From, Optional: true, Short: true}, was.From),
		p.with(ui.Field{Name: "windowto", Label: "Until", Type: "time", Value: f.To, Optional: true, Short: true, Help: "Each day, by the clock of the console’s host: " + p.Now.Format("15:04 MST") + " now. The span may pass midnight; both empty mean the whole day."}, was.To),
	}
}

// acting lets the console change things on the site.
func (p page) acting() ui.Field {
	return p.with(ui.Field{Name: "acting", Label: "Acting", Type: "checkbox", Checked: p.Form.Acting, Help: "From Apps, people publish and move apps on the site and set values of custom properties. The user needs more rights for it: see Least rights. Off: the console reads and exports, and changes nothing there."}, "")
}

func (p page) observeOnly() ui.Field {
	return p.with(ui.Field{Name: "observeonly", Label: "Observe only", Type: "checkbox", Checked: p.Form.ObserveOnly, Help: "Everything is decided and shown; nothing is exported and nothing is sent. The way to try this on a running site. Switched off again, what waits goes."}, "")
}

// errors are all faults, in the order of the page.
func (p page) errors() []ui.FieldError {
	return ui.ErrorsOf(slices.Concat([]ui.Field{p.kind()}, p.address(), []ui.Field{p.source()}, p.certificates(), []ui.Field{p.key()}, p.paths(), p.proxy(),
		[]ui.Field{p.token(), p.tokenFile(), p.rootPEM(), p.rootFile()}, p.user(), p.noticing(), p.exporting(), []ui.Field{p.acting(), p.observeOnly()})...)
}

// refusal heads the summary. A sentence that stands at a field is not said twice.
func (p page) refusal() string {
	for _, text := range p.Form.Faults {
		if text == p.Form.Refused {
			return "Not applied."
		}
	}
	return strings.TrimSpace("Not applied. " + p.Form.Refused)
}
