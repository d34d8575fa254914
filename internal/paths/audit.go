package paths

// The audit trail.
const (
	AdminAudit       = "/admin/audit"
	AdminAuditExport = "/admin/audit/export"
)

// Audit is the audit trail, narrowed by an action, a person's e-mail and days
// (2006-01-02), and continued behind a cursor. Empty values are left out.
func Audit(action, person, from, to, after string) string {
	return WithQuery(AdminAudit, "action", action, "person", person, "from", from, "to", to, "after", after)
}
