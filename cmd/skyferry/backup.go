package main

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/skyferry/skyferry/internal/store"
)

type backupCommand struct {
	Data string `required:"" type:"path" env:"SKYFERRY_DATA" help:"The console's data folder."`
	File string `arg:"" type:"path" help:"File to write; it must not exist."`
}

// Run copies the database while a console may run. The key of the secrets is not in it: keep that apart.
func (c *backupCommand) Run(ctx context.Context, t terminal) error {
	if err := store.Backup(ctx, filepath.Join(c.Data, "skyferry.db"), c.File); err != nil {
		return err
	}
	fmt.Fprintf(t.out, "backup %s\n", c.File)
	return nil
}
