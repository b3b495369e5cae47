package deployment

import "testing"

func TestReserveLeavesAnImportForWhatIsThere(t *testing.T) {
	for imports, want := range map[int]int{1: 0, 2: 1, 10: 1, 11: 2, 300: 30} {
		if got := Reserve(imports); got != want {
			t.Errorf("of %d imports %d are kept for new apps, not %d", imports, got, want)
		}
	}
}
