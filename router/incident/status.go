package incident

import "time"

// The states of a [Status].
const (
	OK         = "ok"
	Maintained = "maintenance" // planned, going on, and nothing fails
	Recovering = "recovering"  // what there was is over, if it does not come back
	Partial    = "partial"     // something fails, and every route has a target left
	Full       = "full"        // a route has none
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
	// Planned, going on or to begin within Ahead, the first to begin first.
	Maintenance []Planned `json:"maintenance"`
	Past        []Public  `json:"past"` // those that ended within Recent, the latest first
}

// Public is what clients may know of an incident: no target, no figure, and names as
// Config.Names has them.
type Public struct {
	ID     string `json:"id"`
	Phase  Phase  `json:"phase"`
	Impact string `json:"impact"` // Partial or Full
	// It began within planned maintenance of what fails.
	Maintenance bool       `json:"maintenance,omitempty"`
	Service     string     `json:"service"`
	Routes      []string   `json:"routes"`
	Tasks       []string   `json:"tasks"`
	Started     time.Time  `json:"started"`
	Detected    time.Time  `json:"detected"`
	Mitigated   *time.Time `json:"mitigated,omitempty"`
	Ended       *time.Time `json:"ended,omitempty"`
	Note        string     `json:"note"`
	// Service is a list, with commas. Only of [Status.Lines].
	Several bool `json:"-"`
}

func public(i *Incident, names *Names) Public {
	p := Public{
		ID: i.ID, Phase: i.Phase, Impact: Partial, Maintenance: i.Maintenance, Service: names.provider(i.Provider),
		Routes: allShownAs(names.Routes, i.Routes), Tasks: allShownAs(names.Tasks, i.Tasks),
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
	c, w, language := t.now(language)
	s := Status{State: OK, At: now.UTC(), Language: language, Incidents: []Public{}, Past: []Public{}, Maintenance: t.planned(&c, now)}
	worst := 0
	var err error
	for n := range s.Maintenance {
		p := &s.Maintenance[n]
		if p.Note, err = say(w, maintenanceWords, p); err != nil {
			return Status{}, err
		}
		if p.Now {
			worst = 1
		}
	}
	for _, i := range t.Incidents(now) {
		if i.Kind != KindOutage {
			continue
		}
		p := public(&i, &c.Names)
		if p.Note, err = say(w, noteWords, &p); err != nil {
			return Status{}, err
		}
		if i.Phase == Resolved {
			if len(s.Past) < MaxRecent && now.Sub(*i.Ended) < Recent {
				s.Past = append(s.Past, p)
			}
			continue
		}
		s.Incidents = append(s.Incidents, p)
		how := 3
		switch {
		case i.Phase == Monitoring:
			how = 2
		case i.Full:
			how = 4
		}
		worst = max(worst, how)
	}
	s.State = [...]string{OK, Maintained, Recovering, Partial, Full}[worst]
	s.Message, err = say(w, bannerWords, &s)
	return s, err
}
