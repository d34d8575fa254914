package app

import (
	"context"
	"io"
	"log/slog"

	"github.com/carameloai/intranet/internal/web"
)

// NewLog returns the structured log on w that LOG_LEVEL and LOG_FORMAT describe.
// Each line that belongs to a request carries the request's id.
func NewLog(w io.Writer, settings Settings) *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(settings.LogLevel)) // Parse says what is wrong with it; info until then
	options := &slog.HandlerOptions{Level: level}
	if settings.LogFormat == "json" {
		return slog.New(requestLog{slog.NewJSONHandler(w, options)})
	}
	return slog.New(requestLog{slog.NewTextHandler(w, options)})
}

// requestLog adds the id of the request.
type requestLog struct{ slog.Handler }

func (l requestLog) Handle(ctx context.Context, record slog.Record) error {
	if id := web.RequestID(ctx); id != "" {
		record.AddAttrs(slog.String("request_id", id))
	}
	return l.Handler.Handle(ctx, record)
}

func (l requestLog) WithAttrs(attrs []slog.Attr) slog.Handler {
	return requestLog{l.Handler.WithAttrs(attrs)}
}

func (l requestLog) WithGroup(name string) slog.Handler {
	return requestLog{l.Handler.WithGroup(name)}
}
