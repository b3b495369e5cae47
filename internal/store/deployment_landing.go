package store

import (
	"context"
	"strings"

	"github.com/skyferry/skyferry/internal/deployment"
)

const landingColumns = `d.space, d.land_by, d.land_property, d.create_spaces, d.space_members, d.app_name, d.owner_rule, d.owner_user`

// landingFields are the places for landingColumns.
func landingFields(l *deployment.Landing) []any {
	return []any{&l.Space, &l.By, &l.Property, &l.Create, fromJSON(&l.Members), &l.AppName, &l.Owner, &l.OwnerUser}
}

func (tx *tx) setLanding(ctx context.Context, id string, l deployment.Landing) error {
	_, err := tx.exec(ctx, `UPDATE deployments SET space = ?, land_by = ?, land_property = ?, create_spaces = ?, space_members = ?,
		app_name = ?, owner_rule = ?, owner_user = ? WHERE id = ?`,
		l.Space, l.By, l.Property, l.Create, asJSON(append([]deployment.Member{}, l.Members...)), l.AppName, l.Owner, l.OwnerUser, id)
	return err
}

// tidyLanding drops what does not count: a property or a user without its rule, members where no space is made.
func tidyLanding(d *deployment.Deployment) {
	l := &d.Landing
	l.Space, l.AppName, l.OwnerUser = strings.TrimSpace(l.Space), strings.TrimSpace(l.AppName), strings.TrimSpace(l.OwnerUser)
	if l.AppName == deployment.DefaultAppName {
		l.AppName = ""
	}
	if l.By != deployment.ByProperty {
		l.Property = ""
	}
	if l.Owner != deployment.OwnerFixed {
		l.OwnerUser = ""
	}
	if !l.Create {
		l.Members = nil
	}
}

// landingDiff gives what the history shows of a landing.
func landingDiff(l deployment.Landing) []field {
	var members []string
	for _, m := range l.Members {
		members = append(members, m.Line())
	}
	return []field{
		{"Space", l.Space}, {"Spaces", string(l.By)}, {"Custom property of the space", l.Property}, {"Make missing spaces", madeText(l)},
		{"Members of new spaces", strings.Join(members, "; ")}, {"Name in tenant", l.AppName}, {"Owner", string(l.Owner)}, {"Owner in tenant", l.OwnerUser},
	}
}

// madeText is empty where no space counts.
func madeText(l deployment.Landing) string {
	if l.Space == "" {
		return ""
	}
	return yesNo(l.Create)
}
