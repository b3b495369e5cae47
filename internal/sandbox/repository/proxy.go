package repository

import (
	"net/http"
	"strings"

	"github.com/go-chi/chi/v5"
	"github.com/golang-jwt/jwt/v5"
)

// The two virtual proxies of the sandbox, by their prefix; a real site has others.
const (
	headerPrefix = "/hdr" // trusts a header, as one in front of which something else signs in
	jwtPrefix    = "/jwt" // RS256, by the key of jwt.pem
	userHeader   = "X-Qlik-Hdr"

	sessionCookie = "X-Qlik-Session" // with the prefix behind it
)

// signIn takes a user from a call.
type signIn func(r *http.Request) (directory, id string, found bool)

// proxyRoutes are QRS and tempcontent below a prefix.
func (s *Server) proxyRoutes() http.Handler {
	r := chi.NewRouter()
	r.NotFound(notFound)
	r.Mount(headerPrefix, http.StripPrefix(headerPrefix, s.behind(headerPrefix, byHeader, "The call has no header "+userHeader+`: DIRECTORY\user.`)))
	r.Mount(jwtPrefix, http.StripPrefix(jwtPrefix, s.behind(jwtPrefix, s.byToken, "The token is none of this virtual proxy, is over, or names no user and directory.")))
	return r
}

// behind lets a call through that signs in, or that has the cookie of one that did.
func (s *Server) behind(prefix string, from signIn, refusal string) http.Handler {
	next, name := s.qrsRoutes(), sessionCookie+"-"+prefix[1:]
	open := &sessions{now: s.clock, all: map[string]session{}}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		directory, id, found := from(r)
		known := session{}
		if cookie, err := r.Cookie(name); err == nil {
			known = open.use(cookie.Value)
		}
		switch {
		case !found && known.id == "":
			writeText(w, http.StatusUnauthorized, refusal)
			return
		case !found:
			directory, id = known.directory, known.id
		case known.directory != directory || known.id != id:
			http.SetCookie(w, &http.Cookie{Name: name, Value: open.begin(directory, id), Path: "/", Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode})
		}
		s.as(directory, id, w, r, next)
	})
}

// byHeader takes the user from the configured header: DIRECTORY\id.
func byHeader(r *http.Request) (directory, id string, found bool) {
	directory, id, found = strings.Cut(r.Header.Get(userHeader), `\`)
	return directory, id, found && directory != "" && id != ""
}

// byToken takes the user from a token, by the claims userId and userDirectory, or user and directory.
func (s *Server) byToken(r *http.Request) (directory, id string, found bool) {
	scheme, text, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return "", "", false
	}
	claims := jwt.MapClaims{}
	_, err := jwt.ParseWithClaims(text, claims, func(*jwt.Token) (any, error) { return s.certs.jwt, nil },
		jwt.WithValidMethods([]string{"RS256"}), jwt.WithTimeFunc(s.clock))
	directory, id = claim(claims, "userDirectory", "directory"), claim(claims, "userId", "user")
	return directory, id, err == nil && directory != "" && id != ""
}

func claim(claims jwt.MapClaims, names ...string) string {
	for _, name := range names {
		if text, is := claims[name].(string); is && text != "" {
			return text
		}
	}
	return ""
}
