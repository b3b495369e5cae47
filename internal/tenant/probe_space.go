package tenant

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
)

// probedSpace is a space with what the tenant tells of our place in it (qlik-cloud-api.md section 5, Spaces).
type probedSpace struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	OwnerID string `json:"ownerId"`
	Meta    *struct {
		Actions []string `json:"actions"`
		Roles   []string `json:"roles"`
	} `json:"meta"`
}

// maxProbed bounds how many spaces a test looks at.
const maxProbed = 5

var staged = untold("Apps are staged here: no space is named. An admin of the tenant gives each app its space.")

func (p *probe) spacesExist(ctx context.Context) (string, error) {
	if len(p.want.Spaces) == 0 {
		return "", staged
	}
	var missing []string
	for _, name := range p.want.Spaces[:min(len(p.want.Spaces), maxProbed)] {
		s, found, err := p.look(ctx, name, Managed)
		if err != nil {
			return "", told(err, "its spaces")
		}
		if !found {
			missing = append(missing, "“"+name+"”")
			continue
		}
		p.spaces = append(p.spaces, s)
	}
	switch names := strings.Join(missing, ", "); {
	case names == "":
	case p.want.MakesSpaces:
		return names + is(len(missing)) + "not there yet, or not shown to this account; a missing space is made with the first app.", nil
	default:
		return "", wrong(names+is(len(missing))+"not there, or not shown to this account.",
			"Make the managed space in the tenant, or let the deployment make missing spaces. Apps for it wait until then.")
	}
	return quotedNames(p.spaces) + is(len(p.spaces)) + "there.", nil
}

// is gives the verb of one thing or of several.
func is(n int) string {
	if n == 1 {
		return " is "
	}
	return " are "
}

func (p *probe) look(ctx context.Context, name, kind string) (probedSpace, bool, error) {
	found, err := list[probedSpace](ctx, p.Client, "look for the space", "spaces", url.Values{"name": {name}, "type": {kind}})
	at := slices.IndexFunc(found, func(s probedSpace) bool { return s.Name == name })
	if err != nil || at < 0 {
		return probedSpace{}, false, err
	}
	return found[at], true, nil
}

func quotedNames(spaces []probedSpace) string {
	var names []string
	for _, s := range spaces {
		names = append(names, "“"+clean(s.Name, nil)+"”")
	}
	return strings.Join(names, ", ")
}

// publishers are the roles of a managed space whose members may publish to it (qlik-cloud-api.md section 5).
var publishers = []string{"publisher", "facilitator"}

func (p *probe) owns(s probedSpace) bool { return s.OwnerID != "" && s.OwnerID == p.me.ID }

// gives says whether we have one of the roles there, as far as the tenant tells our roles.
func (s probedSpace) gives(roles []string) bool {
	return s.Meta != nil && slices.ContainsFunc(roles, func(role string) bool { return slices.Contains(s.Meta.Roles, role) })
}

func (p *probe) mayPublish(context.Context) (string, error) {
	switch {
	case len(p.want.Spaces) == 0:
		return "", staged
	case len(p.spaces) == 0:
		return "", untold("No space is there yet. Who makes a space may publish to it.")
	}
	for _, s := range p.spaces {
		switch {
		case p.owns(s):
		case s.Meta == nil:
			return "", untold("The tenant does not tell our roles in “" + clean(s.Name, nil) + "”.")
		case !s.gives(publishers):
			return "", wrong("The service account has no role in “"+clean(s.Name, nil)+"” that may publish.",
				"Make it a member of the space with the role Can publish or Can manage.")
		}
	}
	return "The service account may publish to " + quotedNames(p.spaces) + ".", nil
}

// whoOpens tells in words who are members of the spaces.
func (p *probe) whoOpens(ctx context.Context) (string, error) {
	switch {
	case len(p.want.Spaces) == 0:
		return "", staged
	case len(p.spaces) == 0:
		return "", untold("No space is there yet.")
	}
	var said []string
	alone := false
	for _, s := range p.spaces {
		members, err := list[member](ctx, p.Client, "read the members of the space", "spaces/"+url.PathEscape(s.ID)+"/assignments", url.Values{})
		if err != nil {
			return "", told(err, "the members of its spaces")
		}
		members = slices.DeleteFunc(members, func(m member) bool { return m.AssigneeID == p.me.ID })
		alone = alone || len(members) == 0
		said = append(said, "“"+clean(s.Name, nil)+"”: "+memberWords(members))
	}
	if alone {
		return "", mind(strings.Join(said, ". ")+".", "Add members to the space in the tenant, or nobody sees the apps.")
	}
	return strings.Join(said, ". ") + ".", nil
}

// member is an assignment of a space.
type member struct {
	Type       string   `json:"type"` // user, group, bot
	AssigneeID string   `json:"assigneeId"`
	Roles      []string `json:"roles"`
}

func memberWords(members []member) string {
	if len(members) == 0 {
		return "nobody but its owner and the service account"
	}
	kinds, roles := map[string]int{}, map[string]int{}
	for _, m := range members {
		kinds[m.Type]++
		for _, role := range m.Roles {
			roles[role]++
		}
	}
	return counted(kinds, true) + " (" + counted(roles, false) + ")"
}

// counted writes "2 groups, 1 user" or, of roles, "consumer 2, contributor 1".
func counted(counts map[string]int, plural bool) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		n, said := counts[name], cut(name, nil, maxStart)
		switch {
		case !plural:
			parts = append(parts, fmt.Sprintf("%s %d", said, n))
		case n == 1:
			parts = append(parts, "1 "+said)
		default:
			parts = append(parts, fmt.Sprintf("%d %ss", n, said))
		}
	}
	return strings.Join(parts, ", ")
}
