package distribution

import "context"

func (s *fakeStore) SpoolEntries(context.Context) (out []SpoolEntry, _ error) {
	for _, e := range s.spool {
		out = append(out, e)
	}
	return out, nil
}

func (s *fakeStore) PutSpoolEntry(_ context.Context, e SpoolEntry) error {
	s.spool[e.Key] = e
	return nil
}

func (s *fakeStore) ExportWanted(context.Context, string) (bool, error) { return true, nil }

func (s *fakeStore) DropSpoolEntry(_ context.Context, key string) error {
	delete(s.spool, key)
	return nil
}
