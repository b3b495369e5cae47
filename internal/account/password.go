package account

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"

	"github.com/skyferry/skyferry/internal/fault"
)

// cost is the work of one argon2id hash.
type cost struct {
	memory  uint32 // KiB
	passes  uint32
	threads uint8
}

// today is the cost of new hashes: the least that OWASP's password storage sheet advises for argon2id (19 MiB, 2 passes).
var today = cost{memory: 19 * 1024, passes: 2, threads: 1}

const (
	saltSize = 16
	hashSize = 32

	atOnce      = 2               // hashes at the same time: each takes cost.memory
	waitForHash = 5 * time.Second // longer queues are told to come back

	// The longest password, in bytes. It only keeps a request from making us hash megabytes.
	maxPassword = 1000
)

// MinPassword is the length of the shortest new password, in characters.
const MinPassword = 8

// hashing bounds the memory that sign-ins can take.
var hashing = make(chan struct{}, atOnce)

// Hash gives the argon2id hash of a password as a PHC string. It waits for its turn, at most some seconds.
func Hash(ctx context.Context, password string) (string, error) {
	salt := make([]byte, saltSize)
	_, _ = rand.Read(salt) // never fails, by its contract
	sum, err := derive(ctx, password, salt, today, hashSize)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, today.memory, today.passes, today.threads,
		base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(sum)), nil
}

// Verify says whether a password belongs to a hash, and whether the hash should be renewed because it cost less than new
// ones do.
func Verify(ctx context.Context, password, hash string) (ok, renew bool, err error) {
	c, salt, want, err := parse(hash)
	if err != nil {
		return false, false, err
	}
	sum, err := derive(ctx, password, salt, c, uint32(len(want)))
	if err != nil {
		return false, false, err
	}
	ok = subtle.ConstantTimeCompare(sum, want) == 1
	return ok, ok && c != today, nil
}

func derive(ctx context.Context, password string, salt []byte, c cost, size uint32) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, waitForHash)
	defer cancel()
	select {
	case hashing <- struct{}{}:
		defer func() { <-hashing }()
	case <-ctx.Done():
		return nil, fault.Wrap(ctx.Err(), fault.Unavailable, "Too many people sign in at this moment. Try again in a few seconds.")
	}
	return argon2.IDKey([]byte(password), salt, c.passes, c.memory, c.threads, size), nil
}

var errHash = errors.New("the stored password hash is damaged; set the password again")

// parse reads a PHC string, within bounds: a damaged row must not make the console allocate without end.
func parse(hash string) (c cost, salt, sum []byte, err error) {
	parts := strings.Split(hash, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return c, nil, nil, errHash
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &c.memory, &c.passes, &c.threads); err != nil {
		return c, nil, nil, errHash
	}
	salt, saltErr := base64.RawStdEncoding.DecodeString(parts[4])
	sum, sumErr := base64.RawStdEncoding.DecodeString(parts[5])
	sound := c.memory >= 8 && c.memory <= 1<<20 && c.passes >= 1 && c.passes <= 100 && c.threads >= 1
	if saltErr != nil || sumErr != nil || !sound || len(salt) < 8 || len(sum) < 16 || len(sum) > 128 {
		return c, nil, nil, errHash
	}
	return c, salt, sum, nil
}

// checkNew refuses passwords that are too short or too long.
func checkNew(password string) error {
	switch {
	case utf8.RuneCountInString(password) < MinPassword:
		return fault.Field(fault.Invalid, "password", "Enter at least %d characters. Several words make a good password.", MinPassword)
	case len(password) > maxPassword:
		return fault.Field(fault.Invalid, "password", "Enter at most %d characters.", maxPassword)
	}
	return nil
}
