package account_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/argon2"

	"github.com/skyferry/skyferry/internal/account"
	"github.com/skyferry/skyferry/internal/fault"
)

// world is a directory on users in memory; the real database has its own tests.
type world struct {
	*account.Directory
	t     *testing.T
	store *users
	now   time.Time
}

func newWorld(t *testing.T) *world {
	w := &world{t: t, store: &users{byID: map[string]account.User{}, hashes: map[string]string{}}}
	w.now = time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	w.Directory = account.NewDirectory(w.store, func() time.Time { return w.now })
	return w
}

func (w *world) add(name, password string) string {
	w.t.Helper()
	id, err := w.AddUser(w.t.Context(), account.User{Name: name, Role: account.Admin}, password)
	if err != nil {
		w.t.Fatal(err)
	}
	return id
}

func (w *world) from(address string) context.Context {
	return account.WithActor(w.t.Context(), account.Actor{Address: address})
}

func cheapHash(t *testing.T, password string) string {
	t.Helper()
	salt := []byte("salt salt")
	return fmt.Sprintf("$argon2id$v=19$m=64,t=1,p=1$%s$%s", base64.RawStdEncoding.EncodeToString(salt),
		base64.RawStdEncoding.EncodeToString(argon2.IDKey([]byte(password), salt, 1, 64, 1, 32)))
}

type users struct {
	byID    map[string]account.User
	hashes  map[string]string
	token   string
	expires time.Time
}

func (u *users) disable(id string) {
	user := u.byID[id]
	user.Disabled = true
	u.byID[id] = user
}

func (u *users) CountUsers(context.Context) (int, error) { return len(u.byID), nil }

func (u *users) User(_ context.Context, id string) (account.User, error) { return u.byID[id], nil }

func (u *users) UserByName(_ context.Context, name string) (account.User, error) {
	for _, user := range u.byID {
		if strings.EqualFold(user.Name, strings.TrimSpace(name)) {
			return user, nil
		}
	}
	return account.User{}, fault.New(fault.NotFound, "no such user")
}

func (u *users) PasswordHash(_ context.Context, id string) (string, error) { return u.hashes[id], nil }

func (u *users) CreateUser(_ context.Context, user account.User, hash string) (string, error) {
	user.ID = fmt.Sprint("u", len(u.byID)+1)
	u.byID[user.ID], u.hashes[user.ID] = user, hash
	return user.ID, nil
}

func (u *users) SetPassword(_ context.Context, id, hash string) error {
	u.hashes[id] = hash
	return nil
}

func (u *users) RenewHash(_ context.Context, id, old, hash string) error {
	if u.hashes[id] == old {
		u.hashes[id] = hash
	}
	return nil
}

func (u *users) SetSetupToken(_ context.Context, hash string, expires time.Time) error {
	u.token, u.expires = hash, expires
	return nil
}

func (u *users) SetupToken(context.Context) (string, time.Time, error) {
	return u.token, u.expires, nil
}

func (u *users) ClearSetupToken(context.Context) error {
	u.token = ""
	return nil
}
