package report

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"

	"github.com/routedrill/routedrill/sim/record"
)

// digestHeader starts every digest, so that another encoding can never give
// an equal one.
const digestHeader = "routedrill requests 1\n"

// Digest returns the SHA-256 over a cell's request records as hexadecimal.
// Two runs that agree in it agree in everything the clients saw.
//
// The bytes hashed are the header "routedrill requests 1\n", the number of
// records as 8 bytes, and each record in order as its fields in this order:
//
//	seq 4, task, outcome, stream 1, tries 1, status 2, provider, model,
//	answered, scheduled 8, sent 8, first_token 8, done 8, finished 1,
//	prompt_tokens 4, output_tokens 4, content_tokens 4
//
// Integers are little endian with as many bytes as the figure says, instants
// are nanoseconds, truth is 1 or 0. Names and outcomes are their words, not
// their indexes: 2 bytes of length and the bytes; what names nothing is
// empty.
func Digest(cell *record.Cell) string {
	const chunk = 1 << 16
	hash := sha256.New()
	buf := make([]byte, 0, chunk+4096)
	buf = append(buf, digestHeader...)
	buf = binary.LittleEndian.AppendUint64(buf, uint64(len(cell.Requests)))
	for i := range cell.Requests {
		buf = appendRequest(buf, cell, &cell.Requests[i])
		if len(buf) >= chunk {
			hash.Write(buf)
			buf = buf[:0]
		}
	}
	hash.Write(buf)
	return hex.EncodeToString(hash.Sum(nil))
}

func appendRequest(b []byte, cell *record.Cell, r *record.Request) []byte {
	le := binary.LittleEndian
	b = le.AppendUint32(b, r.Seq)
	b = appendWord(b, nameAt(cell.Tasks, r.Task))
	b = appendWord(b, r.Outcome.String())
	b = append(b, truth(r.Stream), r.Tries)
	b = le.AppendUint16(b, r.Status)
	b = appendWord(b, nameAt(cell.Providers, r.Provider))
	b = appendWord(b, nameAt(cell.Models, r.Model))
	b = appendWord(b, nameAt(cell.Models, r.Answered))
	b = le.AppendUint64(b, uint64(r.Scheduled))
	b = le.AppendUint64(b, uint64(r.Sent))
	b = le.AppendUint64(b, uint64(r.FirstToken))
	b = le.AppendUint64(b, uint64(r.Done))
	b = append(b, truth(r.Finished))
	b = le.AppendUint32(b, r.PromptTokens)
	b = le.AppendUint32(b, r.OutputTokens)
	return le.AppendUint32(b, r.ContentTokens)
}

func appendWord(b []byte, word string) []byte {
	word = word[:min(len(word), 1<<16-1)]
	b = binary.LittleEndian.AppendUint16(b, uint16(len(word)))
	return append(b, word...)
}

func truth(v bool) byte {
	if v {
		return 1
	}
	return 0
}

// nameAt returns the name an index stands for, empty when it names nothing.
func nameAt(names []string, i int16) string {
	if i >= 0 && int(i) < len(names) {
		return names[i]
	}
	return ""
}
