package store

import (
	"context"
	"encoding/json"
	"time"
)

type setupToken struct {
	Hash    string    `json:"hash"`
	Expires time.Time `json:"expires"`
}

// SetSetupToken keeps the hash of the one-time set-up link's token; an older one is worth nothing from now on.
func (s *Store) SetSetupToken(ctx context.Context, hash string, expires time.Time) error {
	return s.SetSetting(ctx, setupTokenKey, asJSON(setupToken{hash, expires.UTC()}))
}

// SetupToken gives the hash of the set-up token and when it ends; an empty hash when there is none.
func (s *Store) SetupToken(ctx context.Context) (hash string, expires time.Time, err error) {
	text, err := s.Setting(ctx, setupTokenKey)
	if err != nil || text == "" {
		return "", time.Time{}, err
	}
	var token setupToken
	err = json.Unmarshal([]byte(text), &token)
	return token.Hash, token.Expires, err
}

// ClearSetupToken forgets the set-up token: it was used.
func (s *Store) ClearSetupToken(ctx context.Context) error {
	return s.SetSetting(ctx, setupTokenKey, "")
}
