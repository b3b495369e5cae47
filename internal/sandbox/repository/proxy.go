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
)

// proxyRoutes are QRS and tempcontent below a prefix.
func (s *Server) proxyRoutes() http.Handler {
	r := chi.NewRouter()
	r.Mount(headerPrefix, http.StripPrefix(headerPrefix, s.byHeader(s.qrsRoutes())))
	r.Mount(jwtPrefix, http.StripPrefix(jwtPrefix, s.byToken(s.qrsRoutes())))
	return r
}

// byHeader takes the user from the configured header: DIRECTORY\id.
func (s *Server) byHeader(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		directory, id, found := strings.Cut(r.Header.Get(userHeader), `\`)
		if !found || directory == "" || id == "" {
			writeText(w, http.StatusUnauthorized, "The call has no header "+userHeader+`: DIRECTORY\user.`)
			return
		}
		s.as(directory, id, w, r, next)
	})
}

// byToken takes the user from a token, by the claims userId and userDirectory, or user and directory.
func (s *Server) byToken(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		claims := jwt.MapClaims{}
		_, err := jwt.ParseWithClaims(text, claims, func(*jwt.Token) (any, error) { return s.certs.jwt, nil },
			jwt.WithValidMethods([]string{"RS256"}), jwt.WithTimeFunc(s.clock))
		directory, id := claim(claims, "userDirectory", "directory"), claim(claims, "userId", "user")
		if err != nil || directory == "" || id == "" {
			writeText(w, http.StatusUnauthorized, "The token is none of this virtual proxy, is over, or names no user and directory.")
			return
		}
		s.as(directory, id, w, r, next)
	})
}

func claim(claims jwt.MapClaims, names ...string) string {
	for _, name := range names {
		if text, is := claims[name].(string); is && text != "" {
			return text
		}
	}
	return ""
}
