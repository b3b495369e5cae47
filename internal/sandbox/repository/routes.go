package repository

import (
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/go-chi/chi/v5"
)

// trustedRoutes are what port 4242 answers: nothing below /qrs without X-Qlik-User.
func (s *Server) trustedRoutes() http.Handler {
	r := chi.NewRouter()
	r.Get("/ssl/ping", ping)
	r.Mount("/", s.byCertificate(s.qrsRoutes()))
	return r
}

// qrsRoutes are QRS and its files, for a caller who is known by now.
func (s *Server) qrsRoutes() http.Handler {
	r := chi.NewRouter()
	r.Use(s.byRights)
	r.NotFound(notFound)
	r.Get("/tempcontent/{file}/*", s.api(s.getTempContent))
	r.Route("/qrs", func(r chi.Router) {
		r.Use(measured, complete, xrf)
		r.NotFound(notFound)
		r.MethodNotAllowed(notFound)
		r.Get("/ssl/ping", ping)
		r.Get("/about", s.getAbout)
		r.Get("/about/api/enums", getEnums)
		r.Get("/about/api/relations", getRelations)
		r.Get("/about/api/description", describe(r))
		r.Get("/license", s.getLicense)
		r.Post("/notification", s.api(s.postNotification))
		r.Delete("/notification", s.api(s.deleteNotification))
		r.Get("/notification/changes", s.api(s.getChanges))
		r.Route("/app", s.appRoutes)
		r.Route("/stream", func(r chi.Router) { streamKind.routes(s, r) })
		r.Route("/tag", func(r chi.Router) { tagKind.routes(s, r) })
		r.Route("/custompropertydefinition", func(r chi.Router) { definitionKind.routes(s, r) })
		r.Route("/user", func(r chi.Router) { userKind.routes(s, r) })
		r.Route("/systemrule", func(r chi.Router) { ruleKind.routes(s, r) })
		r.Route("/executionresult", func(r chi.Router) { executionKind.routes(s, r) })
		r.Get("/executionsession/{id}", s.api(s.getSession))
		r.Route("/reloadtask", s.reloadTaskRoutes)
		r.Route("/task", s.taskRoutes)
	})
	return r
}

// anyCase lets clients write /qrs/App/table, /qrs/app/full/ and the like: from qrs on, words of letters in a path are taken in lower
// case, and empty ones are left out. GUIDs, and the names of files, stay as they are.
func anyCase(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		words := strings.Split(r.URL.Path, "/")
		at := slices.IndexFunc(words, func(word string) bool { return strings.EqualFold(word, "qrs") })
		if at == 1 || at == 2 { // behind the prefix of a virtual proxy
			below := slices.DeleteFunc(words[at:], func(word string) bool { return word == "" })
			for i, word := range below {
				if !strings.ContainsAny(word, "-0123456789") {
					below[i] = strings.ToLower(word)
				}
			}
			r.URL.Path, r.URL.RawPath = strings.Join(append(words[:at], below...), "/"), ""
		}
		next.ServeHTTP(w, r)
	})
}

func notFound(w http.ResponseWriter, r *http.Request) {
	writeText(w, http.StatusNotFound, "This sandbox has no "+r.Method+" "+r.URL.Path+". See docs/sandbox-repository.md for what it has.")
}

func getHealth(w http.ResponseWriter, _ *http.Request) {
	_, _ = io.WriteString(w, "ok\n") // a prober that is gone needs no answer
}

func ping(w http.ResponseWriter, _ *http.Request) { writeText(w, http.StatusOK, "Ping successful") }
