package account

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"math"
	"strings"
	"sync"
	"time"

	"github.com/skyferry/skyferry/internal/fault"
)

// FirstAdmin is the name of the first administrator.
const FirstAdmin = "admin"

// setupLife is how long the one-time set-up link may be used.
const setupLife = 24 * time.Hour

// Store is what the directory needs of the database.
type Store interface {
	CountUsers(ctx context.Context) (int, error)
	User(ctx context.Context, id string) (User, error)
	UserByName(ctx context.Context, name string) (User, error)
	PasswordHash(ctx context.Context, id string) (string, error)
	CreateUser(ctx context.Context, u User, hash string) (string, error)
	SetPassword(ctx context.Context, id, hash string) error
	RenewHash(ctx context.Context, id, old, hash string) error
	SetSetupToken(ctx context.Context, hash string, expires time.Time) error
	SetupToken(ctx context.Context) (hash string, expires time.Time, err error)
	ClearSetupToken(ctx context.Context) error
}

// Directory knows who may sign in, and makes that costly to guess.
type Directory struct {
	store    Store
	now      func() time.Time
	attempts *attempts
	nobody   func() (string, error) // hash for names that nobody has
	setup    sync.Mutex             // one set-up at a time
}

// NewDirectory makes a directory on a store.
func NewDirectory(store Store, now func() time.Time) *Directory {
	nobody := sync.OnceValues(func() (string, error) { return Hash(context.Background(), rand.Text()) })
	return &Directory{store: store, now: now, attempts: newAttempts(now), nobody: nobody}
}

func wrong() error {
	return fault.New(fault.Unauthorized, "The user name or the password is wrong.")
}

// Authenticate gives the user of a name and a password. A wrong name takes as long as a wrong password and says the same:
// fault.Unauthorized. After too many attempts it is fault.Unavailable, whatever the password.
func (d *Directory) Authenticate(ctx context.Context, name, password string) (User, error) {
	address, key := ActorOf(ctx).Address, strings.ToLower(strings.TrimSpace(name))
	if wait := d.attempts.take(address, key); wait > 0 {
		minutes := int(math.Ceil(wait.Minutes()))
		return User{}, fault.New(fault.Unavailable, "Too many attempts. Try again in %d min.", minutes)
	}
	user, err := d.authenticate(ctx, name, password)
	if err == nil {
		d.attempts.good(address, key)
	}
	return user, err
}

func (d *Directory) authenticate(ctx context.Context, name, password string) (User, error) {
	if len(password) > maxPassword {
		return User{}, wrong()
	}
	user, hash, err := d.find(ctx, name)
	if err != nil {
		return User{}, err
	}
	ok, renew, err := Verify(ctx, password, hash)
	switch {
	case err != nil:
		return User{}, err
	case !ok, user.ID == "":
		return User{}, wrong()
	case user.Disabled:
		return User{}, fault.New(fault.Unauthorized, "This user may not sign in any more. Ask an administrator.")
	case renew:
		return user, d.renew(ctx, user.ID, hash, password)
	}
	return user, nil
}

// find gives the user with the hash of its password; for an unknown name no user, and a hash that costs the same.
func (d *Directory) find(ctx context.Context, name string) (User, string, error) {
	user, err := d.store.UserByName(ctx, name)
	if fault.Is(err, fault.NotFound) {
		hash, err := d.nobody()
		return User{}, hash, err
	}
	if err != nil {
		return User{}, "", err
	}
	hash, err := d.store.PasswordHash(ctx, user.ID)
	return user, hash, err
}

// renew hashes the password with today's cost.
func (d *Directory) renew(ctx context.Context, id, old, password string) error {
	hash, err := Hash(ctx, password)
	if err != nil {
		return err
	}
	return d.store.RenewHash(ctx, id, old, hash)
}

// AddUser adds a user with a password, and gives its id.
func (d *Directory) AddUser(ctx context.Context, user User, password string) (string, error) {
	if err := checkNew(password); err != nil {
		return "", err
	}
	hash, err := Hash(ctx, password)
	if err != nil {
		return "", err
	}
	return d.store.CreateUser(ctx, user, hash)
}

// ChangePassword sets a user's password and ends the user's sessions.
func (d *Directory) ChangePassword(ctx context.Context, userID, password string) error {
	if err := checkNew(password); err != nil {
		return err
	}
	hash, err := Hash(ctx, password)
	if err != nil {
		return err
	}
	return d.store.SetPassword(ctx, userID, hash)
}

// Begin makes the first administrator when there is no user yet: with the password, or else by a one-time link whose token
// it gives. The token is empty when nothing is left to set up. A password that comes from the environment may be short:
// whoever sets it there has chosen so.
func (d *Directory) Begin(ctx context.Context, password string) (setupToken string, err error) {
	users, err := d.store.CountUsers(ctx)
	if err != nil || users > 0 {
		return "", err
	}
	if password == "" {
		setupToken = rand.Text()
		return setupToken, d.store.SetSetupToken(ctx, tokenHash(setupToken), d.now().Add(setupLife))
	}
	hash, err := Hash(ctx, password)
	if err != nil {
		return "", err
	}
	_, err = d.store.CreateUser(ctx, User{Name: FirstAdmin, Role: Admin}, hash)
	return "", err
}

// SetUp makes the first administrator by the token of the one-time link, which is used up.
func (d *Directory) SetUp(ctx context.Context, token, password string) (User, error) {
	d.setup.Lock()
	defer d.setup.Unlock()
	if err := d.checkToken(ctx, token); err != nil {
		return User{}, err
	}
	id, err := d.AddUser(ctx, User{Name: FirstAdmin, Role: Admin}, password)
	if err != nil {
		return User{}, err
	}
	if err := d.store.ClearSetupToken(ctx); err != nil {
		return User{}, err
	}
	return d.store.User(ctx, id)
}

func (d *Directory) checkToken(ctx context.Context, token string) error {
	hash, expires, err := d.store.SetupToken(ctx)
	if err != nil {
		return err
	}
	users, err := d.store.CountUsers(ctx)
	if err != nil {
		return err
	}
	same := subtle.ConstantTimeCompare([]byte(hash), []byte(tokenHash(token))) == 1
	if users > 0 || hash == "" || !same || !expires.After(d.now()) {
		return fault.New(fault.Unauthorized, "This set-up link is used up or too old. Start the console again to get a new one.")
	}
	return nil
}

func tokenHash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}
