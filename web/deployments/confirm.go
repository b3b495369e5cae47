package deployments

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/policy"
	"github.com/skyferry/skyferry/internal/store"
	"github.com/skyferry/skyferry/web/ui"
)

// confirmation is the page before an act.
type confirmation struct {
	Act      act
	Stored   deployment.Deployment
	Effects  store.Consequences
	Policies []policy.Policy
	Reason   string
	Typed    string
	Refused  bool // sent, and something is wrong
}

func (s *Screen) confirmation(ctx context.Context, a act, id string) (c confirmation, err error) {
	c.Act = a
	if c.Stored, err = s.Store.Deployment(ctx, id); err != nil {
		return c, err
	}
	if c.Effects, err = s.Store.Consequences(ctx, id); err != nil {
		return c, err
	}
	c.Policies, err = s.naming(ctx, c.Stored.Name)
	return c, err
}

func (c confirmation) answered(values url.Values) confirmation {
	c.Refused, c.Reason, c.Typed = true, strings.TrimSpace(values.Get("reason")), strings.TrimSpace(values.Get("confirm"))
	return c
}

// typesName says whether the name has to be typed.
func (c confirmation) typesName() bool { return c.Act.name && c.Stored.Kind == deployment.Production }

func (c confirmation) nameFault() string {
	if !c.Refused || !c.typesName() || c.Typed == c.Stored.Name {
		return ""
	}
	return "This is not the name. Type " + c.Stored.Name + "."
}

func (c confirmation) reasonFault() string {
	switch {
	case !c.Refused || !c.Act.reason:
		return ""
	case c.Stored.Pause != nil:
		return "It is paused already, by " + c.Stored.Pause.By + ": " + sentence(c.Stored.Pause.Reason) + " That reason stays until somebody resumes."
	case c.Reason == "":
		return "Enter why. The reason stands in the banner, and who resumes will need it."
	case utf8.RuneCountInString(c.Reason) > 500:
		return "Shorten the reason to 500 characters."
	default:
		return ""
	}
}

func (c confirmation) title() string {
	return fmt.Sprintf("%s %q?", cmp.Or(c.Act.title, c.Act.verb), c.Stored.Name)
}

// fields are what the act asks for.
func (c confirmation) fields() []ui.Field {
	var fields []ui.Field
	if c.Act.reason {
		fields = append(fields, ui.Field{Name: "reason", Label: "Reason", Value: c.Reason, Required: true, Error: c.reasonFault(), Help: "Stands in the banner until somebody resumes."})
	}
	if c.typesName() {
		fields = append(fields, ui.Field{Name: "confirm", Label: "Name of the deployment", Value: c.Typed, Error: c.nameFault(), Help: "It is a Production deployment: type " + c.Stored.Name + " to confirm.", Attrs: ui.Attributes{"autocomplete": "off"}})
	}
	return fields
}

// sentences are all that will happen, in words: what it does here and there and which policies name it, then the rest.
func (c confirmation) sentences() []string {
	here, there, more := c.Act.words(c.Effects)
	if c.Act.inner {
		return []string{here + " " + there, more}
	}
	return []string{here + " " + there + " " + namedBy(c.Policies), more}
}

func (c confirmation) button() ui.Button {
	if c.Act.danger {
		return ui.Button{Label: c.Act.verb, Kind: ui.Danger}
	}
	return ui.Button{Label: c.Act.verb, Kind: ui.Primary}
}
