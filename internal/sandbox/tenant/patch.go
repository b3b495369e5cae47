package tenant

import (
	"encoding/json"
	"net/http"

	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/sandbox/tenant/state"
)

// maxPatch bounds the operations of one patch.
const maxPatch = 100

// patchOp is one operation of a JSON Patch (RFC 6902), as far as the services take it.
type patchOp struct {
	Op    string          `json:"op"`
	Path  string          `json:"path"`
	Value json.RawMessage `json:"value"`
}

// readPatch reads the operations; what each may do is judged by its service.
func readPatch(w http.ResponseWriter, r *http.Request) ([]patchOp, error) {
	var patch []patchOp
	if err := readJSON(w, r, &patch); err != nil {
		return nil, err
	}
	if len(patch) == 0 || len(patch) > maxPatch {
		return nil, fault.New(fault.Invalid, "A patch is a list of 1 to %d operations.", maxPatch)
	}
	return patch, nil
}

// into reads a text value.
func (o patchOp) into(text *string) error {
	if err := json.Unmarshal(o.Value, text); err != nil {
		return fault.New(fault.Invalid, "The value of %s must be a text.", o.Path)
	}
	return nil
}

// read reads a value of any kind.
func (o patchOp) read(value any) error {
	if err := json.Unmarshal(o.Value, value); err != nil {
		return fault.New(fault.Invalid, "The value of %s is not of the kind that it takes.", o.Path)
	}
	return nil
}

func (o patchOp) unknown() error {
	return fault.New(fault.Invalid, "The operation %q of %q is not possible here.", o.Op, o.Path)
}

// noContent changes the state and answers 204.
func (s *Server) noContent(w http.ResponseWriter, change func(tx *state.Tx) error) error {
	if err := s.db.Write(change); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
