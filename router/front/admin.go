package front

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"net"
	"net/http"
	"strings"
)

// minToken is the shortest token that an operator can set: one that cannot be tried out.
const minToken = 16

// CheckToken says what is wrong with an operators' token, without repeating it.
func CheckToken(token string) error {
	switch {
	case len(token) < minToken || len(token) > maxKey:
		return errors.New("a token has 16 to 512 characters; `openssl rand -hex 32` makes one")
	case strings.ContainsFunc(token, func(c rune) bool { return c <= ' ' || c > '~' }):
		return errors.New("a token is of printable characters without blanks")
	}
	return nil
}

// Admin asks for the operators' token before next is served anything: as
// `Authorization: Bearer TOKEN`, or by HTTP Basic, with any name and the token as the
// password, which is what a browser asks its user for. What another site has a browser
// send is refused, unless it only reads.
func Admin(token string, next http.Handler) http.Handler {
	want := sha256.Sum256([]byte(token)) // of one length, so that comparing takes one time
	next = http.NewCrossOriginProtection().Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		got := sha256.Sum256([]byte(tokenOf(q)))
		if subtle.ConstantTimeCompare(got[:], want[:]) != 1 {
			w.Header().Set("WWW-Authenticate", `Basic realm="routedrill operators", charset="UTF-8"`)
			refuse(w, http.StatusUnauthorized, invalid, "invalid_admin_token",
				"the operators' token is needed: as `Authorization: Bearer TOKEN`, or as the password of HTTP Basic")
			return
		}
		w.Header().Set("Cache-Control", "no-store") // what operators see stays with them
		q = q.WithContext(q.Context())
		q.Header = q.Header.Clone()
		delete(q.Header, "Authorization") // nobody's credentials as a client
		next.ServeHTTP(w, q)
	})
}

func tokenOf(q *http.Request) string {
	v := q.Header["Authorization"]
	if len(v) != 1 || len(v[0]) > 2*maxKey {
		return ""
	}
	if _, password, ok := q.BasicAuth(); ok {
		return password
	}
	if scheme, token, ok := strings.Cut(v[0], " "); ok && strings.EqualFold(scheme, "Bearer") {
		return strings.TrimSpace(token)
	}
	return ""
}

// Loopback reports whether an address to listen on is reached from this machine only.
func Loopback(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return false
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
