package users

import (
	"net/http"

	"github.com/skyferry/skyferry/internal/account"
	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/web/respond"
)

// form is what the edit page shows and sends.
type form struct {
	New      bool
	ID       string
	Name     string
	Role     account.Role
	Disabled bool
	Faults   map[string]string
	Summary  string
	History  []account.Record
	password string
}

func formOf(u account.User) form {
	return form{ID: u.ID, Name: u.Name, Role: u.Role, Disabled: u.Disabled}
}

func decode(w http.ResponseWriter, r *http.Request) (form, error) {
	if err := respond.Form(w, r); err != nil {
		return form{}, err
	}
	return form{
		Name: r.PostForm.Get("name"), Role: account.Role(r.PostForm.Get("role")), Disabled: r.PostForm.Get("disabled") != "",
		password: r.PostForm.Get("password"),
	}, nil
}

func (f form) user(id string) account.User {
	return account.User{ID: id, Name: f.Name, Role: f.Role, Disabled: f.Disabled}
}

func (f form) with(password string) form {
	f.password = password
	return f
}

func (f *form) fail(err error) { f.Faults, f.Summary = fieldsOf(err, "name"), fault.Of(err).Text }

// fieldsOf gives the messages of an error by field; one without fields goes to the fallback field.
func fieldsOf(err error, fallback string) map[string]string {
	e := fault.Of(err)
	if len(e.Fields) > 0 {
		return e.Fields
	}
	return map[string]string{fallback: e.Text}
}
