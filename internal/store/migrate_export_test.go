package store

// MigrateFrom and SchemaFrom are Migrate and Schema with other files.
var (
	MigrateFrom = migrate
	SchemaFrom  = schema
)
