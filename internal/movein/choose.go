package movein

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/skyferry/skyferry/internal/policy"
	"github.com/skyferry/skyferry/internal/rule"
)

// Choice is a rule that somebody wants to import.
type Choice struct {
	RuleID string
	Name   string // of the policy
	Mark   string // of the offer as it was shown; empty: nobody looked yet
}

// Refused is a choice that cannot be done.
type Refused struct {
	Choice

	Rule string // its name at the site, or its id
	Why  string
}

// Mark is a short mark of what the policy will be, apart from its name: the site may change the rule while somebody looks at it.
func (o Offer) Mark() string {
	p := o.Policy
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %q %q %q %q %t", p.Origin, p.Description, p.ResourceFilter, p.Conditions, p.Tags, p.Disabled))
	return hex.EncodeToString(sum[:8])
}

// Choose gives the offers that are chosen, each under its chosen name, and what cannot be done with the reason.
func (p Plan) Choose(choices []Choice, stored []policy.Policy) (chosen []Offer, refused []Refused) {
	taken := namesOf(stored)
	for _, c := range choices {
		o, why := p.choose(c, taken)
		if why != "" {
			refused = append(refused, Refused{c, p.called(c.RuleID), why})
			continue
		}
		taken[key(c.Name)] = fmt.Sprintf("Another rule of this choice is called %q already.", o.Policy.Name)
		chosen = append(chosen, o)
	}
	return chosen, refused
}

func (p Plan) choose(c Choice, taken names) (Offer, string) {
	o, why := p.offered(c.RuleID)
	if why != "" {
		return o, why
	}
	if c.Mark != "" && c.Mark != o.Mark() {
		return o, "It was changed at the site meanwhile. Look at it again before you import it."
	}
	o.Policy.Name = strings.TrimSpace(c.Name)
	faults, _ := o.Policy.Check(rule.Vocabulary{})
	switch {
	case faults["name"] != "":
		return o, faults["name"]
	case taken[key(c.Name)] != "":
		return o, taken[key(c.Name)] + " Choose another name."
	}
	return o, ""
}

// offered finds a rule among what can be imported, or says why it is not there.
func (p Plan) offered(id string) (Offer, string) {
	for _, o := range p.Offers {
		if o.Rule.ID == id {
			return o, ""
		}
	}
	for _, l := range p.Left {
		if l.Rule.ID == id {
			return Offer{}, l.Why
		}
	}
	return Offer{}, "The site does not answer this rule any more, or it does not have the action Distribute any more."
}

// called gives the name of a rule, or its id where it is not there any more.
func (p Plan) called(id string) string {
	for _, o := range p.Offers {
		if o.Rule.ID == id {
			return o.Rule.Name
		}
	}
	for _, l := range p.Left {
		if l.Rule.ID == id {
			return l.Rule.Name
		}
	}
	return id
}
