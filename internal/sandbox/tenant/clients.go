package tenant

import (
	"strings"

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

// addKey makes an API key; its text is told here and never again.
func (s *Server) addKey(description string) (key state.Key, text string, err error) {
	if description, err = checkedName(description, "description", "An API key needs a description."); err != nil {
		return key, "", err
	}
	text = randomText(33)
	key = state.Key{Hash: hashOf(text), ID: randomHex(), Description: description, Tail: tailOf(text), Created: s.now().UTC()}
	return key, text, s.db.Write(func(tx *state.Tx) error { return state.Keys.Put(tx, key.Hash, key) })
}

// deleteKey removes an API key, and with it the sessions that were made with it.
func (s *Server) deleteKey(id string) error {
	return s.db.Write(func(tx *state.Tx) error {
		key, err := oneKey(tx, id)
		if err != nil {
			return err
		}
		return state.Keys.Delete(tx, key.Hash)
	})
}

func oneKey(tx *state.Tx, id string) (state.Key, error) {
	found, err := state.Keys.All(tx, func(k state.Key) bool { return k.ID == id })
	if err != nil {
		return state.Key{}, err
	}
	if len(found) == 0 {
		return state.Key{}, fault.New(fault.NotFound, "There is no API key %q.", id)
	}
	return found[0], nil
}
