// Package distribution carries apps to tenants: events become decisions, decisions become deliveries, and a worker moves
// each delivery through its states. The states and their legal moves stand here and nowhere else.
package distribution

import "slices"

// State is where a delivery stands.
type State string

// The states of a delivery (design.md section 3).
const (
	Waiting     State = "waiting"
	Exporting   State = "exporting"
	Uploading   State = "uploading"
	Importing   State = "importing"
	Placing     State = "placing"
	Distributed State = "distributed"
	Retrying    State = "retrying"
	Paused      State = "paused"
	Failed      State = "failed"
	Cancelled   State = "cancelled"
	Superseded  State = "superseded"
)

// LeftInTenant is shown for a placement that is no longer kept up to date; it is no state of a delivery.
const LeftInTenant State = "left in tenant"

// moves is the one table of legal moves. Everything else is refused.
var moves = map[State][]State{
	Waiting:   {Exporting, Uploading, Importing, Placing, Paused, Retrying, Failed, Cancelled, Superseded},
	Exporting: {Uploading, Importing, Waiting, Retrying, Paused, Failed, Cancelled, Superseded},
	Uploading: {Importing, Exporting, Waiting, Retrying, Paused, Failed, Cancelled, Superseded},
	Importing: {Placing, Uploading, Waiting, Retrying, Paused, Failed, Cancelled},
	Placing:   {Distributed, Importing, Waiting, Retrying, Paused, Failed, Cancelled},
	Retrying:  {Waiting, Exporting, Uploading, Importing, Placing, Paused, Failed, Cancelled, Superseded},
	Paused:    {Waiting, Cancelled, Superseded},
	Failed:    {Waiting, Cancelled, Superseded}, // retried by an admin, no longer wanted, or something newer takes its place
}

// MayBecome says whether a delivery in state s may move to the other state. Staying is always legal.
func (s State) MayBecome(next State) bool { return s == next || slices.Contains(moves[s], next) }

// Open says whether the delivery still has work ahead of it.
func (s State) Open() bool {
	switch s {
	case Distributed, Failed, Cancelled, Superseded, LeftInTenant:
		return false
	default:
		return true
	}
}

// Working says whether a worker is at it right now.
func (s State) Working() bool {
	return s == Exporting || s == Uploading || s == Importing || s == Placing
}
