package site

import (
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/secret"
	"github.com/skyferry/skyferry/internal/site"
)

// The ways to give certificates and keys.
const (
	uploaded = "upload"
	named    = "paths"
)

// The authorities that the server's certificate behind a proxy is verified against.
const (
	ownRoot   = "root"
	hostsRoot = "host"
)

// form is what stands in the fields. Key and JWT go in and never come out again.
type form struct {
	Version       int64
	Kind          string
	Way           string
	Host          string
	Port          string
	Source        string // uploaded or named
	ClientPEM     string // as uploaded with this form; empty: the stored one
	ClientFile    string
	KeyFile       string
	Authority     string // ownRoot or hostsRoot; counts through a proxy
	RootPEM       string
	RootFile      string
	UserDirectory string
	UserID        string
	Prefix        string
	JWTFile       string
	Callback      string
	Look          string // seconds
	Sweep         string // minutes
	Exports       string
	From          string // such as 22:00
	To            string
	Acting        bool
	ObserveOnly   bool
	Refused       string // why nothing was saved; empty when nothing was refused
	Faults        map[string]string

	key secret.Text
	jwt secret.Text
}

func formOf(c site.Connection) form {
	f := form{
		Version: c.Version, Kind: string(c.Kind), Way: string(c.Way), Host: c.Host, Port: number(c.Port), Source: uploaded,
		ClientFile: c.ClientFile, KeyFile: c.KeyFile, RootFile: c.RootFile, Authority: ownRoot,
		UserDirectory: c.UserDirectory, UserID: c.UserID, Prefix: c.Prefix, JWTFile: c.JWTFile, Callback: c.Callback,
		Look: units(c.Look, time.Second), Sweep: units(c.Sweep, time.Minute), Exports: number(c.Exports),
		Acting: c.Acting, ObserveOnly: c.ObserveOnly,
	}
	if !c.Window.Always() {
		f.From, f.To = clock(c.Window.From), clock(c.Window.To)
	}
	if c.ClientFile != "" || c.KeyFile != "" || c.RootFile != "" || c.JWTFile != "" {
		f.Source = named
	}
	if c.Way == site.ByProxy && c.RootPEM == "" && c.RootFile == "" {
		f.Authority = hostsRoot
	}
	if c.Kind != site.Repository {
		f.suggest()
	}
	return f
}

// suggest fills in what a repository is mostly connected with. The repository is what a new console asks for.
func (f *form) suggest() {
	if f.Kind == string(site.Unset) {
		f.Kind = string(site.Repository)
	}
	if f.Way == "" {
		f.Way = string(site.ByCertificate)
	}
	if f.UserDirectory == "" && f.UserID == "" {
		f.UserDirectory, f.UserID, _ = strings.Cut(site.DefaultUser, `\`)
	}
}

// Bounds of a form with its certificates: a file that is far too large still gets its message at the field.
const (
	bodyLimit  = 1 << 20
	filesLimit = 16 << 20 // of one with files
	fileLimit  = 64 << 10 // more is no certificate and no key
)

// parse reads a form with or without files.
func parse(w http.ResponseWriter, r *http.Request) error {
	limit := int64(bodyLimit)
	if strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/") {
		limit = filesLimit
	}
	r.Body = http.MaxBytesReader(w, r.Body, limit)
	err := r.ParseMultipartForm(bodyLimit) //nolint:gosec // the body is bounded in the line above
	if err == nil || errors.Is(err, http.ErrNotMultipart) {
		return nil
	}
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return err
	}
	return fault.Wrap(err, fault.Invalid, "The form could not be read. Send it again.")
}

// decode reads the fields as they were sent. Only outer blanks go.
func decode(r *http.Request) form {
	text := func(name string) string { return strings.TrimSpace(r.PostForm.Get(name)) }
	version, _ := strconv.ParseInt(text("version"), 10, 64) // no number is version 0, which is stale wherever something is stored
	return form{
		Version: version, Kind: text("kind"), Way: text("way"), Host: text("host"), Port: text("port"), Source: text("source"),
		ClientPEM: file(r, "client"), ClientFile: text("clientfile"), KeyFile: text("keyfile"),
		Authority: text("authority"), RootPEM: file(r, "root"), RootFile: text("rootfile"),
		UserDirectory: text("directory"), UserID: text("user"), Prefix: text("prefix"), JWTFile: text("jwtfile"),
		Callback: text("callback"), Look: text("look"), Sweep: text("sweep"), Exports: text("exports"), From: text("windowfrom"), To: text("windowto"),
		Acting: r.PostForm.Has("acting"), ObserveOnly: r.PostForm.Has("observeonly"),
		key: secret.Text(file(r, "key")), jwt: secret.Text(text("jwt")),
	}
}

// file gives a file that was chosen, else the text of a field of the same name: a page that comes back keeps certificates so. Where none
// was chosen, a browser sends an empty text of that name before it.
func file(r *http.Request, name string) string {
	if r.MultipartForm != nil && len(r.MultipartForm.File[name]) > 0 {
		f, err := r.MultipartForm.File[name][0].Open()
		if err == nil {
			defer f.Close()
			if text, err := io.ReadAll(io.LimitReader(f, fileLimit)); err == nil && len(text) > 0 {
				return string(text)
			}
		}
	}
	return strings.TrimSpace(strings.Join(r.PostForm[name], ""))
}

// connection gives the connection as the form wants it. What only the other ways need is dropped; secrets that were left
// empty stay as they are stored.
func (f form) connection(stored site.Connection) site.Connection {
	c := site.Connection{Kind: site.Kind(f.Kind), Version: f.Version, ObserveOnly: f.ObserveOnly, Fixed: stored.Fixed}
	if c.Kind != site.Repository {
		return c
	}
	c.Way, c.Host, c.Callback, c.Acting = site.Way(f.Way), f.Host, strings.TrimRight(f.Callback, "/"), f.Acting
	c.Port, _ = count(f.Port)
	c.Exports, _ = count(f.Exports)
	c.Look, _ = span(f.Look, time.Second)
	c.Sweep, _ = span(f.Sweep, time.Minute)
	c.Window, _ = window(f.From, f.To)
	if c.Way == site.ByProxy {
		f.proxy(&c, stored)
	} else {
		f.certificates(&c, stored)
	}
	return c
}

func (f form) certificates(c *site.Connection, stored site.Connection) {
	c.UserDirectory, c.UserID = f.UserDirectory, f.UserID
	if f.Source == named {
		c.ClientFile, c.KeyFile, c.RootFile = f.ClientFile, f.KeyFile, f.RootFile
		return
	}
	c.ClientPEM, c.KeyPEM, c.RootPEM = either(f.ClientPEM, stored.ClientPEM), either(f.key.Reveal(), stored.KeyPEM), either(f.RootPEM, stored.RootPEM)
}

func (f form) proxy(c *site.Connection, stored site.Connection) {
	c.Prefix = strings.Trim(f.Prefix, "/")
	if f.Source == named {
		c.JWTFile = f.JWTFile
	} else {
		c.JWT = either(f.jwt.Reveal(), stored.JWT)
	}
	switch {
	case f.Authority == hostsRoot:
	case f.Source == named:
		c.RootFile = f.RootFile
	default:
		c.RootPEM = either(f.RootPEM, stored.RootPEM)
	}
}

func either(typed, stored string) string {
	if typed != "" {
		return typed
	}
	return stored
}

// check fills the faults that only the form can have, and those of the connection.
func (f *form) check(stored site.Connection) bool {
	f.Faults = map[string]string{}
	if f.Kind == string(site.Repository) {
		f.checkNumbers()
		f.checkJWT(stored)
	}
	for field, text := range f.connection(stored).Check() {
		f.blame(field, text)
	}
	return len(f.Faults) == 0
}

// blame puts a fault at its field: of a certificate or the JWT that is at the path where one is given. The first counts.
func (f *form) blame(field, text string) {
	if f.Source == named && (field == "client" || field == "key" || field == "root" || field == "jwt") {
		field += "file"
	}
	if f.Faults[field] == "" {
		f.Faults[field] = text
	}
}

func (f *form) checkNumbers() {
	if _, ok := count(f.Port); !ok {
		f.Faults["port"] = "Enter a port from 1 to 65535, or nothing for the usual one."
	}
	if _, ok := span(f.Look, time.Second); !ok {
		f.Faults["look"] = "Enter a number of seconds, or nothing for " + units(site.DefaultLook, time.Second) + "."
	}
	if _, ok := span(f.Sweep, time.Minute); !ok {
		f.Faults["sweep"] = "Enter a number of minutes, or nothing for " + units(site.DefaultSweep, time.Minute) + "."
	}
	if _, ok := count(f.Exports); !ok {
		f.Faults["exports"] = fmt.Sprintf("Enter a whole number, or nothing for %d.", site.DefaultExports)
	}
	if _, ok := window(f.From, f.To); !ok {
		f.Faults["windowfrom"] = "Enter both times, such as 22:00 and 06:00, or none for the whole day."
	}
}

// checkJWT lets a stored JWT go to no other place than the one it was entered for: whoever has it is that user there.
func (f *form) checkJWT(stored site.Connection) {
	wanted := f.connection(stored)
	if wanted.Way == site.ByProxy && wanted.JWT != "" && f.jwt == "" && wanted.Origin().String() != stored.Origin().String() {
		f.Faults["jwt"] = "Enter the JWT again: it was entered for another address and is sent to no other by itself."
	}
}

// changed says whether the form was sent by somebody who may have typed something.
func changed(values url.Values) bool { return values.Has("kind") }

// number is empty where nothing is set.
func number(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// units writes a span in a unit; nothing is empty.
func units(d, unit time.Duration) string {
	if d == 0 {
		return ""
	}
	return strconv.FormatFloat(float64(d)/float64(unit), 'f', -1, 64)
}

// count reads a whole number; nothing is 0.
func count(text string) (n int, ok bool) {
	if text == "" {
		return 0, true
	}
	n, err := strconv.Atoi(text)
	return n, err == nil && n > 0 && n <= math.MaxUint16
}

// span reads a number of units; nothing is 0.
func span(text string, unit time.Duration) (d time.Duration, ok bool) {
	if text == "" {
		return 0, true
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || !(n > 0 && n <= 1e6) {
		return 0, false
	}
	return time.Duration(n * float64(unit)), true
}

// window reads the times of day between which exports may begin.
func window(from, to string) (w site.Window, ok bool) {
	if from == "" && to == "" {
		return w, true
	}
	begin, err1 := time.Parse("15:04", from)
	end, err2 := time.Parse("15:04", to)
	if err1 != nil || err2 != nil {
		return w, false
	}
	return site.Window{From: begin.Hour()*60 + begin.Minute(), To: end.Hour()*60 + end.Minute()}, true
}

func clock(minute int) string { return fmt.Sprintf("%02d:%02d", minute/60, minute%60) }
