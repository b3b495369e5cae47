package deployment

import "testing"

func TestSizesAreReadAsTheyAreWritten(t *testing.T) {
	for text, want := range map[string]int64{"": 0, "5 GB": 5e9, "1.5tb": 1.5e12, " 750  MB ": 75e7, "12 kb": 12000, "1 B": 1, "0.3 GB": 3e8} {
		got, ok := ParseSize(text)
		if !ok || got != want {
			t.Errorf("%q is %d, %v instead of %d", text, got, ok, want)
		}
	}
	for _, text := range []string{"5", "GB", "five GB", "-1 GB", "0 GB", "0.1 B", "5 GB 2", "1e30 GB", "NaN GB", "Inf GB", "5,5 GB"} {
		if got, ok := ParseSize(text); ok {
			t.Errorf("%q is taken for %d", text, got)
		}
	}
	for _, n := range []int64{1, 999, 1000, 1234, 5e9, 6_212_345_678, 1e15 + 1} {
		if got, ok := ParseSize(SizeText(n)); !ok || got != n {
			t.Errorf("%d is written %q and read %d", n, SizeText(n), got)
		}
	}
	if got := SizeText(5e9); got != "5 GB" {
		t.Errorf("written %q", got)
	}
}

func TestAdmission(t *testing.T) {
	a := Admission{LargestApp: 100}
	if a.TooLarge(100) || !a.TooLarge(101) || (Admission{}).TooLarge(1e18) {
		t.Error("the limit itself is allowed, and without one everything is")
	}
	if faults := (Admission{SectionAccess: "maybe", LargestApp: -1}).Check(); len(faults) != 2 {
		t.Errorf("faults %v", faults)
	}
}
