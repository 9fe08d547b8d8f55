package wire_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/fakeproviders/wire"
)

// Ids of neighbours differ in every part of them, not only at the beginning.
func TestIDsDifferThroughout(t *testing.T) {
	seen := map[string]bool{}
	for id := range uint64(10_000) {
		whole := string(wire.AppendID(nil, id, 48))
		require.Len(t, whole, 48)
		for at := 0; at+8 <= 40; at += 10 {
			part := whole[at : at+8]
			require.False(t, seen[part], "%q at %d of %s", part, at, whole)
			seen[part] = true
		}
	}
}
