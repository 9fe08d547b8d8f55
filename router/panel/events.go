package panel

import (
	"bytes"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// events streams the page's changing part as server-sent events: `view` has its HTML,
// `title` the page's title, and `change` a sentence about breakers, for screen readers.
// Nothing waits for a client: who does not take an event in time is dropped, and comes
// back to what is then.
func (p *Panel) events(w http.ResponseWriter, q *http.Request) {
	select {
	case p.places <- struct{}{}:
		defer func() { <-p.places }()
	default:
		w.Header().Set("Retry-After", "10")
		http.Error(w, "as many look at the panel as may at once; /panel itself can be reloaded", http.StatusServiceUnavailable)
		return
	}
	header(w, "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no") // proxies that buffer would make it stand still
	rc := http.NewResponseController(w)
	end := time.NewTimer(MaxStream)
	defer end.Stop()
	tick := time.NewTicker(Every)
	defer tick.Stop()
	_, seen := p.watch.since(0)
	b := bytes.NewBufferString("retry: 2000\n\n")
	for {
		f := p.frame()
		event(b, "view", string(f.html))
		event(b, "title", f.title)
		var changes []change
		if changes, seen = p.watch.since(seen); len(changes) > 0 {
			event(b, "change", told(changes))
		}
		_ = rc.SetWriteDeadline(time.Now().Add(patience)) // only not supported by writers of tests
		if _, err := w.Write(b.Bytes()); err != nil {
			return
		}
		if rc.Flush() != nil {
			return
		}
		b.Reset()
		select { // whichever it is, it only ends the stream or goes on with what is then
		case <-p.done:
			return
		case <-q.Context().Done():
			return
		case <-end.C:
			return
		case <-tick.C:
		}
	}
}

// event writes one event; each line of its data is a line of the stream. A lone
// carriage return would be one too.
func event(b *bytes.Buffer, name, data string) {
	b.WriteString("event: " + name + "\n")
	for line := range strings.SplitSeq(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(data), "\n") {
		b.WriteString("data: " + line + "\n")
	}
	b.WriteString("\n")
}

// mostTold is how many changes of a second are told one by one.
const mostTold = 3

// told is a sentence for each of the changes that are the last of their place.
func told(changes []change) string {
	last := map[place]int{}
	for i, c := range changes {
		last[place{c.Target, c.Endpoint}] = i
	}
	var said []string
	for i, c := range changes {
		if last[place{c.Target, c.Endpoint}] == i {
			said = append(said, c.Target+" "+c.Endpoint+" is "+c.To.String()+because(c.Reason)+".")
		}
	}
	if n := len(said) - mostTold; n > 0 {
		said = append(said[:mostTold], "And "+strconv.Itoa(n)+" more changes.")
	}
	return strings.Join(said, " ")
}

func because(reason string) string {
	if reason == "" {
		return ""
	}
	return ", " + words(reason)
}
