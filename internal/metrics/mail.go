package metrics

import "github.com/carameloai/intranet/internal/mail"

// Mail makes the metrics of a replica that sends mail.
func (m *Metrics) Mail() {
	m.mails = counter(m.registry, "intranet_mail_total", "Attempts to send a mail, by how they ended.", "result")
	startAtZero(m.mails, mail.Results)
	m.mailWaiting = gauge(m.registry, "intranet_mail_waiting", "Mails that wait in the outbox, of all replicas.")
	m.mailOldest = gauge(m.registry, "intranet_mail_oldest_seconds", "How long the oldest of them has waited.")
	m.MailWaiting(mail.Backlog{})
}

// Mailed counts an attempt to send a mail that ended with one of mail.Results.
func (m *Metrics) Mailed(result string) { m.mails.WithLabelValues(result).Inc() }

// MailWaiting shows what waits in the outbox.
func (m *Metrics) MailWaiting(b mail.Backlog) {
	m.mailWaiting.WithLabelValues().Set(float64(b.Mails))
	m.mailOldest.WithLabelValues().Set(b.Oldest.Seconds())
}
