package store_test

import (
	"database/sql"
	"io/fs"
	"path/filepath"
	"testing"

	"github.com/pressly/goose/v3"

	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/internal/store"
	"github.com/skyferry/skyferry/migrations"
)

// A database that people have filled before there was another site than the embedded one keeps all of it, and is that of an embedded site.
func TestAnOlderDatabaseIsOfAnEmbeddedSite(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	db := must(sql.Open("sqlite3", "file:"+filepath.Join(dir, "skyferry.db")+"?_foreign_keys=1"))(t)
	provider := must(goose.NewProvider(goose.DialectSQLite3, db, must(fs.Sub(migrations.SQLite, "sqlite"))(t)))(t)
	if _, err := provider.UpTo(t.Context(), 13); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(`
		INSERT INTO owners VALUES ('o', 'anna', 'ACME', 'Anna', '');
		INSERT INTO properties VALUES ('p', 'Region', 'region', '', '["EU"]', TRUE, TRUE);
		INSERT INTO streams VALUES ('s', 'Finance', 'finance', 'o');
		INSERT INTO stream_properties VALUES ('s', 'p', 0, 'EU');
		INSERT INTO apps (id, name, name_key, description, owner_id, stream_id, stream_key, owner_key, tags, size, sha256, last_reload, published_at, generation, created, modified)
			VALUES ('a', 'Sales', 'sales', '', 'o', 's', 'finance', 'anna', '[]', 1, 'x', 1, 1, 1, 1, 1);
		INSERT INTO app_properties VALUES ('a', 'p', 0, 'EU');`); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	s := must(store.Open(t.Context(), store.Options{Dir: dir, Box: newBox(t)}))(t)
	defer s.Close()
	if c := must(s.SiteConnection(t.Context()))(t); c.Kind != site.Embedded || c.Version != 1 {
		t.Errorf("the site is %+v", c)
	}
	a := must(s.App(t.Context(), "a"))(t)
	if a.Stream == nil || a.Stream.Name != "Finance" || a.Properties["Region"][0] != "EU" || a.Stream.Properties["Region"][0] != "EU" || a.Owner.Name != "Anna" {
		t.Errorf("the app became %+v", a)
	}
	check := must(sql.Open("sqlite3", "file:"+filepath.Join(dir, "skyferry.db")))(t)
	defer check.Close()
	var broken int
	if err := check.QueryRow(`SELECT COUNT(*) FROM pragma_foreign_key_check`).Scan(&broken); err != nil || broken != 0 {
		t.Errorf("%d references lead nowhere, %v", broken, err)
	}
	if err := s.DeleteStream(t.Context(), "s"); err == nil {
		t.Error("a stream with an app was deleted")
	}
}
