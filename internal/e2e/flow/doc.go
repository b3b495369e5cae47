// Package flow proves the way of an app with everything real except the network's other end: store, queue, engine, library
// and tenant client of the console against sandbox tenants over HTTP, with faults laid around them. It has tests only.
package flow
