package start

import (
	"testing"
	"time"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/web/ui"
)

// A tenant that cannot be reached must not sound as if all were well.
func TestConditionNamesTheWorstFirst(t *testing.T) {
	for want, s := range map[string]distribution.Summary{
		"disabled":       {Deployment: deployment.Deployment{Disabled: true, Pause: &deployment.Pause{}}, Failed: 1},
		"paused":         {Deployment: deployment.Deployment{Pause: &deployment.Pause{}}, Failed: 1},
		"2 failed":       {Failed: 2, Retrying: 1},
		"4 retrying":     {Retrying: 4, Working: 1},
		"3 on their way": {Waiting: 1, Working: 2},
		"2 waiting":      {Waiting: 2},
		"all well":       {InTenant: 7},

		"nothing sent yet": {},
	} {
		if got := condition(s); got != want {
			t.Errorf("%+v: %q, want %q", s, got, want)
		}
	}
}

func TestTileCountsWhatNeedsAttention(t *testing.T) {
	for want, s := range map[string]distribution.Summary{"1 needs attention": {Failed: 1}, "3 need attention": {Failed: 1, Paused: 2}} {
		if got := (view{summaries: []distribution.Summary{s}}).cloudTiles()[2].Meta; got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestSentenceHidesNothingThatStands(t *testing.T) {
	of := func(s distribution.Summary) view {
		s.Deployment = deployment.Deployment{Name: "eu"}
		return view{summaries: []distribution.Summary{s}}
	}
	for want, s := range map[string]distribution.Summary{
		"is up to date.":                     {InTenant: 3},
		"Nothing is on its way.":             {InTenant: 3, OldestData: time.Hour},
		"1 delivery is paused.":              {InTenant: 3, Paused: 1, Working: 2},
		"2 deliveries failed.":               {Failed: 2, Paused: 1},
		"1 delivery waits for the next try.": {Retrying: 1},
		"2 deliveries wait to be sent.":      {Retrying: 1, Waiting: 1},
		"3 deliveries are on their way.":     {Retrying: 1, Waiting: 1, Working: 1},
	} {
		if got := of(s).judge(nil).bold; got != want {
			t.Errorf("%+v: %q, want %q", s, got, want)
		}
	}
}

// A deployment that was just set up, with whatever address, is not up to date: nobody has asked it yet.
func TestUpToDateIsSaidOfThoseInUseOnly(t *testing.T) {
	eu := distribution.Summary{Deployment: deployment.Deployment{ID: "1", Name: "eu", TenantID: "t1"}}
	us := distribution.Summary{Deployment: deployment.Deployment{ID: "2", Name: "us"}}
	off := distribution.Summary{Deployment: deployment.Deployment{ID: "3", Name: "off", TenantID: "t3", Disabled: true}}
	for want, of := range map[string][]distribution.Summary{
		"All 2 deployments are up to date. ":                    {eu, eu},
		"Up to date: 1 of 2 deployments. us: nothing sent yet.": {eu, us},
		"Up to date: 2 of 3 deployments. off: disabled.":        {eu, eu, off},
		"is up to date. ":            {eu},
		"Nothing is sent anywhere. ": {us, off},
	} {
		if got := (view{summaries: of}).judge(nil); got.bold+" "+got.more != want {
			t.Errorf("%q %q, want %q", got.bold, got.more, want)
		}
	}
}

func TestObservedSiteSaysWhatWouldGo(t *testing.T) {
	for want, waiting := range map[string]int{"Nothing waits yet.": 0, "1 delivery would go now. Switch Observe only off under Site when that is right.": 1} {
		got := view{summaries: []distribution.Summary{{Waiting: waiting, Failed: 1}}}.judge(&ui.PauseBanner{ObserveOnly: true})
		if got.bold != "Observe only." || got.more != want || (got.act.Href == "/status?tab=waiting") != (waiting > 0) {
			t.Errorf("%+v leads to %s", got, got.act.Href)
		}
	}
}
