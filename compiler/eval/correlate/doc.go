// Package correlate is the one meaning of correlations: it looks at the events
// that rules matched and says in which windows they fire. Every engine follows
// it.
//
// The window of an event at t is (t - timespan, t]: events of the same instant
// see each other whatever their order. The condition is looked at when an event
// of a rule arrives, never without one. What fires is told as episodes: maximal
// runs of firing events of one group with gaps below the timespan.
//
// A Collector takes events in any order, and puts deliveries of the same event
// together. A Correlator takes them in order of time and keeps what lies in the
// windows, no more. Both have bounds; where one is reached it is said as a
// Problem, and the correlation goes no further, since a count of some of the
// events would be a guess.
package correlate
