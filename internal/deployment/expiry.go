package deployment

import (
	"fmt"
	"slices"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/skyferry/skyferry/internal/secret"
)

// Expiry is something of a deployment that ends by itself.
type Expiry struct {
	What string // as it begins a sentence: "The API key"
	At   time.Time
	Then string // what to do, as a sentence
}

// notices are how many days ahead an end is announced, the nearest first.
var notices = []int{1, 7, 30}

const day = 24 * time.Hour

// Notice gives the announcement that an end is due for: 1, 7 or 30 days ahead. It is 0 when the end is further away, and 1
// when it is over.
func (e Expiry) Notice(now time.Time) int {
	for _, days := range notices {
		if e.At.Sub(now) <= time.Duration(days)*day {
			return days
		}
	}
	return 0
}

// Over says whether the end is past.
func (e Expiry) Over(now time.Time) bool { return !e.At.After(now) }

// Words says when it ends, as a sentence: "The API key ends in 6 days."
func (e Expiry) Words(now time.Time) string {
	days := int(e.At.Sub(now) / day)
	switch {
	case e.Over(now) && days == 0:
		return e.What + " has ended."
	case e.Over(now):
		return fmt.Sprintf("%s ended %s ago.", e.What, dayWords(-days))
	case days == 0:
		return e.What + " ends within a day."
	default:
		return fmt.Sprintf("%s ends in %s.", e.What, dayWords(days))
	}
}

func dayWords(n int) string {
	if n == 1 {
		return "1 day"
	}
	return fmt.Sprintf("%d days", n)
}

// Expiries gives all that is known to end, the nearest first.
func (d Deployment) Expiries() []Expiry {
	var all []Expiry
	add := func(what string, at time.Time, then string) {
		if !at.IsZero() {
			all = append(all, Expiry{what, at, then})
		}
	}
	switch d.Auth {
	case APIKey:
		add("The API key", KeyExpiry(d.APIKey), "Make a new one in the tenant and enter it on the deployment.")
	case ClientCredentials:
		add("The client secret", d.SecretExpires, "Make a new one in the tenant and enter it on the deployment, with its own date.")
	}
	add("The tenant’s TLS certificate", d.CertificateExpires, "Whoever runs the address renews it. Test connection reads it anew.")
	slices.SortStableFunc(all, func(a, b Expiry) int { return a.At.Compare(b.At) })
	return all
}

// Due gives what ends within 30 days, or is over.
func (d Deployment) Due(now time.Time) []Expiry {
	return slices.DeleteFunc(d.Expiries(), func(e Expiry) bool { return e.Notice(now) == 0 })
}

// KeyExpiry reads the end of an API key, which is a JWT (qlik-cloud-api.md section 2.3). It is zero for one that tells none. The
// signature is the tenant's affair.
func KeyExpiry(key secret.Text) time.Time {
	var claims jwt.RegisteredClaims
	if _, _, err := jwt.NewParser().ParseUnverified(key.Reveal(), &claims); err != nil || claims.ExpiresAt == nil {
		return time.Time{}
	}
	return claims.ExpiresAt.UTC()
}
