package tenant

import (
	"net/http"

	"github.com/a-h/templ"

	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/sandbox/tenant/pages"
)

// listPage draws an overview; window, when not nil, lies over it.
type listPage func(w http.ResponseWriter, r *http.Request, status int, window templ.Component) error

// showForm shows a form in a window over its list.
func showForm(w http.ResponseWriter, r *http.Request, list listPage, form pages.Form) error {
	return list(w, r, http.StatusOK, pages.FormWindow(form))
}

// refuseForm shows a form again: 422, what was entered kept, the message at its field and on top. Faults of ours, and
// things that are gone, are no faults of the form and go on.
func refuseForm(w http.ResponseWriter, r *http.Request, list listPage, form pages.Form, err error) error {
	problem := fault.Of(err)
	if problem.Kind != fault.Invalid && problem.Kind != fault.Conflict {
		return err
	}
	form.Problem = problem.Text
	for i, field := range form.Fields {
		form.Fields[i].Error = problem.Fields[field.Name]
		form.Fields[i].First = form.Fields[i].Error != "" // so that typing mends it at once
	}
	return list(w, r, http.StatusUnprocessableEntity, pages.FormWindow(form))
}

// refuseQuestion shows a question again with the reason why it was not done.
func refuseQuestion(w http.ResponseWriter, r *http.Request, list listPage, question pages.Question, err error) error {
	problem := fault.Of(err)
	if problem.Kind != fault.Invalid && problem.Kind != fault.Conflict {
		return err
	}
	question.Problem = problem.Text
	return list(w, r, http.StatusUnprocessableEntity, pages.QuestionWindow(question))
}
