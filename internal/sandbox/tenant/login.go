package tenant

import (
	"crypto/subtle"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/sandbox/tenant/faults"
	"github.com/skyferry/skyferry/internal/sandbox/tenant/state"
)

// The session that a token of a JWT identity provider makes (qlik-cloud-api.md section 2.1). Names of cookies and of
// the header are Qlik's; how long a session lives is ours.
const (
	loginAudience = "qlik.api/login/jwt-session"
	loginCookie   = "eas.sid"
	csrfCookie    = "_csrfToken"
	csrfHeader    = "qlik-csrf-token"
	loginLife     = 8 * time.Hour
	maxGroups     = 1000
)

// loginMethods are all signatures but those with a shared secret.
var loginMethods = []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"}

// postLogin is POST /login/jwt-session: it makes or updates the user, and answers with the cookies of a session.
func (s *Server) postLogin(w http.ResponseWriter, r *http.Request) error {
	token, found := bearerOf(r)
	if !found {
		return fault.New(fault.Unauthorized, "The call has no bearer token in its Authorization header.")
	}
	var provider state.Provider
	var claims jwt.MapClaims
	err := s.db.Read(func(tx *state.Tx) (err error) {
		provider, claims, err = readSigned(tx, token, jwtProtocol, loginMethods)
		return err
	})
	if err == nil {
		err = s.takeCall("login "+provider.ID, writing)
	}
	if err == nil {
		err = checkLogin(provider, claims, s.now().Add(faults.Skew(r.Context())))
	}
	if err != nil {
		return err
	}
	secret := randomText(33)
	login := state.Login{Hash: hashOf(secret), ProviderID: provider.ID, CSRF: randomText(33), Expires: s.now().UTC().Add(loginLife)}
	if err := s.db.Write(func(tx *state.Tx) error { return s.startLogin(tx, login, claims) }); err != nil {
		return err
	}
	setLoginCookies(w, r, secret, login.CSRF)
	writeJSON(w, http.StatusOK, struct{}{})
	return nil
}

// setLoginCookies gives each cookie an attribute without a value at its end, and no SameSite: Qlik's own sample reads them joined by
// commas, and finds only those behind such an attribute. Browsers take the absent one for Lax.
func setLoginCookies(w http.ResponseWriter, r *http.Request, secret, csrf string) {
	for _, cookie := range [][2]string{{loginCookie, secret}, {loginCookie + ".sig", randomText(20)}, {csrfCookie, csrf}, {csrfCookie + ".sig", randomText(20)}} {
		http.SetCookie(w, &http.Cookie{ //nolint:gosec // secure where it is https
			Name: cookie[0], Value: cookie[1], Path: "/", HttpOnly: true, Secure: r.TLS != nil,
		})
	}
}

// invalidToken is the one body of a refused session that is known from real tenants.
func invalidToken(format string, args ...any) error {
	return coded(http.StatusBadRequest, "INTERNAL-TOKEN-1", "Invalid token request", "JWT_LOGIN_VALIDATIONS "+format, args...)
}

// requiredClaims are asked for in this order; the first that is missing is named.
var requiredClaims = []string{"iss", "aud", "sub", "name", "email", "email_verified", "jti", "iat", "nbf", "exp"}

// checkLogin checks the claims of a token whose signature is good.
func checkLogin(provider state.Provider, claims jwt.MapClaims, now time.Time) error {
	for _, name := range requiredClaims {
		if value, there := claims[name]; !there || value == "" {
			return invalidToken("Missing required claim: %s", name)
		}
	}
	if kind, there := claims["subType"]; there && kind != "user" { // Qlik's own sample leaves it out
		return invalidToken("Invalid claim: subType must be user")
	}
	if claims["email_verified"] != true {
		return invalidToken("Invalid claim: email_verified must be true")
	}
	begin, err := claims.GetNotBefore()
	if err != nil {
		return invalidToken("Invalid claim: nbf")
	}
	end, err := claims.GetExpirationTime()
	if err != nil {
		return invalidToken("Invalid claim: exp")
	}
	if end.Sub(begin.Time) > longestLife {
		return invalidToken("Invalid claim: exp is more than one hour behind nbf")
	}
	if err := validate(provider, claims, now); err != nil {
		return tokenRefused(err)
	}
	return nil
}

// startLogin spends the token's jti, makes or updates the user and stores the session, all or nothing.
func (s *Server) startLogin(tx *state.Tx, login state.Login, claims jwt.MapClaims) error {
	spent := state.SpentID{Hash: hashOf(fmt.Sprint(claims["iss"], "\x00", claims["jti"])), Expires: s.now().UTC().Add(longestLife + 2*leeway)}
	if _, again, err := state.SpentIDs.Get(tx, spent.Hash); err != nil || again {
		if again {
			err = fault.New(fault.Unauthorized, "The token has made a session already: its jti may be used once.")
		}
		return err
	}
	user, err := s.userOfLogin(tx, claims)
	if err != nil {
		return err
	}
	login.UserID = user.ID
	if err := state.SpentIDs.Put(tx, spent.Hash, spent); err != nil {
		return err
	}
	return state.Logins.Put(tx, login.Hash, login)
}

func (s *Server) userOfLogin(tx *state.Tx, claims jwt.MapClaims) (state.User, error) {
	subject := textOf(claims["sub"])
	now := s.now().UTC()
	user, found, err := state.Users.First(tx, state.BySubject, subject)
	if err != nil {
		return user, err
	}
	if !found {
		user = state.User{ID: randomText(24), Subject: subject, Created: now}
	}
	if user.Status == userDisabled {
		return user, fault.New(fault.Forbidden, "The user %q is disabled in this tenant.", subject)
	}
	user.Name, user.Email, user.Status, user.Updated = textOf(claims["name"]), textOf(claims["email"]), userActive, now
	if picture := textOf(claims["picture"]); picture != "" {
		user.Picture = picture
	}
	if err := checkUser(user); err != nil {
		return user, err
	}
	if user.Groups, err = s.groupsNamed(tx, groupsOf(claims)); err != nil {
		return user, err
	}
	return user, state.Users.Put(tx, user.ID, user)
}

func textOf(value any) string {
	text, _ := value.(string)
	return text
}

// groupsOf reads the claim groups; names that no group can have are left out.
func groupsOf(claims jwt.MapClaims) (names []string) {
	list, _ := claims["groups"].([]any)
	for _, value := range list[:min(len(list), maxGroups)] {
		if name, err := checkedName(textOf(value), "", "A group needs a name."); err == nil && !strings.ContainsFunc(name, isControl) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func hasLogin(r *http.Request) bool {
	_, err := r.Cookie(loginCookie)
	return err == nil
}

// callerOfLogin finds the user of a session's cookie.
func (s *Server) callerOfLogin(tx *state.Tx, r *http.Request) (caller, error) {
	cookie, err := r.Cookie(loginCookie)
	if err != nil {
		return caller{}, fault.New(fault.Unauthorized, "The call has no bearer token in its Authorization header, and no session.")
	}
	login, found, err := state.Logins.Get(tx, hashOf(cookie.Value))
	if err != nil {
		return caller{}, err
	}
	_, trusted, err := state.Providers.Get(tx, login.ProviderID)
	if err != nil {
		return caller{}, err
	}
	if !found || !trusted || !s.now().Before(login.Expires) {
		return caller{}, fault.New(fault.Unauthorized, "The session has ended. Make a new one at /login/jwt-session.")
	}
	who, err := callerOfUser(tx, login.UserID)
	who.CSRF = login.CSRF
	return who, err
}

// checkCSRF asks for the token with every changing call that comes by a session (section 0).
func checkCSRF(r *http.Request, who caller) error {
	if who.CSRF == "" || tierOf(r) == reading {
		return nil
	}
	sent := r.Header.Get(csrfHeader)
	if sent == "" {
		sent = r.URL.Query().Get(csrfHeader)
	}
	if subtle.ConstantTimeCompare([]byte(sent), []byte(who.CSRF)) == 1 {
		return nil
	}
	return coded(http.StatusForbidden, "CSRF-TOKEN-2", "CSRF token mismatch",
		"A changing call with a session needs the header %s. Get its value at /api/v1/csrf-token.", csrfHeader)
}

// getCSRF is GET /api/v1/csrf-token: 204, the token in a header. Who sends bearer tokens needs none and gets a new one.
func (s *Server) getCSRF(w http.ResponseWriter, r *http.Request) error {
	token := callerOf(r).CSRF
	if token == "" {
		token = randomText(33)
	}
	w.Header().Set(csrfHeader, token)
	w.WriteHeader(http.StatusNoContent)
	return nil
}
