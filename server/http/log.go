package http

import (
	"crypto/rand"
	"encoding/hex"
	"log/slog"
	nethttp "net/http"
	"time"

	"github.com/deltabase/deltabase/server"
)

// EngineHeader names the client engine that sends a request; it is logged, so that the log tells
// who pushed.
const EngineHeader = "x-deltabase-engine"

// logAnswer writes a line per root field and one per request, all with the request's id, which the client
// has in x-amzn-RequestId, its caller and its address. Lines hold ids and counts, never records or
// credentials.
func (h *Host) logAnswer(r *nethttp.Request, id string, answer server.Answer, took time.Duration) {
	engine := r.Header.Get(EngineHeader)
	engine = engine[:min(len(engine), EngineNameMax)]
	log := h.options.Log.With("engine", engine, "requestId", id, "caller", answer.Caller, "address", h.addressOf(r))
	for _, t := range answer.Trace {
		switch t.Kind {
		case "create", "update", "delete":
			logMutation(log, t)
		default:
			log.Info(t.Kind, "field", t.Field, "model", t.Model, "evaluated", t.Evaluated,
				"items", t.Items, "base", t.Base)
		}
	}
	level := slog.LevelInfo
	fields := []any{"status", answer.Status, "bytes", len(answer.Body), "ms", float64(took.Microseconds()) / 1000}
	if answer.ErrorType != "" {
		fields = append(fields, "errorType", answer.ErrorType)
	}
	if answer.Failure != nil {
		level = slog.LevelError
		fields = append(fields, "error", answer.Failure.Error())
	}
	log.Log(r.Context(), level, "request", fields...)
}

func logMutation(log *slog.Logger, t server.Trace) {
	fields := []any{"field", t.Field, "operation", t.Kind, "model", t.Model, "outcome", t.Outcome}
	if t.RecordID != "" {
		fields = append(fields, "id", t.RecordID)
	}
	if t.Version > 0 {
		fields = append(fields, "version", t.Version)
	}
	if t.MutationID != "" {
		fields = append(fields, "mutation", t.MutationID)
	}
	if t.Error != "" {
		fields = append(fields, "error", t.Error)
	}
	log.Info("mutation", fields...)
}

func requestID() string {
	var b [16]byte
	rand.Read(b[:])
	h := hex.EncodeToString(b[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}
