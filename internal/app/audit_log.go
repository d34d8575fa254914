package app

import (
	"context"
	"io"
	"log/slog"

	"github.com/carameloai/intranet/internal/store"
)

// auditLog returns what writes entries of the audit trail to out as lines of JSON, for a
// system that watches over many. Each line has the same keys, whatever LOG_FORMAT is. log
// says where a line could not be written.
func auditLog(out io.Writer, log *slog.Logger) func(store.Recorded) {
	lines := slog.NewJSONHandler(out, nil)
	return func(r store.Recorded) {
		ctx := context.Background()
		line := slog.NewRecord(r.At.UTC(), slog.LevelInfo, "audit", 0)
		line.AddAttrs(
			slog.Int64("id", r.ID),
			slog.String("action", string(r.Action)),
			slog.String("actor_id", r.ActorID),
			slog.String("actor", r.Actor),
			slog.String("subject_id", r.SubjectID),
			slog.String("subject", r.Subject),
			slog.String("address", r.Address),
			slog.String("request_id", r.RequestID),
			slog.String("detail", r.Detail),
		)
		if err := lines.Handle(ctx, line); err != nil {
			log.Warn("a line of the audit trail could not be written", slog.Int64("id", r.ID), slog.Any("error", err))
		}
	}
}
