package policies

import (
	"slices"
	"strings"

	"github.com/skyferry/skyferry/internal/policy"
)

// fieldChange is a field that two versions have differently, line by line.
type fieldChange struct {
	Field string
	Lines []diffLine
}

// diffLine is a line of both texts, or of one only.
type diffLine struct {
	Mark string // "−" only in the old text, "+" only in the new one, "" in both
	Text string
}

type fieldText struct{ name, text string }

func textsOf(p policy.Policy) []fieldText {
	return []fieldText{
		{"Name", p.Name}, {"Description", p.Description}, {"Template", p.Template}, {"Resource filter", p.ResourceFilter},
		{"Actions", actionWords(p.Actions)}, {"Conditions", p.Conditions}, {"Tests", p.Tests},
		{"Disabled", yesNo(p.Disabled)}, {"Tags", strings.Join(p.Tags, ", ")},
	}
}

// changesOf gives the fields that differ, in the order of the form.
func changesOf(before, after policy.Policy) (changes []fieldChange) {
	old := textsOf(before)
	for i, f := range textsOf(after) {
		if old[i].text != f.text {
			changes = append(changes, fieldChange{f.name, diffLines(split(old[i].text), split(f.text))})
		}
	}
	return changes
}

func split(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(lines(text), "\n")
}

// diffLines marks what went and what came. Equal ends stay equal; what is between is compared in full up to a bound.
func diffLines(old, fresh []string) (diff []diffLine) {
	head := 0
	for head < min(len(old), len(fresh)) && old[head] == fresh[head] {
		head++
	}
	tail := 0
	for tail < min(len(old), len(fresh))-head && old[len(old)-1-tail] == fresh[len(fresh)-1-tail] {
		tail++
	}
	diff = marked(diff, "", old[:head])
	diff = append(diff, middle(old[head:len(old)-tail], fresh[head:len(fresh)-tail])...)
	return marked(diff, "", old[len(old)-tail:])
}

func marked(diff []diffLine, mark string, texts []string) []diffLine {
	for _, text := range texts {
		diff = append(diff, diffLine{mark, text})
	}
	return diff
}

// middle follows the longest common part.
func middle(old, fresh []string) (diff []diffLine) {
	const most = 1 << 20
	if len(old)*len(fresh) > most {
		return marked(marked(nil, "−", old), "+", fresh)
	}
	common := commonLengths(old, fresh)
	i, j := 0, 0
	for i < len(old) && j < len(fresh) {
		switch {
		case old[i] == fresh[j]:
			diff = append(diff, diffLine{"", old[i]})
			i, j = i+1, j+1
		case common[i+1][j] >= common[i][j+1]:
			diff = append(diff, diffLine{"−", old[i]})
			i++
		default:
			diff = append(diff, diffLine{"+", fresh[j]})
			j++
		}
	}
	return marked(marked(diff, "−", old[i:]), "+", fresh[j:])
}

// commonLengths has for each pair of places how many lines the texts have in common from there on.
func commonLengths(old, fresh []string) [][]int {
	table := make([][]int, len(old)+1)
	for i := range table {
		table[i] = make([]int, len(fresh)+1)
	}
	for i := range slices.Backward(old) {
		for j := range slices.Backward(fresh) {
			if old[i] == fresh[j] {
				table[i][j] = table[i+1][j+1] + 1
			} else {
				table[i][j] = max(table[i+1][j], table[i][j+1])
			}
		}
	}
	return table
}
