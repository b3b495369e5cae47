package policies

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/policy"
	"github.com/skyferry/skyferry/internal/rule"
	"github.com/skyferry/skyferry/internal/rule/basic"
)

// maxKnown bounds a list of known values in the page.
const maxKnown = 200

// known is what the site and the deployments offer to a policy's author.
type known struct {
	Deployments []deployment.Deployment
	Vocabulary  rule.Vocabulary
	Properties  []string            // below a side: name, stream.name, @Cloud
	Values      map[string][]string // by side and property: subject.name -> eu, us
	Paths       []string            // whole paths, for the value type Property
}

func (s *Screen) known(ctx context.Context) (k known, err error) {
	if k.Deployments, err = s.Store.Deployments(ctx); err != nil {
		return k, err
	}
	if k.Vocabulary, err = s.Store.Vocabulary(ctx); err != nil {
		return k, err
	}
	streams, err := s.Store.Streams(ctx)
	if err != nil {
		return k, err
	}
	properties, err := s.Store.Properties(ctx)
	if err != nil {
		return k, err
	}
	now, err := s.standing(ctx)
	if err != nil {
		return k, err
	}
	k.Properties = []string{"name", "stream.name", "owner.name", "owner.userId", "owner.userDirectory", "owner.email", "id", "stream.id", "stream.owner.name", "stream.owner.userId", "resourcetype"}
	k.Values = map[string][]string{"resource.resourcetype": {"App"}}
	maps.Copy(k.Values, now.values)
	for _, d := range k.Deployments {
		k.offer("subject.name", d.Name)
	}
	for _, st := range streams {
		k.offer("resource.stream.name", st.Name)
	}
	for _, p := range properties {
		if p.ForApps {
			k.custom("@"+p.Name, p.Values)
		}
	}
	for _, p := range properties {
		if p.ForStreams {
			k.custom("stream.@"+p.Name, p.Values)
		}
	}
	for _, p := range k.Properties {
		k.Paths = append(k.Paths, "resource."+p)
	}
	slices.SortStableFunc(k.Paths, customFirst)
	k.Paths = append(k.Paths, "subject.name")
	return k, nil
}

func (k *known) custom(property string, values []string) {
	k.Properties = append(k.Properties, property)
	for _, v := range values {
		k.offer("resource."+property, v)
	}
}

func (k *known) offer(path, value string) {
	if len(k.Values[path]) < maxKnown {
		k.Values[path] = append(k.Values[path], value)
	}
}

// customFirst puts custom properties first: they are what a deployment's name is mostly compared with.
func customFirst(a, b string) int {
	rank := func(p string) int {
		if strings.Contains(p, "@") {
			return 0
		}
		return 1
	}
	return rank(a) - rank(b)
}

// targets are all deployments, the disabled ones too: conditions may name them.
func (k known) targets() []policy.Target { return targets(k.Deployments) }

// enabled are the deployments that apps go to.
func enabled(all []deployment.Deployment) (live []deployment.Deployment) {
	for _, d := range all {
		if !d.Disabled {
			live = append(live, d)
		}
	}
	return live
}

func targets(all []deployment.Deployment) (list []policy.Target) {
	for _, d := range all {
		list = append(list, policy.Target{ID: d.ID, Name: d.Name})
	}
	return list
}

// suggestions are the known values for a row.
func (k known) suggestions(r basic.Row) []string {
	if r.ValueType == basic.Property {
		return k.Paths
	}
	return k.Values[valuesOf(r)]
}

// valuesOf names the known values of a row: by the path of its property, or all paths for the value type Property.
func valuesOf(r basic.Row) string {
	if r.ValueType == basic.Property {
		return ""
	}
	return r.Side + "." + r.Property
}
