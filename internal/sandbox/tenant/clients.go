package tenant

import (
	"net/http"
	"strings"

	"github.com/go-chi/chi/v5"

	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/sandbox/tenant/state"
)

// addClient makes an OAuth client; its secret is told here and never again.
func (s *Server) addClient(name string) (client state.Client, secret string, err error) {
	if name, err = checkedName(name, "name", "An OAuth client needs a name."); err != nil {
		return client, "", err
	}
	secret = randomText(33)
	client = state.Client{ID: userIDOf(randomText(24)), Name: name, SecretHash: hashOf(secret), Created: s.now().UTC()}
	return client, secret, s.db.Write(func(tx *state.Tx) error { return state.Clients.Put(tx, client.ID, client) })
}

// checkedName bounds a name that people enter.
func checkedName(text, field, missing string) (string, error) {
	text = strings.TrimSpace(text)
	switch {
	case text == "":
		return text, fault.Field(fault.Invalid, field, "%s", missing)
	case len([]rune(text)) > maxDescription:
		return text, fault.Field(fault.Invalid, field, "This has more than %d characters.", maxDescription)
	}
	return text, nil
}

// deleteClient removes a client; its access tokens are refused from then on.
func (s *Server) deleteClient(id string) error {
	return s.db.Write(func(tx *state.Tx) error {
		if _, err := oneClient(tx, id); err != nil {
			return err
		}
		return state.Clients.Delete(tx, id)
	})
}

func oneClient(tx *state.Tx, id string) (state.Client, error) {
	client, found, err := state.Clients.Get(tx, id)
	if err == nil && !found {
		err = fault.New(fault.NotFound, "There is no OAuth client %q.", id)
	}
	return client, err
}

type clientBody struct {
	ID      string `json:"clientId"`
	Name    string `json:"name"`
	Created string `json:"created"`
	Secret  string `json:"clientSecret,omitempty"`
}

// listClientsCall is GET /sandbox/v1/oauth-clients.
func (s *Server) listClientsCall(w http.ResponseWriter, _ *http.Request) error {
	list := []clientBody{}
	err := s.db.Read(func(tx *state.Tx) error {
		all, err := state.Clients.All(tx, nil)
		for _, c := range all {
			list = append(list, clientBody{ID: c.ID, Name: c.Name, Created: stamp(c.Created)})
		}
		return err
	})
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, map[string]any{"data": list})
	return nil
}

// postClientCall is POST /sandbox/v1/oauth-clients: 201 with the secret.
func (s *Server) postClientCall(w http.ResponseWriter, r *http.Request) error {
	var body struct{ Name string }
	if err := readJSON(w, r, &body); err != nil {
		return err
	}
	client, secret, err := s.addClient(body.Name)
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusCreated, clientBody{client.ID, client.Name, stamp(client.Created), secret})
	return nil
}

// deleteClientCall is DELETE /sandbox/v1/oauth-clients/{id}.
func (s *Server) deleteClientCall(w http.ResponseWriter, r *http.Request) error {
	if err := s.deleteClient(chi.URLParam(r, "id")); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
