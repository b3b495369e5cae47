package program

import (
	"net"
	"path/filepath"
	"strconv"
	"time"
)

// Repository is the site of a console, as its environment tells it.
type Repository struct {
	Address     string // of QRS, HOST:PORT
	Certs       string // folder of client.pem, client_key.pem and root.pem
	Callback    string // under which the repository reaches the console; empty: it is never called back
	Look, Sweep time.Duration
	Exports     int // at once
}

// Environment gives the variables of a console with this site.
func (r Repository) Environment() []string {
	host, port, _ := net.SplitHostPort(r.Address)
	env := []string{}
	for name, value := range map[string]string{
		"HOST": host, "PORT": port, "USER": `SERVICE\skyferry`, "CALLBACK": r.Callback,
		"LOOK": r.Look.String(), "SWEEP": r.Sweep.String(), "EXPORTS": strconv.Itoa(max(1, r.Exports)),
		"CLIENT_FILE": filepath.Join(r.Certs, "client.pem"), "KEY_FILE": filepath.Join(r.Certs, "client_key.pem"), "ROOT_FILE": filepath.Join(r.Certs, "root.pem"),
	} {
		env = append(env, "SKYFERRY_SITE_"+name+"="+value)
	}
	return env
}
