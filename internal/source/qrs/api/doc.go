// Package api is the client of the repository (QRS) of a client-managed Qlik Sense site: one typed method for each call
// (qlik-repository-api.md), and every way in which a call can end as one *Error with a Kind, whose text tells people what is wrong
// and what to do. It repeats no call; whoever calls knows what may be repeated.
//
// Every wait ends: single answers by a total time, lists and downloads when no byte came for a while. Answers, and each element of
// a list, have a bound in bytes. No redirect is followed, and no proxy of the environment is used.
package api
