package store

import (
	"context"
	"strings"

	"github.com/skyferry/skyferry/internal/account"
	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/site"
)

// SaveSiteConnection keeps where the apps come from, when it is still in the version of c. An empty text of the certificate, the key
// or the JWT keeps the stored one. Another site is refused while deliveries are open; else what was known of the old one is forgotten,
// so that nothing is mixed up, and what its apps placed in tenants is left there.
func (s *Store) SaveSiteConnection(ctx context.Context, c site.Connection) error {
	tidySite(&c)
	return s.write(ctx, func(tx *tx) error {
		before, err := s.siteConnection(ctx, tx)
		if err != nil {
			return err
		}
		if err := mayChangeSite(tx.actor, before, c); err != nil {
			return err
		}
		if err := keepSiteSecrets(before, &c); err != nil {
			return err
		}
		if err := fault.InFields(c.Check()); err != nil {
			return err
		}
		changes := siteChanges(before, c)
		if len(changes) == 0 {
			return nil
		}
		if err := s.saveSite(ctx, tx, before, c); err != nil {
			return err
		}
		return tx.recordSite(ctx, "changed", siteName(c), changes...)
	})
}

func (s *Store) saveSite(ctx context.Context, tx *tx, before, c site.Connection) error {
	if !before.SameSite(c) {
		if err := s.leaveSite(ctx, tx, before, c); err != nil {
			return err
		}
	}
	if err := s.putSite(ctx, tx, c); err != nil {
		return err
	}
	return s.observe(ctx, tx, before.ObserveOnly, c.ObserveOnly)
}

// mayChangeSite keeps people from changing what the next start would set back, and what others have changed meanwhile.
func mayChangeSite(who account.Actor, before, c site.Connection) error {
	if before.Fixed && !c.Fixed && who != account.System {
		return fault.New(fault.Conflict, "The connection comes from the command line or the environment of the console. Change it there, then restart the console.")
	}
	if before.Version != c.Version {
		return stale(before.ModifiedBy)
	}
	return nil
}

// tidySite brings a connection into the shape in which it is stored and compared: without outer blanks, and without what its
// kind and its way do not use.
func tidySite(c *site.Connection) {
	if c.Kind != site.Repository {
		*c = site.Connection{Kind: c.Kind, ObserveOnly: c.ObserveOnly, Fixed: c.Fixed, Version: c.Version}
		return
	}
	c.Host = strings.ToLower(strings.TrimSpace(c.Host))
	c.Prefix = strings.Trim(strings.TrimSpace(c.Prefix), "/")
	c.Callback = strings.TrimRight(strings.TrimSpace(c.Callback), "/")
	for _, text := range []*string{&c.ClientPEM, &c.ClientFile, &c.KeyPEM, &c.KeyFile, &c.RootPEM, &c.RootFile, &c.UserDirectory, &c.UserID, &c.JWT, &c.JWTFile} {
		*text = strings.TrimSpace(*text)
	}
	switch c.Way {
	case site.ByCertificate:
		c.Prefix, c.JWT, c.JWTFile = "", "", ""
	case site.ByProxy:
		c.ClientPEM, c.ClientFile, c.KeyPEM, c.KeyFile, c.UserDirectory, c.UserID = "", "", "", "", "", ""
	}
}

// keepSiteSecrets takes over what the form left empty. A stored JWT is not taken over to another host: whoever may change the host
// could have it sent to a server of their own. A private key never leaves the console.
func keepSiteSecrets(before site.Connection, c *site.Connection) error {
	if c.Kind != site.Repository {
		return nil
	}
	if c.Way == site.ByCertificate {
		keepText(before.ClientPEM, &c.ClientPEM, c.ClientFile)
		keepText(before.KeyPEM, &c.KeyPEM, c.KeyFile)
		keepText(before.RootPEM, &c.RootPEM, c.RootFile)
	}
	if c.Way != site.ByProxy || c.JWT != "" || c.JWTFile != "" || before.JWT == "" {
		return nil
	}
	if !before.SameSite(*c) {
		return fault.Field(fault.Invalid, "jwt", "Enter the JWT again: the host is another one, and the stored JWT is not sent there.")
	}
	c.JWT = before.JWT
	return nil
}

func keepText(before string, text *string, file string) {
	if *text == "" && file == "" {
		*text = before
	}
}

// siteName is what the history calls a site.
func siteName(c site.Connection) string {
	if c.Kind == site.Repository {
		return c.Host
	}
	return "embedded site"
}

// siteChanges gives what the history shows of a change; of certificates and secrets only that they are set, or changed.
func siteChanges(before, c site.Connection) []account.Change {
	changes := diff(siteFields(before), siteFields(c))
	for _, kept := range []struct{ field, before, after string }{
		{"Client certificate", before.ClientPEM, c.ClientPEM}, {"Key of the certificate", before.KeyPEM, c.KeyPEM},
		{"Root certificate", before.RootPEM, c.RootPEM}, {"JWT", before.JWT, c.JWT},
	} {
		if kept.before != kept.after {
			changes = append(changes, account.Change{Field: kept.field, Before: isSet(kept.before), After: changedTo(kept.before, kept.after)})
		}
	}
	return changes
}

func isSet(text string) string {
	if text == "" {
		return ""
	}
	return "(set)"
}

func changedTo(before, after string) string {
	if before != "" && after != "" {
		return "(changed)"
	}
	return isSet(after)
}

func siteFields(c site.Connection) []field {
	return []field{
		{"Site", c.Kind.Words()}, {"Sign-in", c.Way.Words()}, {"Host", c.Host}, {"Port", limitNumber(c.Port)},
		{"Client certificate file", c.ClientFile}, {"Key file", c.KeyFile}, {"Root certificate file", c.RootFile},
		{"User directory", c.UserDirectory}, {"User", c.UserID}, {"Virtual proxy prefix", c.Prefix}, {"JWT file", c.JWTFile},
		{"Callback address", c.Callback}, {"Time between two looks", lengthText(c.Look)}, {"Time between two full sweeps", lengthText(c.Sweep)},
		{"Exports at once", limitNumber(c.Exports)}, {"Exports begin", windowText(c.Window)}, {"Acting on the site", yesNo(c.Acting)},
		{"Observe only", yesNo(c.ObserveOnly)}, {"Set by command line or environment", yesNo(c.Fixed)},
	}
}
