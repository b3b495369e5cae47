package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/skyferry/skyferry/internal/deployment"
)

// checkPlace keeps a copy of a data folder from acting: two consoles with the same keys would both distribute. A folder
// that ran on another host or in another place starts paused, with a banner, until somebody resumes.
func (c *console) checkPlace(ctx context.Context) error {
	place, err := placeOf(c.config.Data)
	if err != nil {
		return err
	}
	before, err := c.store.Setting(ctx, "place")
	if err != nil {
		return err
	}
	if before != "" && before != place && !c.config.AcceptMoved {
		reason := fmt.Sprintf("This data folder ran at %s before and is now at %s. If that console still runs, stop one of the two; then resume.", before, place)
		if err := c.pauseMoved(ctx, reason); err != nil {
			return err
		}
		if err := c.store.SetSetting(ctx, siteHandles, ""); err != nil { // the original still listens to the site by them
			return err
		}
	}
	if c.config.Paused {
		if err := c.pauseAll(ctx, "Started with --paused.", ""); err != nil {
			return err
		}
	}
	return c.store.SetSetting(ctx, "place", place)
}

// pauseMoved takes the place of a pause that somebody made before: whoever resumes must have read why this one holds.
func (c *console) pauseMoved(ctx context.Context, reason string) error {
	before, err := c.adminPause(ctx)
	if err != nil {
		return err
	}
	if before != nil && before.Cause != "moved" {
		reason += " Before that, " + before.By + " had paused it: " + before.Reason
		if err := c.store.ResumeAll(ctx); err != nil {
			return err
		}
	}
	return c.pauseAll(ctx, reason, "moved")
}

// pauseAll pauses distribution, unless somebody has paused it before: that reason stays.
func (c *console) pauseAll(ctx context.Context, reason, cause string) error {
	pause, err := c.adminPause(ctx)
	if err != nil || pause != nil {
		return err
	}
	return c.store.PauseAll(ctx, deployment.Pause{Since: time.Now(), Reason: reason, By: "Skyferry", Cause: cause})
}

// adminPause gives the pause that somebody made. That the site is only observed is none: a copy of such a folder starts paused, too.
func (c *console) adminPause(ctx context.Context) (*deployment.Pause, error) {
	p, err := c.store.PausedAll(ctx)
	if p.Observing() {
		return nil, err
	}
	return p, err
}

func placeOf(folder string) (string, error) {
	host, err := os.Hostname()
	if err != nil {
		return "", err
	}
	path, err := filepath.Abs(folder)
	if err != nil {
		return "", err
	}
	if resolved, err := filepath.EvalSymlinks(path); err == nil {
		path = resolved
	}
	return host + ":" + path, nil
}
