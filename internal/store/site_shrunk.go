package store

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/skyferry/skyferry/internal/account"
	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/site"
)

const shrunkKey = "site_shrunk"

// Shrunk says that the site answers fewer apps than before and somebody has to look; nil: it does not.
func (s *Store) Shrunk(ctx context.Context) (shrunk *site.Shrunk, err error) {
	err = s.read(ctx, func(tx *tx) error {
		shrunk, err = tx.shrunk(ctx)
		return err
	})
	return shrunk, err
}

func (tx *tx) shrunk(ctx context.Context) (*site.Shrunk, error) {
	text, err := tx.setting(ctx, shrunkKey)
	if err != nil || text == "" {
		return nil, err
	}
	var shrunk site.Shrunk
	if err := json.Unmarshal([]byte(text), &shrunk); err != nil {
		return nil, fmt.Errorf("read how many apps the site answered: %w", err)
	}
	return &shrunk, nil
}

// SetShrunk keeps that the site answers fewer apps than before, or (nil) that it does not any more. What is known since when stays;
// that somebody accepted it stays as long as it does not shrink further.
func (m *Mirror) SetShrunk(ctx context.Context, now *site.Shrunk) error {
	return m.take(ctx, func(tx *tx, head siteHead) error {
		before, err := tx.shrunk(ctx)
		if err != nil || before == nil && now == nil {
			return err
		}
		if now == nil {
			if err := tx.setSetting(ctx, shrunkKey, ""); err != nil {
				return err
			}
			// Known is also what is left when it was accepted that some are gone.
			return tx.recordSite(ctx, "answered all known apps", head.host, account.Change{Field: "Apps answered", Before: shrunkText(*before)})
		}
		return tx.setShrunk(ctx, head, before, *now)
	})
}

func (tx *tx) setShrunk(ctx context.Context, head siteHead, before *site.Shrunk, now site.Shrunk) error {
	was := ""
	if now.Since.IsZero() {
		now.Since = tx.now
	}
	if before != nil {
		was = shrunkText(*before)
		now.Since = before.Since
		now.Accepted = now.Accepted || before.Accepted && now.Known-now.Answered <= before.Known-before.Answered
		if now == *before {
			return nil
		}
	}
	if err := tx.setSetting(ctx, shrunkKey, asJSON(now)); err != nil {
		return err
	}
	if was == shrunkText(now) {
		return nil
	}
	return tx.recordSite(ctx, "answered fewer apps", head.host, account.Change{Field: "Apps answered", Before: was, After: shrunkText(now)})
}

// ShrunkBelieved says that what somebody accepted was believed: apps that are missing still, or anew, are to be accepted again.
func (m *Mirror) ShrunkBelieved(ctx context.Context) error {
	return m.take(ctx, func(tx *tx, _ siteHead) error {
		shrunk, err := tx.shrunk(ctx)
		if err != nil || shrunk == nil {
			return err
		}
		shrunk.Accepted = false
		return tx.setSetting(ctx, shrunkKey, asJSON(shrunk))
	})
}

// AcceptShrunk says that it is right that so many apps are missing from what the site answers: they are believed to be deleted by the
// next sweep. It gives a fault.Conflict when more are missing meanwhile than the one who accepts has seen.
func (s *Store) AcceptShrunk(ctx context.Context, missing int) error {
	return s.write(ctx, func(tx *tx) error {
		shrunk, err := tx.shrunk(ctx)
		switch {
		case err != nil:
			return err
		case shrunk == nil:
			return fault.New(fault.Conflict, "There is nothing to accept any more: the site answers its apps again.")
		case shrunk.Known-shrunk.Answered > missing:
			return fault.New(fault.Conflict, "Meanwhile the site answers still fewer apps (%s). Look at the notice as it is now, then accept it.", shrunkText(*shrunk))
		case shrunk.Accepted:
			return nil
		}
		shrunk.Accepted = true
		if err := tx.setSetting(ctx, shrunkKey, asJSON(shrunk)); err != nil {
			return err
		}
		head, err := tx.siteHead(ctx)
		if err != nil {
			return err
		}
		return tx.recordSite(ctx, "accepted fewer apps", head.host, account.Change{Field: "Apps answered", After: shrunkText(*shrunk)})
	})
}

func shrunkText(s site.Shrunk) string { return fmt.Sprintf("%d of %d", s.Answered, s.Known) }
