package router

import "time"

// bytesPerToken estimates tokens where nobody has counted them.
const bytesPerToken = 4

// pace holds a stream to its minimum rate: what is due next must come within the
// window, of which only the waiting for the provider is counted. What comes early
// is no credit, so a burst is no licence to stall. The zero value asks for nothing.
type pace struct {
	due  int64         // bytes of content still missing; 0: no minimum, or no longer
	left time.Duration // of the window
}

// begin starts the first window, at the first content.
func (p *pace) begin(s *Stream) {
	if s.MinTokensPerSecond > 0 {
		p.left = s.Window
		p.due = max(int64(s.MinTokensPerSecond*s.Window.Seconds()*bytesPerToken), 1)
	}
}

// bring counts content, and starts the next window with what was due complete.
func (p *pace) bring(bytes int64, s *Stream) {
	if p.due == 0 {
		return
	}
	if p.due -= bytes; p.due <= 0 {
		p.begin(s)
	}
}

// end asks for nothing more: the content is complete.
func (p *pace) end() { *p = pace{} }
