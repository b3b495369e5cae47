package tenant

import (
	"context"
	"fmt"
	"slices"
)

func (p *probe) sameTenant(ctx context.Context) (string, error) {
	t, err := p.tenant(ctx)
	switch {
	case CauseOf(err) == Unauthorized:
		return "", untold("The tenant tells its id only to those whom it lets in.")
	case err != nil:
		return "", err
	}
	name, other := t.words(), p.want.Taken[t.ID]
	switch {
	case p.want.TenantID == t.ID:
		return "Still tenant " + name + ".", nil
	case other != "":
		return "", wrong(fmt.Sprintf("It is tenant %s, which deployment %q has already.", name, other),
			"Nothing is sent. Two deployments never share a tenant: correct the API endpoint, or delete one of them.")
	case p.want.TenantID == "":
		return "First contact: tenant " + name + ".", nil
	}
	return "", wrong(
		fmt.Sprintf("It is tenant %s, but the deployment belongs to tenant %s.", name, p.want.TenantID),
		"Nothing is sent. Correct the API endpoint, or set up a new deployment for the other tenant.")
}

// accepted asks the tenant whom it takes us for.
func (p *probe) accepted(ctx context.Context) (string, error) {
	me, err := p.Me(ctx)
	if err != nil {
		return "", err
	}
	p.me, p.report.SignedIn = me, true
	who := clean(me.Name, nil) + " (" + clean(me.Subject, nil) + ")"
	if p.want.APIKey && !me.Bot() {
		p.report.Person = clean(me.Name, nil)
		return "", mind("Signed in as "+who+", a person.",
			"An API key does what its owner may do, and ends with the owner's account. For more than a test use client credentials.")
	}
	return "Signed in as " + who + ".", nil
}

// keys says which of two keys the tenant accepts. The next one takes over as soon as it is accepted.
func (p *probe) keys(ctx context.Context) (string, error) {
	if p.next == nil {
		return "", untold("The next key was made or dropped a moment ago; test once more.")
	}
	present, err := p.knows(ctx, p.present)
	if err != nil {
		return "", err
	}
	next, err := p.knows(ctx, p.next.signIn)
	if err != nil {
		return "", err
	}
	if next {
		p.promote(ctx, p.next)
	}
	switch old, heir := p.want.KeyID, p.want.NextKeyID; {
	case present && next:
		return fmt.Sprintf("The tenant accepts both: %s and the next key %s, which is the key from now on. The identity provider of %s can be deleted there.", old, heir, old), nil
	case next:
		return fmt.Sprintf("The tenant accepts the next key %s, and no longer %s. It is the key from now on.", heir, old), nil
	case present:
		return "", mind(fmt.Sprintf("The tenant accepts key %s, and does not know the next key %s yet.", old, heir),
			"Make the identity provider of the next key in the tenant, then test again.")
	default:
		return "", wrong(fmt.Sprintf("The tenant accepts neither key %s nor the next key %s.", old, heir), Unauthorized.advice())
	}
}

// knows says whether the tenant lets this key in. Other faults are errors.
func (p *probe) knows(ctx context.Context, signIn SignIn) (bool, error) {
	_, _, err := p.attempt(ctx, p.get("ask who we are", "users/me"), signIn)
	if CauseOf(err) == Unauthorized {
		return false, nil
	}
	return err == nil, err
}

// mayImport reads the documented privileges; a tenant that does not offer them cannot be judged before an import.
func (p *probe) mayImport(ctx context.Context) (string, error) {
	var may []string
	switch err := told(p.fetch(ctx, p.get("ask what we may do", "apps/privileges"), &may), "what we may do"); {
	case err != nil:
		return "", err
	case !slices.Contains(may, "can_import_app"):
		return "", wrong("The service account may not import apps.", "Give it a role with the right to import apps in the tenant.")
	}
	if p.want.Transit == "" {
		return "The service account may import apps.", nil
	}
	return p.mayPass(ctx)
}

// editors are the roles of a shared space whose members may work in it (qlik-cloud-api.md section 5).
var editors = []string{"producer", "codeveloper", "facilitator"}

// mayPass looks at the shared space that imports pass through. Which role an import needs there is not published, so that the want
// of one is no failure.
func (p *probe) mayPass(ctx context.Context) (string, error) {
	s, found, err := p.look(ctx, p.want.Transit, Shared)
	name := "“" + p.want.Transit + "”"
	switch {
	case err != nil:
		return "", told(err, "its spaces")
	case !found:
		return "", mind("The service account may import apps. The shared space "+name+", which they pass through, is not there yet, or not shown to this account.",
			"It is made with the first app, where the account may make shared spaces. Else make it in the tenant, and make the account a member with the role Can edit.")
	case p.owns(s), s.Meta == nil, s.gives(editors):
		return "The service account may import apps, through the shared space " + name + ".", nil
	}
	return "", mind("The service account may import apps, but has no role in the shared space "+name+", which they pass through.",
		"Where imports are refused, make it a member of that space with the role Can edit.")
}
