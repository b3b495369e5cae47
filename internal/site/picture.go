package site

import "time"

// Picture is what the console knows about how well it sees the site: for people, as of now.
type Picture struct {
	Kind    Kind
	Host    string
	Product string // version of the repository, as it tells

	Fresh        time.Time // the apps are known as of this moment; zero: never read
	Trouble      string    // why the site is not read now, and what to do; empty: it is
	TroubleSince time.Time

	Sweeping  bool // a full sweep runs
	Read      int  // apps that it has read so far
	Swept     time.Time
	SweepTook time.Duration
	Calls     int // of the last full sweep
	Apps      int // that the site answered in it

	Blind bool // the site answers no app at all: it has none, or the user may read none

	Callbacks    bool   // change subscriptions are in place; else the site is only looked at from time to time
	WhyPolling   string // why there are none
	LastCallback time.Time

	// Native are the names of the site's enabled rules by which it distributes itself, as they were last read: while there are any,
	// both the site and the console send.
	Native []string

	Shrunk  *Shrunk     // the site answers fewer apps than before, and somebody has to look
	Exports []Exporting // that run or wait now
}

// Shrunk says that a sweep answered so few of the known apps that no deletion was believed.
type Shrunk struct {
	Known    int       `json:"known"`
	Answered int       `json:"answered"`
	Since    time.Time `json:"since"`
	Accepted bool      `json:"accepted"` // somebody said that it is right: the next sweep believes it
}

// Exporting is one export from the site.
type Exporting struct {
	AppID, AppName string
	Since          time.Time
	Bytes          int64  // that came so far
	Waiting        string // what it waits for; empty: it runs
}

// Happened is what became of an app between two looks at it.
type Happened struct {
	Kind EventKind
	Note string // such as "moved to \"HR\", renamed"
}
