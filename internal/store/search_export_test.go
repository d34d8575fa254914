package store

// HitsSQL is what a search sends for a kind.
var HitsSQL = hitsSQL
