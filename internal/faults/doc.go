// Package faults runs the whole intranet as it is deployed, and breaks one part after the other:
// two replicas as processes, HAProxy, PgBouncer, Postgres with a standby, and the sandbox in
// Caramelo's place. People read, write, sign in and out meanwhile, and what they were answered is
// compared with what the database holds in the end.
//
// Each fault is short in every run of the tests. With FAULTS=long, which make faults sets, each lasts
// longer and comes more than once, and a table for docs/operations.md is printed.
//
// It has tests only, and knows no optional feature.
package faults
