package paths

// The handshakes with Caramelo. AdminAssistantLive is their list alone, for the
// page that shows it; to AssistantState browsers say what became of the chat.
const (
	AdminAssistant             = "/admin/assistant"
	AdminAssistantLive         = "/admin/assistant/live"
	AdminHandshake     Pattern = AdminAssistant + "/{id}"
	AssistantState             = "/assistant/state"
)

// AdminHandshakes is the list of handshakes, continued behind a cursor.
func AdminHandshakes(after string) string { return WithQuery(AdminAssistant, "after", after) }
