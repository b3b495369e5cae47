package deployment

import (
	"slices"
	"strings"
)

// Member is who gets roles in the spaces that are made.
type Member struct {
	Type  string   `json:"type"` // group or user
	Name  string   `json:"name"` // of the group; e-mail, subject or id of the user
	Roles []string `json:"roles"`
}

// ManagedRoles are the roles that a managed space has (qlik-cloud-api.md section 5).
var ManagedRoles = []string{"consumer", "contributor", "dataconsumer", "facilitator", "operator", "publisher", "basicconsumer"}

// Line writes a member as the form takes it: "group Finance: consumer, publisher".
func (m Member) Line() string { return m.Type + " " + m.Name + ": " + strings.Join(m.Roles, ", ") }

// ParseMembers reads members, one a line. Without members it says in a sentence which line is wrong.
func ParseMembers(text string) (members []Member, wrong string) {
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		m, why := parseMember(line)
		if why != "" {
			return nil, why
		}
		members = append(members, m)
	}
	return members, ""
}

func parseMember(line string) (m Member, wrong string) {
	i := strings.LastIndex(line, ":")
	if i < 0 {
		return m, "Write " + quote(line) + " as group NAME: ROLE, ROLE or user E-MAIL: ROLE."
	}
	kind, name, _ := strings.Cut(strings.TrimSpace(line[:i]), " ")
	m = Member{Type: strings.ToLower(kind), Name: strings.TrimSpace(name)}
	if m.Type != "group" && m.Type != "user" || m.Name == "" {
		return m, "Begin " + quote(line) + " with group or user and a name."
	}
	for role := range strings.SplitSeq(line[i+1:], ",") {
		role = strings.ToLower(strings.TrimSpace(role))
		if !slices.Contains(ManagedRoles, role) {
			return m, "A managed space has no role " + quote(role) + ". It has " + strings.Join(ManagedRoles, ", ") + "."
		}
		m.Roles = append(m.Roles, role)
	}
	return m, ""
}

func quote(text string) string { return "“" + text + "”" }
