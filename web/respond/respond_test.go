package respond_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/web/respond"
)

// TestWhatTookAllItsTimeIsToldAllTheSame: a tenant that answers too late must not end in an empty page.
func TestWhatTookAllItsTimeIsToldAllTheSame(t *testing.T) {
	ctx, cancel := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
	defer cancel()
	w := httptest.NewRecorder()
	respond.Fault(w, httptest.NewRequestWithContext(ctx, http.MethodPost, "/", nil), fault.New(fault.Unavailable, "The tenant did not answer."))
	if w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), "The tenant did not answer.") {
		t.Errorf("%d: %s", w.Code, w.Body)
	}
}
