package front

import (
	"crypto/rand" //nolint:depguard // a key that can be drawn again is none
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/routedrill/routedrill/router"
	"github.com/routedrill/routedrill/router/audit"
)

// Key is an API key that clients may have.
type Key struct {
	Name string // for logs; unique, up to 128 printable characters without blanks
	// Hash is the key's [Hash]. What stands in the file is of no use to who reads it.
	Hash string
	// Tenant on whose behalf its requests are; "" is one of the key's own, of its
	// name. Keys of one tenant share its cache entries and its jobs.
	Tenant string
	Routes []string // values of `model` it may ask for; nil means any

	RequestsPerMinute int // at most, all of them at once if need be; 0 is no quota
	// TokensPerMinute of prompts and answers, retries included. A request is let in
	// while something is left; what it really used is taken afterwards. 0 is no quota.
	TokensPerMinute int
	Concurrent      int // requests under way at once; 0 is no limit but that of all
}

// MaxQuota is the largest quota.
const MaxQuota = 1_000_000_000

// digest is the SHA-256 of a key. Keys are long and random, so a fast hash serves:
// there is nothing to guess.
type digest [sha256.Size]byte

// prefix makes a key known for what it is, to people and to scanners for secrets.
const prefix = "rdk-"

// maxKey bounds what is hashed.
const maxKey = 512

// NewKey draws a key, and its hash. The key is shown to nobody else.
func NewKey() (key, hash string) {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails
	key = prefix + base64.RawURLEncoding.EncodeToString(b)
	return key, Hash(key)
}

// Hash is the hash of a key as a file has it: SHA-256 in 64 hexadecimal digits.
func Hash(key string) string {
	d := sha256.Sum256([]byte(key))
	return hex.EncodeToString(d[:])
}

// CheckHash says what is wrong with a [Key].Hash. It never repeats it, which might
// be the key itself.
func CheckHash(hash string) error {
	if b, err := hex.DecodeString(hash); err != nil || len(b) != sha256.Size {
		return errors.New("must be the SHA-256 of the key, 64 hexadecimal digits; `routedrill key` makes both")
	}
	return nil
}

func (k *Key) check() (d digest, err error) {
	if err := checkName(k.Name); err != nil {
		return d, fmt.Errorf("front: a key's name %w", err)
	}
	if err := CheckHash(k.Hash); err != nil {
		return d, fmt.Errorf("front: key %q: hash %w", k.Name, err)
	}
	if k.Tenant != "" {
		if err := checkName(k.Tenant); err != nil {
			return d, fmt.Errorf("front: key %q: tenant %w", k.Name, err)
		}
	}
	if k.Tenant == router.AnyTenant || k.Tenant == "" && k.Name == router.AnyTenant {
		return d, fmt.Errorf("front: key %q: %q is no tenant", k.Name, router.AnyTenant)
	}
	for _, n := range []int{k.RequestsPerMinute, k.TokensPerMinute, k.Concurrent} {
		if n < 0 || n > MaxQuota {
			return d, fmt.Errorf("front: key %q: a quota of %d is not within 0 and %d", k.Name, n, MaxQuota)
		}
	}
	_, _ = hex.Decode(d[:], []byte(k.Hash)) // checked
	return d, nil
}

// client is who has a key, and what they have used.
type client struct {
	key    Key
	digest digest
	tenant []string // as a header value
	caller *router.Caller
	*used
}

// used is what outlives a change of the config.
type used struct {
	requests, tokens quota
	places           places
}

func newClient(k Key, d digest, old *client) *client {
	k.Routes = slices.Clone(k.Routes)
	c := &client{key: k, digest: d, tenant: []string{k.Tenant}}
	if k.Tenant == "" {
		c.tenant[0] = k.Name
	}
	if c.used = (&used{}); old != nil {
		c.used = old.used
	}
	c.caller = &router.Caller{Name: k.Name, Routes: k.Routes, Done: c.spent}
	return c
}

// spent takes what a request used from the quota.
func (c *client) spent(rec *audit.Record) {
	if c.key.TokensPerMinute == 0 {
		return
	}
	n := int64(0)
	for i := range rec.Attempts {
		n += rec.Attempts[i].PromptTokens + rec.Attempts[i].OutputTokens
	}
	c.tokens.take(rec.End, n, c.key.TokensPerMinute)
}

// identify is who sent the request; nil for anybody without a key, and for who sends
// several.
func (s *settled) identify(q *http.Request) *client {
	v := q.Header["Authorization"]
	if len(v) != 1 || len(v[0]) > maxKey {
		return nil
	}
	scheme, key, _ := strings.Cut(v[0], " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return nil
	}
	d := digest(sha256.Sum256([]byte(strings.TrimSpace(key))))
	// How long the search takes tells of hashes, which nobody can choose, and not of
	// keys. The whole is compared in constant time all the same.
	c := s.keys[d]
	if c == nil || subtle.ConstantTimeCompare(c.digest[:], d[:]) != 1 {
		return nil
	}
	return c
}
