package incident

import "time"

// The states of a [Status].
const (
	OK         = "ok"
	Recovering = "recovering" // what there was is over, if it does not come back
	Partial    = "partial"    // something fails, and every route has a target left
	Full       = "full"       // a route has none
)

// What a status tells of incidents that have ended.
const (
	Recent    = 24 * time.Hour // for so long
	MaxRecent = 10             // of the latest
)

// Status is what clients may know.
type Status struct {
	State     string    `json:"status"`
	At        time.Time `json:"at"`
	Language  string    `json:"language"`
	Message   string    `json:"message"`
	Incidents []Public  `json:"incidents"` // those that go on
	Past      []Public  `json:"past"`      // those that ended within Recent, the latest first
}

// Public is what clients may know of an incident: no target, no figure, and the
// provider's name as Config.Names has it.
type Public struct {
	ID        string     `json:"id"`
	Phase     Phase      `json:"phase"`
	Impact    string     `json:"impact"` // Partial or Full
	Service   string     `json:"service"`
	Routes    []string   `json:"routes"`
	Tasks     []string   `json:"tasks"`
	Started   time.Time  `json:"started"`
	Detected  time.Time  `json:"detected"`
	Mitigated *time.Time `json:"mitigated,omitempty"`
	Ended     *time.Time `json:"ended,omitempty"`
	Note      string     `json:"note"`
}

func public(i *Incident, name string) Public {
	p := Public{
		ID: i.ID, Phase: i.Phase, Impact: Partial, Service: name, Routes: i.Routes, Tasks: i.Tasks,
		Started: i.Started, Detected: i.Detected, Mitigated: i.Mitigated, Ended: i.Ended,
	}
	if i.Full {
		p.Impact = Full
	}
	return p
}

// Status is what clients may know now, in a language; one there are no words for is
// Config.Language.
func (t *Tracker) Status(now time.Time, language string) (Status, error) {
	if t.words[language] == nil {
		language = t.config.Language
	}
	s := Status{State: OK, At: now.UTC(), Language: language, Incidents: []Public{}, Past: []Public{}}
	worst := 0
	for _, i := range t.Incidents(now) {
		p := public(&i, t.name(i.Provider))
		var err error
		if p.Note, err = say(t.words[language], noteWords, &p); err != nil {
			return Status{}, err
		}
		if i.Phase == Resolved {
			if len(s.Past) < MaxRecent && now.Sub(*i.Ended) < Recent {
				s.Past = append(s.Past, p)
			}
			continue
		}
		s.Incidents = append(s.Incidents, p)
		how := 2
		switch {
		case i.Phase == Monitoring:
			how = 1
		case i.Full:
			how = 3
		}
		worst = max(worst, how)
	}
	s.State = [...]string{OK, Recovering, Partial, Full}[worst]
	var err error
	s.Message, err = say(t.words[language], bannerWords, &s)
	return s, err
}

func (t *Tracker) name(provider string) string {
	if name := t.config.Names[provider]; name != "" {
		return name
	}
	return provider
}
