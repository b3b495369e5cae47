package deployment

import (
	"math"
	"strconv"
	"strings"
)

// AccessRule says what becomes of apps with section access.
type AccessRule string

// The rules for apps with section access. The users of a tenant are not those of the site, so that section access that was
// written for the site may let nobody in, or somebody else.
const (
	HoldAccess  AccessRule = "" // somebody releases the app first
	SendAccess  AccessRule = "send"
	NeverAccess AccessRule = "never"
)

// Admission says which apps a deployment takes.
type Admission struct {
	SectionAccess AccessRule
	LargestApp    int64 // bytes of the app's file; 0: no limit
}

// TooLarge says whether a file of this many bytes is larger than the deployment takes.
func (a Admission) TooLarge(size int64) bool { return a.LargestApp > 0 && size > a.LargestApp }

// Check gives the faults by the form's field names: sectionaccess, largestapp.
func (a Admission) Check() map[string]string {
	faults := map[string]string{}
	switch a.SectionAccess {
	case HoldAccess, SendAccess, NeverAccess:
	default:
		faults["sectionaccess"] = "Choose Hold, Send or Never."
	}
	if a.LargestApp < 0 {
		faults["largestapp"] = "A size is more than nothing. Leave the field empty for no limit."
	}
	return faults
}

// sizeUnits are those of the pages: a GB is 1,000 MB, as the plans of Qlik Cloud count.
var sizeUnits = []struct {
	name  string
	bytes float64
}{{"TB", 1e12}, {"GB", 1e9}, {"MB", 1e6}, {"kB", 1e3}, {"B", 1}}

// ParseSize reads a size such as "5 GB" or "1.5 TB"; an empty text is 0. It says whether the text is one.
func ParseSize(text string) (bytes int64, ok bool) {
	text = strings.TrimSpace(text)
	if text == "" {
		return 0, true
	}
	for _, unit := range sizeUnits {
		number, found := strings.CutSuffix(strings.ToUpper(text), strings.ToUpper(unit.name))
		if !found {
			continue
		}
		n, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
		total := math.Round(n * unit.bytes)
		return int64(total), err == nil && total >= 1 && total <= 1e18
	}
	return 0, false
}

// SizeText writes a size so that ParseSize reads the same; 0 is empty.
func SizeText(bytes int64) string {
	if bytes == 0 {
		return ""
	}
	for _, unit := range sizeUnits {
		text := strconv.FormatFloat(float64(bytes)/unit.bytes, 'f', -1, 64) + " " + unit.name
		if same, ok := ParseSize(text); ok && same == bytes && float64(bytes) >= unit.bytes {
			return text
		}
	}
	return strconv.FormatInt(bytes, 10) + " B"
}
