package sse_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/router/internal/sse"
)

// read returns the data of all events, "-" for one without, and the error.
func read(r io.Reader) (data []string, raw string, err error) {
	s := sse.NewReader(r)
	for {
		e, err := s.Next()
		if err != nil {
			return data, raw, err
		}
		raw += string(e.Raw)
		if e.HasData {
			data = append(data, string(e.Data))
		} else {
			data = append(data, "-")
		}
	}
}

func TestReader(t *testing.T) {
	for _, row := range []struct {
		name, in string
		want     []string
	}{
		{"empty", "", nil},
		{"one", "data: a\n\n", []string{"a"}},
		{"no space", "data:a\n\n", []string{"a"}},
		{"two spaces", "data:  a\n\n", []string{" a"}},
		{"crlf", "data: a\r\n\r\ndata: b\r\n\r\n", []string{"a", "b"}},
		{"cr", "data: a\r\rdata: b\r\r", []string{"a", "b"}},
		{"mixed ends", "data: a\n\r\ndata: b\r\n\n", []string{"a", "b"}},
		{"several lines", "data: a\ndata: b\ndata\n\n", []string{"a\nb\n"}},
		{"comment within", "data: a\n: ping\n\n", []string{"a"}},
		{"comment alone", ": ping\n\ndata: a\n\n", []string{"-", "a"}},
		{"other fields", "event: x\nid: 7\ndata: a\nretry: 1\n\n", []string{"a"}},
		{"extra blank lines", "\n\n\ndata: a\n\n\n\n\ndata: b\n\n", []string{"a", "b"}},
		{"unfinished event is dropped", "data: a\n\ndata: b\n", []string{"a"}},
		{"colon in data", "data: {\"a\":1}\n\n", []string{`{"a":1}`}},
	} {
		t.Run(row.name, func(t *testing.T) {
			for name, r := range map[string]io.Reader{
				"at once":                 strings.NewReader(row.in),
				"by the byte":             iotest.OneByteReader(strings.NewReader(row.in)),
				"end with the last bytes": iotest.DataErrReader(strings.NewReader(row.in)),
			} {
				got, _, err := read(r)
				require.ErrorIs(t, err, io.EOF, name)
				require.Equal(t, row.want, got, name)
			}
		})
	}
}

func TestReaderKeepsRawBytes(t *testing.T) {
	const in = "event: x\r\ndata: a\r\n\r\n: c\n\ndata: b\n\n"
	_, raw, _ := read(strings.NewReader(in))
	require.Equal(t, in, raw)
}

func TestReaderGivesAnEventBeforeTheNextRead(t *testing.T) {
	boom := errors.New("boom")
	for _, in := range []string{"data: a\n\n", "data: a\r\r", "data: a\r\n\r\n"} {
		s := sse.NewReader(io.MultiReader(strings.NewReader(in), iotest.ErrReader(boom)))
		e, err := s.Next()
		require.NoError(t, err)
		require.Equal(t, "a", string(e.Data))
		_, err = s.Next()
		require.ErrorIs(t, err, boom)
		_, err = s.Next()
		require.ErrorIs(t, err, boom)
	}
}

func TestReaderBoundsAnEvent(t *testing.T) {
	_, _, err := read(io.MultiReader(strings.NewReader("data: "), endless{}))
	require.ErrorIs(t, err, sse.ErrTooLong)
	_, _, err = read(strings.NewReader("data: " + strings.Repeat("x", sse.MaxEventBytes) + "\n\n"))
	require.ErrorIs(t, err, sse.ErrTooLong, "a little too long is too long")
	big := "data: " + strings.Repeat("x", sse.MaxEventBytes/2) + "\n\n"
	got, _, err := read(strings.NewReader(big + big + big))
	require.ErrorIs(t, err, io.EOF)
	require.Len(t, got, 3)
}

func TestReaderGivesUpOnAReaderWithoutProgress(t *testing.T) {
	_, _, err := read(lazy{})
	require.ErrorIs(t, err, io.ErrNoProgress)
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return copy(p, bytes.Repeat([]byte("x"), len(p))), nil }

type lazy struct{}

func (lazy) Read([]byte) (int, error) { return 0, nil }

// FuzzReader checks that how the bytes are split makes no difference, and that
// what is read are the lines of the input.
func FuzzReader(f *testing.F) {
	f.Add([]byte("data: a\r\n\r\n: ping\n\ndata: b\ndata: c\n\n"))
	f.Add([]byte("data: a\r\rdata: b\n\r\n\n"))
	f.Add([]byte("\r\n\r\ndata"))
	f.Fuzz(func(t *testing.T, in []byte) {
		whole, raw, err := read(bytes.NewReader(in))
		require.ErrorIs(t, err, io.EOF)
		split, _, err := read(iotest.OneByteReader(bytes.NewReader(in)))
		require.ErrorIs(t, err, io.EOF)
		require.Equal(t, whole, split)
		require.LessOrEqual(t, len(raw), len(in))
		unified := strings.ReplaceAll(strings.ReplaceAll(string(in), "\r\n", "\n"), "\r", "\n")
		again, _, _ := read(strings.NewReader(unified))
		require.Equal(t, whole, again, "line ends make no difference")
	})
}
