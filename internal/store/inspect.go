package store

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/fault"
)

// OpenToRead opens the database of a data folder for the command line: nothing is made or changed, no secret can be read, and
// a console may be running on it.
func OpenToRead(dir string) (*Store, error) {
	file := filepath.Join(dir, fileName)
	if _, err := os.Stat(file); err != nil {
		return nil, fault.Wrap(err, fault.NotFound, "there is no database %s; name the console's data folder", file)
	}
	db, err := sql.Open("sqlite3", source(file, "_txlock=deferred&_query_only=1"))
	if err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	return &Store{writer: db, reader: db, dialect: sqlite, now: time.Now, log: slog.New(slog.DiscardHandler)}, nil
}

// Targets gives id, name and whether it is disabled of each deployment, by name: what rules are judged by.
func (s *Store) Targets(ctx context.Context) (all []deployment.Deployment, err error) {
	scan := func(row scanner) (d deployment.Deployment, err error) {
		err = row.Scan(&d.ID, &d.Name, &d.Disabled)
		return d, err
	}
	err = s.read(ctx, func(tx *tx) error {
		all, err = list(ctx, tx, scan, `SELECT id, name, disabled FROM deployments ORDER BY name_key`)
		return err
	})
	return all, err
}
