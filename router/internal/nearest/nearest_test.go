package nearest_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/router/internal/nearest"
)

func TestWord(t *testing.T) {
	words := []string{"smart", "embed", "openai/gpt-4.1", strings.Repeat("x", 200)}
	tests := []struct{ name, got, want string }{
		{"itself", "smart", "smart"},
		{"a letter left out", "smrt", "smart"},
		{"a letter too many", "embedd", "embed"},
		{"another separator", "openai-gpt-4.1", "openai/gpt-4.1"},
		{"the first of several", "smbed", "embed"},
		{"nothing near", "claude-opus", ""},
		{"nothing at all", "", ""},
		{"far too long", strings.Repeat("x", 199), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { require.Equal(t, tt.want, nearest.Word(tt.got, words)) })
	}
}
