package store

import (
	"context"
	"strings"

	"github.com/google/uuid"

	"github.com/skyferry/skyferry/internal/account"
	"github.com/skyferry/skyferry/internal/fault"
)

const selectUsers = `SELECT id, name, role, disabled, created, last_seen FROM users `

func scanUser(row scanner) (u account.User, err error) {
	err = row.Scan(&u.ID, &u.Name, &u.Role, &u.Disabled, moment(&u.Created), moment(&u.LastSeen))
	return u, err
}

const noUser = "The user is not there any more. Somebody has deleted it."

// Users gives all users, by name.
func (s *Store) Users(ctx context.Context) (users []account.User, err error) {
	err = s.read(ctx, func(tx *tx) error {
		users, err = list(ctx, tx, scanUser, selectUsers+`ORDER BY name_key`)
		return err
	})
	return users, err
}

func (tx *tx) user(ctx context.Context, id string) (account.User, error) {
	u, err := scanUser(tx.row(ctx, selectUsers+`WHERE id = ?`, id))
	return u, missing(err, noUser)
}

// User gives one user.
func (s *Store) User(ctx context.Context, id string) (u account.User, err error) {
	err = s.read(ctx, func(tx *tx) error {
		u, err = tx.user(ctx, id)
		return err
	})
	return u, err
}

// UserByName gives the user of a name, ignoring case and outer blanks.
func (s *Store) UserByName(ctx context.Context, name string) (u account.User, err error) {
	err = s.read(ctx, func(tx *tx) error {
		u, err = scanUser(tx.row(ctx, selectUsers+`WHERE name_key = ?`, nameKey(name)))
		return missing(err, "There is no user %q.", name)
	})
	return u, err
}

// CountUsers tells how many users there are; none means that the console waits for its set-up.
func (s *Store) CountUsers(ctx context.Context) (n int, err error) {
	err = s.read(ctx, func(tx *tx) error { return tx.row(ctx, `SELECT COUNT(*) FROM users`).Scan(&n) })
	return n, err
}

// CreateUser adds a user with the hash of its password, and gives its id.
func (s *Store) CreateUser(ctx context.Context, u account.User, hash string) (string, error) {
	u.ID = uuid.NewString()
	err := s.write(ctx, func(tx *tx) error {
		if err := tx.checkUser(ctx, u); err != nil {
			return err
		}
		_, err := tx.exec(ctx, `
			INSERT INTO users (id, name, name_key, role, disabled, password_hash, created, last_seen) VALUES (?, ?, ?, ?, ?, ?, ?, 0)`,
			u.ID, strings.TrimSpace(u.Name), nameKey(u.Name), u.Role, u.Disabled, hash, micros(tx.now))
		if err != nil {
			return err
		}
		return tx.recordUser(ctx, "created", nil, userFields(u), u)
	})
	return u.ID, err
}

// UpdateUser changes name, role and whether the user may sign in. Somebody who may not is signed out. The last enabled
// administrator stays one.
func (s *Store) UpdateUser(ctx context.Context, u account.User) error {
	return s.write(ctx, func(tx *tx) error {
		before, err := tx.user(ctx, u.ID)
		if err != nil {
			return err
		}
		if err := tx.updateUser(ctx, u); err != nil {
			return err
		}
		return tx.recordUser(ctx, "changed", userFields(before), userFields(u), u)
	})
}

func (tx *tx) updateUser(ctx context.Context, u account.User) error {
	if err := tx.checkUser(ctx, u); err != nil {
		return err
	}
	_, err := tx.exec(ctx, `UPDATE users SET name = ?, name_key = ?, role = ?, disabled = ? WHERE id = ?`,
		strings.TrimSpace(u.Name), nameKey(u.Name), u.Role, u.Disabled, u.ID)
	if err != nil {
		return err
	}
	if u.Disabled {
		if err := tx.endSessions(ctx, u.ID); err != nil {
			return err
		}
	}
	return tx.keepAnAdmin(ctx)
}

// keepAnAdmin refuses a change after which nobody could mend anything.
func (tx *tx) keepAnAdmin(ctx context.Context) error {
	var admins int
	err := tx.row(ctx, `SELECT COUNT(*) FROM users WHERE role = ? AND disabled = FALSE`, account.Admin).Scan(&admins)
	if err == nil && admins == 0 {
		return fault.Field(fault.Conflict, "role", "This is the last administrator who may sign in. Make another one first.")
	}
	return err
}

func (tx *tx) checkUser(ctx context.Context, u account.User) error {
	if u.Role != account.Admin && u.Role != account.Reader {
		return fault.Field(fault.Invalid, "role", "Choose a role: %s or %s.", account.Admin, account.Reader)
	}
	switch nameKey(u.Name) {
	case nameKey(account.System.Name):
		return fault.Field(fault.Invalid, "name", "%s is the console itself in the audit trail. Choose another name.", account.System.Name)
	case nameKey(account.Repository.Name):
		return fault.Field(fault.Invalid, "name", "%s is the site itself in the audit trail. Choose another name.", account.Repository.Name)
	}
	return tx.freeName(ctx, "users", "user", u.Name, u.ID)
}

// PasswordHash gives the hash of a user's password.
func (s *Store) PasswordHash(ctx context.Context, id string) (hash string, err error) {
	err = s.read(ctx, func(tx *tx) error {
		return missing(tx.row(ctx, `SELECT password_hash FROM users WHERE id = ?`, id).Scan(&hash), noUser)
	})
	return hash, err
}

// SetPassword changes the hash of a user's password and ends all the user's sessions: whoever knew the old password is out.
func (s *Store) SetPassword(ctx context.Context, id, hash string) error {
	return s.write(ctx, func(tx *tx) error {
		u, err := tx.user(ctx, id)
		if err != nil {
			return err
		}
		if _, err := tx.exec(ctx, `UPDATE users SET password_hash = ? WHERE id = ?`, hash, id); err != nil {
			return err
		}
		if err := tx.endSessions(ctx, id); err != nil {
			return err
		}
		return tx.recordUser(ctx, "changed", []field{{"Password", ""}}, []field{{"Password", "(changed)"}}, u)
	})
}

// RenewHash stores the same password hashed with today's cost, at a sign-in, unless the password was changed meanwhile. It
// is no change that anybody made, so it has no record.
func (s *Store) RenewHash(ctx context.Context, id, old, hash string) error {
	return s.write(ctx, func(tx *tx) error {
		_, err := tx.exec(ctx, `UPDATE users SET password_hash = ? WHERE id = ? AND password_hash = ?`, hash, id, old)
		return err
	})
}

func (tx *tx) recordUser(ctx context.Context, action string, before, after []field, u account.User) error {
	changes := diff(before, after)
	if len(changes) == 0 {
		return nil
	}
	return tx.record(ctx, account.Record{Action: action, ObjectKind: "user", ObjectID: u.ID, ObjectName: u.Name, Changes: changes})
}

func userFields(u account.User) []field {
	return []field{{"Name", strings.TrimSpace(u.Name)}, {"Role", string(u.Role)}, {"Disabled", yesNo(u.Disabled)}}
}
